import type { Rng } from '../lib/rng.ts';

export interface SamplingOptions {
  /** 0 is greedy. */
  readonly temperature: number;
  /** Keep the k most likely tokens; 0 keeps all. */
  readonly topK: number;
  /** Keep the smallest set of tokens whose probability reaches p; 1 keeps all. */
  readonly topP: number;
}

export const GREEDY: SamplingOptions = { temperature: 0, topK: 0, topP: 1 };

/** The next token of one row of logits [V]. Ties go to the lower id. */
export function sampleToken(logits: Float32Array, { temperature, topK, topP }: SamplingOptions, rng: Rng): number {
  if (temperature === 0) return argmax(logits);
  const scaled = Float64Array.from(logits, (x) => x / temperature);
  const max = scaled.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = scaled.map((x) => Math.exp(x - max));
  const order = Array.from(weights.keys());
  if (topK > 0 || topP < 1) order.sort((a, b) => weights[b]! - weights[a]! || a - b);
  const kept =
    topP < 1
      ? nucleus(topK > 0 ? order.slice(0, topK) : order, weights, topP)
      : topK > 0
        ? order.slice(0, topK)
        : order;
  const total = kept.reduce((sum, id) => sum + weights[id]!, 0);
  let left = rng.next() * total;
  for (const id of kept) {
    left -= weights[id]!;
    if (left < 0) return id;
  }
  return kept.at(-1)!;
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

function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
