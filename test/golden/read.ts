import { readFileSync } from 'node:fs';
import type { Parameters } from '../../src/nn/models/index.ts';

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

/** One tiny model of scripts/golden/architectures.py. */
export interface GoldenCase {
  /** As `save_pretrained` writes it. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly parameters: Parameters;
  readonly tokens: number[][];
  readonly targets: number[][];
  readonly weights: number[][];
  /** Tokens of each row; the rest is padding on its right. */
  readonly lengths: number[];
  /** [B, T, V]. */
  readonly logits: Float32Array;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

interface Packed {
  readonly shape: number[];
  readonly base64: string;
}

type PackedCase = Omit<GoldenCase, 'parameters' | 'logits' | 'gradients'> & {
  readonly parameters: Record<string, Packed>;
  readonly logits: Packed;
  readonly gradients: Record<string, Packed>;
};

const unpack = ({ base64 }: Packed): Float32Array => new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);
const mapValues = <A, B>(record: Readonly<Record<string, A>>, f: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]));

/** The cases of an architecture by name. */
export function readGoldenCases(kind: string): Record<string, GoldenCase> {
  const text = readFileSync(new URL(`./${kind}.json`, import.meta.url), 'utf8');
  const { cases } = JSON.parse(text) as { cases: Record<string, PackedCase> };
  return mapValues(cases, ({ parameters, logits, gradients, ...rest }) => ({
    ...rest,
    parameters: mapValues(parameters, (packed) => ({ shape: packed.shape, data: unpack(packed) })),
    logits: unpack(logits),
    gradients: mapValues(gradients, unpack),
  }));
}

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
