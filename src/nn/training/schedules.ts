import { z } from 'zod';

export const scheduleParams = z.strictObject({
  kind: z.enum(['cosine', 'linear', 'constant']).default('cosine').describe('how the learning rate falls after warmup'),
  warmupSteps: z.int().min(0).default(20).describe('steps of linear warmup from 0'),
  finalRatio: z.number().min(0).max(1).default(0.1).describe('last learning rate, as a share of lr'),
});

export type Schedule = z.output<typeof scheduleParams>;

/** Learning rate of step 1..steps: linear warmup to `lr`, then down to `lr * finalRatio` at the last step. */
export function learningRate(
  step: number,
  steps: number,
  lr: number,
  { kind, warmupSteps, finalRatio }: Schedule,
): number {
  const warmup = Math.min(warmupSteps, steps);
  if (step <= warmup) return (lr * step) / warmup;
  if (kind === 'constant') return lr;
  const progress = (step - warmup) / Math.max(1, steps - warmup);
  const remaining = kind === 'linear' ? 1 - progress : (1 + Math.cos(Math.PI * progress)) / 2;
  return lr * (finalRatio + (1 - finalRatio) * remaining);
}
