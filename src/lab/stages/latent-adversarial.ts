import { z } from 'zod';
import type { State } from '../../engine/index.ts';
import { attackLatents, latentAdversarialLoss } from '../../nn/training/latent-attack.ts';
import { trainingParams } from '../../nn/training/loop.ts';
import type { InputSource, LossInputs } from '../../nn/training/losses.ts';
import { safetyParams } from './safety-params.ts';
import { rowsOf, supervise, supervisionCost } from './supervised.ts';
import { defineStage } from './types.ts';

/**
 * Latent adversarial training, untargeted (Casper et al. 2024; Sheshadri et al. 2024): before each step the residual stream is pushed
 * within a ball to where the good answer is least likely, and the model is trained to give it all the same. It needs no
 * prompt that elicits the behavior, so it can reach one that no red team finds.
 *
 * Left out: attacks at several layers at once, targeted attacks towards a harmful reply, and low-rank adapters.
 */
export const latentAdversarial = defineStage({
  summary: 'good answers even where the residual stream is pushed to make them unlikely',
  params: trainingParams.extend({
    ...safetyParams,
    layer: z.int().nonnegative().default(1).describe('block after which the residual stream is pushed, from 0'),
    epsilon: z.number().positive().default(0.5).describe("how far, in parts of each position's own norm"),
    innerSteps: z.int().positive().default(4).describe('steps of the attack before each step of training'),
    clean: z.number().min(0).lt(1).default(0.5).describe('weight of the loss without an attack'),
  }),
  refuse: ({ layer }, { model }) =>
    layer < model.nLayer ? undefined : `layer ${layer} of ${model.nLayer}; give 0 to ${model.nLayer - 1}`,
  async prepare(params, context) {
    const { engine, model, scenario } = context;
    const { unsafeShare } = params;
    const rows = scenario.safetyExamples(rowsOf(params), { unsafeShare });
    const { batches } = await supervise(rows, params, context);
    const width = model.width;
    const attacked = async (policy: State, source: InputSource): Promise<LossInputs> => {
      const batch = await source.next();
      const { delta, raised } = await attackLatents(engine, model, policy, batch, promptOf(batch), params);
      return {
        ...batch,
        specs: { ...batch.specs, delta: { shape: [delta.length / width, width], dtype: 'float32' } },
        values: { ...batch.values, delta },
        metrics: { lossRaised: raised / batch.weight },
      };
    };
    return {
      loss: latentAdversarialLoss(params, params.clean),
      batches: (policy) => {
        const source = typeof batches === 'function' ? batches(policy) : batches;
        return { ...source, next: () => attacked(policy, source) };
      },
    };
  },
  async cost(params, data) {
    const { shapes } = await supervisionCost(
      (count) => data.scenario.safetyExamples(count, { unsafeShare: params.unsafeShare }),
      params,
      data,
    );
    return { shapes, passes: 1 + params.innerSteps + (params.clean > 0 ? 1 : 0) };
  },
});

/** [B * T]: 1 at positions before a row's first loss-bearing one, that one included: what it reads to begin its answer. */
function promptOf({ specs, values }: LossInputs): Float32Array {
  const [B = 0, T = 0] = specs.tokens!.shape;
  const { rows, weights } = values;
  const first = new Int32Array(B).fill(T);
  rows!.forEach((at, k) => {
    const b = Math.floor(at / T);
    if (weights![k] !== 0) first[b] = Math.min(first[b]!, at % T);
  });
  return Float32Array.from({ length: B * T }, (_, i) => Number(i % T <= first[Math.floor(i / T)]!));
}
