import { Diverged } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';

export interface SamplingOptions {
  /** 0 is greedy. */
  readonly temperature: number;
  /** Keep the k most likely tokens; 0 keeps all. */
  readonly topK: number;
  /** Keep the smallest set of tokens whose probability reaches p; 1 keeps all. */
  readonly topP: number;
}

export const GREEDY: SamplingOptions = { temperature: 0, topK: 0, topP: 1 };

/**
 * The next token of one row of logits [V]. Ties go to the lower id.
 *
 * @throws Diverged for logits that are no numbers: whatever came of them would look like a reply.
 */
export function sampleToken(logits: Float32Array, { temperature, topK, topP }: SamplingOptions, rng: Rng): number {
  const likeliest = argmax(logits);
  expectFinite(logits[likeliest]!);
  if (temperature === 0) return likeliest;
  const weights = exponentials(logits, temperature);
  if (topK === 0 && topP >= 1) return draw(weights, undefined, rng);
  const order = Array.from(weights.keys()).sort((a, b) => weights[b]! - weights[a]! || a - b);
  const top = topK > 0 ? order.slice(0, topK) : order;
  return draw(weights, topP < 1 ? nucleus(top, weights, topP) : top, rng);
}

/** @throws Diverged where a value of a model's is infinite or no number. */
export function expectFinite(value: number): void {
  if (!Number.isFinite(value))
    throw new Diverged(
      'the model computes what is no number (NaN or infinite): nothing can be measured of it; ' +
        'its weights are damaged, or their training diverged',
    );
}

/** exp(x / temperature), the largest 1. */
function exponentials(logits: Float32Array, temperature: number): Float64Array {
  let max = -Infinity;
  for (const x of logits) if (x / temperature > max) max = x / temperature;
  const weights = new Float64Array(logits.length);
  for (let i = 0; i < logits.length; i++) weights[i] = Math.exp(logits[i]! / temperature - max);
  return weights;
}

/** One of the ids, or of all, in proportion to their weights. */
function draw(weights: Float64Array, ids: readonly number[] | undefined, rng: Rng): number {
  const count = ids?.length ?? weights.length;
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[ids ? ids[i]! : i]!;
  let left = rng.next() * total;
  for (let i = 0; i < count; i++) {
    const id = ids ? ids[i]! : i;
    left -= weights[id]!;
    if (left < 0) return id;
  }
  return ids ? ids.at(-1)! : weights.length - 1;
}

/** The most likely tokens (given in that order) until their share of the whole reaches `topP` (Holtzman et al. 2020). */
function nucleus(order: readonly number[], weights: Float64Array, topP: number): number[] {
  const total = order.reduce((sum, id) => sum + weights[id]!, 0);
  const kept: number[] = [];
  let mass = 0;
  for (const id of order) {
    kept.push(id);
    mass += weights[id]! / total;
    if (mass >= topP) break;
  }
  return kept;
}

/** Where the largest stands, or one that is no number. */
function argmax(values: Float32Array): number {
  let best = 0;
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value > most) [best, most] = [i, value];
    else if (Number.isNaN(value)) return i;
  }
  return best;
}
