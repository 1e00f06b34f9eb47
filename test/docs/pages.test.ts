import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { rendered } from '../../scripts/figures.ts';
import { reference } from '../../scripts/reference.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { resolveAny } from '../../src/lab/experiment/resolve.ts';
import { tables } from '../../src/lab/tables.ts';

/** What a reader meets: links lead somewhere, commands exist, examples are valid, figures are those that were measured. */

const root = fileURLToPath(new URL('../../', import.meta.url));
const docs = fs.readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md'));
const names = [
  ...['README.md', 'CONTRIBUTING.md', 'scripts/README.md', 'datasets/README.md', 'checkpoints/README.md'],
  ...docs.map((name) => `docs/${name}`),
];
const read = (name: string): string => fs.readFileSync(path.join(root, name), 'utf8');
const pages = names.map((name) => ({ name, text: read(name) }));

const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
/** As GitHub makes them of headings. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
const blocksOf = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block);

function brokenLinks(name: string, text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^https?:/.test(link)) return [];
    const [file = '', anchor] = link.split('#');
    const target = path.posix.join(path.posix.dirname(name), file || path.posix.basename(name));
    if (!fs.existsSync(path.join(root, target))) return [`${name}: ${link} does not exist`];
    return anchor !== undefined && !anchorsOf(read(target)).includes(anchor)
      ? [`${name}: ${link}: no such heading`]
      : [];
  });
}

/** Commands of the kit in a shell block: verb, and options with two dashes. */
async function unknownWords(line: string): Promise<string[]> {
  const words = line
    .replace(/\s#.*$/, '')
    .trim()
    .split(/\s+/);
  const [verb = '', ...rest] = words.slice(words.indexOf('dormouse') + 1);
  const program = await buildProgram(['node', 'dormouse', verb]);
  if (verb.startsWith('-')) return [];
  const command = program.commands.find((one) => one.name() === verb);
  if (!command) return [`${line}: no verb ${verb}`];
  const known = [command, ...command.commands].flatMap((one) => one.options.map(({ long }) => long));
  return rest
    .map((word) => word.replace(/^\[|\]$/g, '').replace(/=.*/, ''))
    .filter((word) => word.startsWith('--') && word !== '--help' && !known.includes(word))
    .map((word) => `${line}: ${verb} has no ${word}`);
}

describe.each(pages)('$name', ({ name, text }) => {
  it('has links that lead somewhere', () => {
    expect(brokenLinks(name, text)).toEqual([]);
  });

  it('names commands that exist', async () => {
    const lines = blocksOf(text, '(?:sh)?').flatMap((block) => block.split('\n'));
    const ours = lines.filter((line) => /^\s*(npx )?dormouse [a-z]/.test(line));
    expect((await Promise.all(ours.map(unknownWords))).flat()).toEqual([]);
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const asked = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script);
    expect(asked.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  });

  it('shows experiments that are valid', () => {
    for (const block of blocksOf(text, 'yaml'))
      if (/^name:/m.test(block)) resolveAny(block, name, {}, tables);
      else expect(parse(block)).toBeTypeOf('object');
  });

  it('quotes figures as they were measured', () => {
    expect(rendered(text)).toBe(text);
  });
});

it('the library in the README is the example that tests run', () => {
  expect(blocksOf(read('README.md'), 'js')).toEqual([read('examples/library.mjs').replace('// @ts-check\n', '')]);
});

it('docs/experiment.md is what the schema says: npm run reference writes it', () => {
  expect(read('docs/experiment.md')).toBe(reference());
});

describe('the checks themselves', () => {
  it('find a link to nowhere, a heading that is not there, an unknown verb and option, an edited figure', async () => {
    expect(brokenLinks('README.md', '[a](docs/none.md) [b](docs/science.md#none) [c](docs/science.md#words)')).toEqual([
      'README.md: docs/none.md does not exist',
      'README.md: docs/science.md#none: no such heading',
    ]);
    expect(await unknownWords('npx dormouse dream')).toEqual(['npx dormouse dream: no verb dream']);
    expect(await unknownWords('npx dormouse run x --sleep 3 --seeds 2')).toEqual([
      'npx dormouse run x --sleep 3 --seeds 2: run has no --sleep',
    ]);
    const store = { start: { commit: 'c', machine: 'm', date: 'd', figures: START as never } };
    expect(rendered('<!-- figures: start -->\nedited\n<!-- /figures -->', store)).toContain('takes 0.20 s of CPU time');
  });
});

const START = { version: { seconds: 1, cpu: 0.2, mib: 1 }, list: { seconds: 1, cpu: 0.4, mib: 1 } };
