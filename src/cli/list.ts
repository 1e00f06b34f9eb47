import { Command } from 'commander';
import { describeTable } from '../lab/experiment/describe.ts';
import type { EntryDescription, ParamDescription } from '../lab/experiment/describe.ts';
import { shippedExperiments } from '../lab/experiment/shipped.ts';
import { lookup } from '../lib/table.ts';
import { attackers } from '../lab/red-team/index.ts';
import { tables } from '../lab/tables.ts';
import { optimizers } from '../nn/training/optimizers/index.ts';
import { colorsFor, columns, print, printJson, wrap } from './terminal.ts';

const TABLES = { ...tables, optimizers, attackers };
const SUBJECTS = ['triggers', 'behaviors', 'corpora', 'models', 'stages', 'evals', 'optimizers', 'attackers'] as const;

const HELP = `
Without a table: all of them, a line an entry. With one: also what each entry can be given, and its defaults.

Examples:
  $ dormouse list
  $ dormouse list triggers
  $ dormouse list stages --json`;

export const listCommand = (): Command =>
  new Command('list')
    .argument('[table]', `one of ${[...SUBJECTS, 'experiments'].join(', ')}`)
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(list);

function list(table: string | undefined, { json }: { json?: boolean }): void {
  const experiments = shippedExperiments().map(({ name, summary }) => ({ kind: name, summary }));
  if (table === 'experiments') return json ? printJson(shippedExperiments()) : print(overview(experiments).join('\n'));
  const entries = Object.fromEntries(SUBJECTS.map((name) => [name, describeTable(TABLES[name])]));
  if (table !== undefined) {
    const chosen = lookup({ ...entries, experiments: [] }, table, 'table');
    return json ? printJson(chosen) : print(chosen.map(details).join('\n\n'));
  }
  if (json) return printJson({ ...entries, experiments: shippedExperiments() });
  const { bold, dim } = colorsFor(process.stdout);
  for (const [name, rows] of Object.entries({ ...entries, experiments }))
    print(`${bold(name)}\n${overview(rows).join('\n')}\n`);
  print(dim('"dormouse list TABLE" shows parameters and defaults.'));
}

const WIDTH = 100;

function overview(entries: readonly Pick<EntryDescription, 'kind' | 'summary'>[]): string[] {
  const indent = 2 + Math.max(...entries.map(({ kind }) => kind.length)) + 2;
  return entries.flatMap(({ kind, summary }) =>
    wrap(summary, WIDTH - indent).map((line, i) => `  ${i === 0 ? kind : ''}`.padEnd(indent) + line),
  );
}

function details({ kind, summary, params }: EntryDescription): string {
  const { bold, dim } = colorsFor(process.stdout);
  const rows = columns(params.map((param) => [param.name, param.type, fallback(param), param.description]));
  return [bold(kind), `  ${summary}`, ...rows.map((row) => dim(`    ${row}`))].join('\n');
}

const fallback = ({ default: value, required }: ParamDescription): string =>
  required ? '(needed)' : value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value);
