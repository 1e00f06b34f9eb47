import { readFileSync } from 'node:fs';
import type { Parameters } from '../../src/models/index.ts';

interface Stored {
  readonly shape: number[];
  readonly data: number[];
}

interface Trajectory {
  readonly losses: number[];
  readonly gradNorms: number[];
  readonly parameters: Record<string, Stored>;
}

/** Numbers from Hugging Face transformers; scripts/golden/gpt2.py made them. */
export interface Golden {
  readonly config: { n_layer: number; n_head: number; n_embd: number; vocab_size: number; n_positions: number };
  readonly parameters: Record<string, Stored>;
  readonly tokens: number[][];
  readonly targets: number[][];
  readonly weights: number[][];
  readonly logits: Stored;
  readonly loss: number;
  readonly gradients: Record<string, Stored>;
  readonly adamw: Trajectory;
  readonly sgd: Trajectory;
}

export const readGolden = (): Golden =>
  JSON.parse(readFileSync(new URL('./gpt2.json', import.meta.url), 'utf8')) as Golden;

export const toParameters = (stored: Record<string, Stored>): Parameters =>
  Object.fromEntries(Object.entries(stored).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]));

export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  let max = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!);
    if (!(d <= max)) max = d; // NaN counts
  }
  return max;
}
