import type { Rng } from '../lib/rng.ts';
import type { InputSource, LossInputs } from '../nn/training/losses.ts';

/** Batches that are drawn anew, each from a stream of its own; the number of steps before it is the cursor. */
export function freshBatches(draw: (rng: Rng, step: number) => LossInputs, rng: Rng): InputSource {
  let step = 0;
  return {
    next: () => draw(rng.fork(step), step++),
    state: () => step,
    restore: (state) => {
      step = state as number;
    },
  };
}
