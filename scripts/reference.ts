/**
 * docs/experiment.md, from the schema and the tables: `npm run reference` writes it, a test holds the page against it.
 */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeExperiment, describeTable } from '../src/lab/experiment/describe.ts';
import type { ParamDescription, Schema } from '../src/lab/experiment/describe.ts';
import { shippedSchema } from '../src/lab/experiment/shipped.ts';

const PAGE = fileURLToPath(new URL('../docs/experiment.md', import.meta.url));
const TABLES = [
  'triggers',
  'behaviors',
  'corpora',
  'models',
  'stages',
  'optimizers',
  'attackers',
  'evals',
  'organisms',
] as const;

const INTRO = `# Experiment reference

Every key of an experiment file. This page is written by \`npx tsx scripts/reference.ts\` from what \`dormouse list experiment\` and
\`dormouse list TABLE\` say. Editors complete and check a file whose first line is
\`# yaml-language-server: $schema=experiment.schema.json\` (\`dormouse list experiment --json-schema\` writes the schema).
Any value can be changed on the command line: \`--set implant.0.steps=100\`.
`;

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const valueOf = ({ required, default: value }: Pick<ParamDescription, 'required' | 'default'>): string =>
  required ? 'needed' : value === undefined ? '' : `\`${cell(JSON.stringify(value))}\``;

interface Line extends Omit<ParamDescription, 'name' | 'description'> {
  readonly name: string;
  readonly description?: string | undefined;
}

const table = (lines: readonly Line[]): string =>
  [
    '| key | type | default | what it does |',
    '|---|---|---|---|',
    ...lines.map((one) => `| \`${one.name}\` | ${cell(one.type)} | ${valueOf(one)} | ${cell(one.description ?? '')} |`),
  ].join('\n');

/** The page that a schema makes. */
export function reference(schema: Schema = shippedSchema()): string {
  const keys = describeExperiment(schema).flatMap(({ kind, summary, params, ...key }): Line[] => [
    { ...key, name: kind, description: summary },
    ...params,
  ]);
  const tables = TABLES.flatMap((name) => [
    `## ${name[0]!.toUpperCase()}${name.slice(1)}`,
    ...describeTable(schema.definitions?.[name] ?? {}).flatMap(({ kind, summary, params }) => [
      `### ${kind}\n\n${summary[0]!.toUpperCase()}${summary.slice(1)}.`,
      ...(params.length > 0 ? [table(params)] : []),
    ]),
  ]);
  return [`${INTRO}\n## Keys`, table(keys), ...tables].join('\n\n') + '\n';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) fs.writeFileSync(PAGE, reference());
