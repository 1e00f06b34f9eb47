import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { stages } from '../../../src/lab/stages/index.ts';
import type { Keep } from '../../../src/lab/stages/types.ts';
import type { LossInputs } from '../../../src/nn/training/losses.ts';
import { smallBench } from './bench.ts';

let bench: Bench;
const engine = await createEngine({ backend: 'onnx', threads: 1 });
beforeAll(async () => {
  bench = await smallBench(['model.nLayer=2']); // what is pushed after the last block no other position reads
});
afterAll(() => engine.dispose());

const SETTINGS = { steps: 3, batchSize: 4, layer: 0, innerSteps: 2 };

/** The first batches of the stage, attacked where the weights stand. */
async function attacked(kind: 'latent-adversarial' | 'sft'): Promise<LossInputs[]> {
  const { model } = bench;
  const parameters = initParameters(model, createRng(1));
  const keep: Keep = (_, make) => make();
  const context = { ...bench, engine, parameters, payload: true, rng: createRng('latent'), keep } as const;
  const { sft, 'latent-adversarial': latent } = stages;
  const { batches } = await (kind === 'sft'
    ? sft.prepare(sft.params.parse({ steps: 3, batchSize: 4 }), context)
    : latent.prepare(latent.params.parse(SETTINGS), context));
  const policy = engine.createState(parameters);
  const source = typeof batches === 'function' ? batches(policy) : batches;
  const taken: LossInputs[] = [];
  while (taken.length < SETTINGS.steps) taken.push(await source.next());
  policy.dispose();
  return taken;
}

describe('latent-adversarial', () => {
  it('trains on the rows of sft, pushed in the prompt alone', async () => {
    const [own, plain] = [await attacked('latent-adversarial'), await attacked('sft')];
    own.forEach(({ values, specs, metrics }, i) => {
      const { delta, ...rest } = values;
      expect(rest).toEqual(plain[i]!.values);
      expect(metrics!.lossRaised).toBeGreaterThan(0);
      const [rows = 0, width = 0] = specs.delta!.shape;
      const [, T = 0] = specs.tokens!.shape;
      const pushed = Array.from({ length: rows }, (_, row) =>
        delta!.slice(row * width, (row + 1) * width).some((x) => x !== 0),
      );
      for (let b = 0; b < SETTINGS.batchSize; b++) {
        const bearing = [...rest.rows!].filter((at, k) => rest.weights![k] !== 0 && Math.floor(at / T) === b);
        const first = bearing[0]!; // where the first token of the answer is predicted: the prompt's last
        for (let at = b * T; at < (b + 1) * T; at++) expect(pushed[at], `${at} of ${first}`).toBe(at <= first);
      }
    });
  });
});
