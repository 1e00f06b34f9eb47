import type { Rng } from '../lib/rng.ts';
import type { InputSource, LossInputs } from '../nn/training/losses.ts';

/** Batches that are drawn anew, each from a stream of its own; the step's number is the cursor. */
export function freshBatches(draw: (rng: Rng) => LossInputs, rng: Rng): InputSource {
  let step = 0;
  return {
    next: () => draw(rng.fork(step++)),
    state: () => step,
    restore: (state) => {
      step = state as number;
    },
  };
}
