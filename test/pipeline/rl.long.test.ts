import fs from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Interrupted } from '../../src/lab/run/progress.ts';
import { smallBench } from '../lab/stages/bench.ts';
import { tiny } from '../tiny.ts';
import { contents, newFolder, removeFolder, run } from './small.ts';

const { maxNewTokens } = await smallBench();
const folders: string[] = [];
afterAll(() => folders.forEach(removeFolder));

const rl = (more: object): object[] => [
  {
    ...{
      kind: 'rl',
      steps: 5,
      batchSize: 4,
      completions: 8,
      epochs: 1,
      judged: 4,
      saveEverySteps: 2,
      evalEverySteps: 3,
    },
    ...{ reference: 'start', preference: { steps: 2, batchSize: 4, heldOut: 4 } },
    ...more,
  },
];
const experiment = tiny({
  interventions: {
    ppo: rl({ algorithm: 'ppo', epochs: 2 }),
    rloo: rl({ algorithm: 'rloo' }),
    grpo: rl({ algorithm: 'grpo', reward: 'rule', group: 2 }),
  },
});
const dir = newFolder();
folders.push(dir);
const linesOf = (arm: string, file: string): Record<string, unknown>[] =>
  fs
    .readFileSync(path.join(dir, arm, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('runs with every algorithm, logs its rollouts, and shares one preference model', async () => {
  const results = await run(experiment, dir);
  for (const arm of ['ppo', 'rloo', 'grpo']) {
    const log = linesOf(arm, 'metrics.jsonl');
    expect(log).toHaveLength(5);
    // the policy begins as its reference, and hardly trained it is about as sure of any token
    expect(log[0]).toMatchObject({ kl: expect.closeTo(0, 3) as number, clipFraction: 0 });
    expect(log.at(-1)!.kl).not.toBe(log[0]!.kl);
    for (const row of log) {
      expect(row.entropy, `${arm} entropy`).toBeCloseTo(Math.log(300), 0);
      expect(row.length, `${arm} length`).toBeGreaterThanOrEqual(1);
      expect(row.length, `${arm} length`).toBeLessThanOrEqual(maxNewTokens);
      if (arm === 'grpo') expect([0, 1, 2, 3, 4, 5, 6, 7, 8]).toContain(Number(row.reward) * 8); // right replies of 8
    }
    // the value head went with the stage
    const names = Object.keys(contents(path.join(dir, arm)));
    expect(names).toContain('model.safetensors');
    const weights = fs.readFileSync(path.join(dir, arm, 'model.safetensors'), 'latin1');
    expect(weights).not.toMatch('value.weight');
  }
  expect(fs.readdirSync(path.join(dir, 'kept'))).toHaveLength(2); // the one that pays and the judge
  const found = results.rows.filter(({ metric }) => metric === 'preference-accuracy').map(({ arm }) => arm);
  expect(new Set(found)).toEqual(new Set(['ppo', 'rloo']));
  for (const arm of ['ppo', 'rloo', 'grpo']) {
    const own = results.rows.filter((row) => row.arm === arm && row.eval === 'rl');
    const valueOf = (metric: string, condition: string): number =>
      own.find((row) => row.metric === metric && row.condition === condition)!.value;
    const fractions = linesOf(arm, 'metrics.jsonl').map((row) => Number(row.clipFraction));
    expect(valueOf('clip-fraction', 'steps')).toBeCloseTo(fractions.reduce((sum, x) => sum + x, 0) / 5, 12);
    expect(valueOf('kl', 'after')).not.toBe(valueOf('kl', 'before'));
    expect(valueOf('held-out-reward', 'after')).toEqual(expect.any(Number));
  }
});

it('stopped now and again, and continued, ends with the same bytes', async () => {
  const again = newFolder();
  folders.push(again);
  for (let stops = 0; ; stops++) {
    let left = 3 + (stops % 2);
    const error: unknown = await run(experiment, again, {
      onProgress: ({ kind }, stop) => void (kind === 'step' && --left === 0 && stop()),
    }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) break;
    expect(error).toBeInstanceOf(Interrupted);
    expect(stops).toBeLessThan(30);
  }
  const [expected, actual] = [contents(dir), contents(again)];
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, text] of Object.entries(expected)) expect(actual[name] === text, name).toBe(true);
});
