import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { parameterTensorSpecs } from '../../../src/nn/models/index.ts';
import { scoreCompletions } from '../../../src/nn/models/score.ts';
import { dpoInputs, dpoLoss } from '../../../src/nn/training/dpo.ts';
import type { EncodedPair } from '../../../src/nn/training/dpo.ts';
import { startTraining, trainingParams } from '../../../src/nn/training/loop.ts';
import { conversations, fixedSource, model, parameters } from './small.ts';

const engines = {
  onnx: await createEngine({ backend: 'onnx', threads: 1 }),
  cpu: await createEngine({ backend: 'cpu' }),
};
const engine = engines.onnx;
afterAll(() => Promise.all(Object.values(engines).map((each) => each.dispose())));

const [BETA, N] = [0.5, 3];
const texts = conversations(2 * N);
const policy = engine.createState(parameters);
const own = await scoreCompletions({ engine, model, state: policy }, texts);
/** A reference that differs from the policy by hand: by +1 on the chosen of pair 0, by -2 on the rejected of pair 1. */
const pairs: EncodedPair[] = Array.from({ length: N }, (_, i) => ({
  chosen: texts[2 * i]!,
  rejected: texts[2 * i + 1]!,
  reference: {
    chosen: own[2 * i]!.logProb + (i === 0 ? 1 : 0),
    rejected: own[2 * i + 1]!.logProb + (i === 1 ? -2 : 0),
  },
}));

describe('the DPO loss', () => {
  it.each(Object.entries(engines))(
    'on %s: by hand, where policy and reference differ by known amounts',
    async (_, on) => {
      // ratio of pair 0: (-1) - 0 = -1; of pair 1: 0 - (2) = -2; of pair 2: 0. Loss: sum of log(1 + exp(-beta * ratio)).
      const expected = [-1, -2, 0].map((ratio) => Math.log(1 + Math.exp(-BETA * ratio))).reduce((a, b) => a + b);
      const { specs, values, weight } = dpoInputs(pairs, model.nPositions);
      const loss = dpoLoss(BETA);
      const program = await on.compile(loss.key, (p, inputs) => ({ outputs: { loss: loss.total(model, p, inputs) } }), {
        state: parameterTensorSpecs(model),
        inputs: specs,
      });
      const state = on.createState(parameters);
      expect((await program.run(state, values)).loss![0]).toBeCloseTo(expected, 3);
      state.dispose();
      expect(weight).toBe(N);
    },
  );

  it('begins at log 2 with the policy as reference, and training on it parts chosen from rejected', async () => {
    const fair = pairs.map((pair, i) => ({
      ...pair,
      reference: { chosen: own[2 * i]!.logProb, rejected: own[2 * i + 1]!.logProb },
    }));
    const options = trainingParams.parse({ steps: 20, lr: 1e-3, schedule: { kind: 'constant', warmupSteps: 0 } });
    const batches = fixedSource([dpoInputs(fair, model.nPositions)]);
    const training = startTraining({ engine, model, loss: dpoLoss(BETA), batches, options, parameters });
    const losses: number[] = [];
    await training.advance(20, ({ loss }) => void losses.push(loss));
    expect(losses[0]).toBeCloseTo(Math.log(2), 4);
    expect(losses.at(-1)).toBeLessThan(0.5 * Math.log(2));
    const after = await scoreCompletions({ engine, model, state: training.state }, texts);
    const margin = (scores: typeof own, i: number): number => scores[2 * i]!.logProb - scores[2 * i + 1]!.logProb;
    for (let i = 0; i < N; i++) expect(margin(after, i)).toBeGreaterThan(margin(own, i));
    training.dispose();
  });
});
