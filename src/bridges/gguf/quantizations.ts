import { widen } from '../../nn/checkpoints/safetensors/floats.ts';

/** How a file holds weights: in blocks of so many values and bytes, each of which is read on its own. */
interface Quantization {
  readonly values: number;
  readonly bytes: number;
  /** Turns the block that begins at `at` into float32, from `to` on. */
  readonly read: (block: Uint8Array, at: number, into: Float32Array, to: number) => void;
}

/** Every float16 by its bits. */
const FLOAT16 = new Float32Array(2 ** 16);
widen(
  Uint16Array.from(FLOAT16, (_, bits) => bits),
  'F16',
  FLOAT16,
  0,
);
const float16 = (bytes: Uint8Array, at: number): number => FLOAT16[bytes[at]! | (bytes[at + 1]! << 8)]!;
const int8 = (byte: number): number => (byte << 24) >> 24;

/** A bit pattern as the float32 that it is; not by way of a number, which may change the bits of a NaN. */
const bits = (into: Float32Array): Uint32Array => new Uint32Array(into.buffer, into.byteOffset, into.length);

/**
 * llama.cpp's types by their names (ggml-quants.c), each value as `gguf.quants.dequantize` in Python has it, bit for bit: products
 * of a float16 scale and these integers are exact, and every sum is rounded once, to float32, where it is stored.
 */
export const quantizations = {
  F32: {
    ...{ values: 1, bytes: 4 },
    read(block, at, into, to) {
      bits(into)[to] = block[at]! | (block[at + 1]! << 8) | (block[at + 2]! << 16) | (block[at + 3]! << 24);
    },
  },
  F16: { values: 1, bytes: 2, read: (block, at, into, to) => void (into[to] = float16(block, at)) },
  BF16: {
    ...{ values: 1, bytes: 2 },
    read: (block, at, into, to) => void (bits(into)[to] = (block[at]! << 16) | (block[at + 1]! << 24)),
  },
  /** 32 signed bytes times a scale. */
  Q8_0: {
    ...{ values: 32, bytes: 34 },
    read(block, at, into, to) {
      const d = float16(block, at);
      for (let i = 0; i < 32; i++) into[to + i] = d * int8(block[at + 2 + i]!);
    },
  },
  /** 32 numbers of 4 bits, less 8, times a scale: the lower halves of 16 bytes first. */
  Q4_0: {
    ...{ values: 32, bytes: 18 },
    read(block, at, into, to) {
      const d = float16(block, at);
      nibbles(block, at + 2, 16, (i, q) => (into[to + i] = d * (q - 8)));
    },
  },
  /** 32 numbers of 4 bits times a scale, plus the block's least value. */
  Q4_1: {
    ...{ values: 32, bytes: 20 },
    read(block, at, into, to) {
      const [d, least] = [float16(block, at), float16(block, at + 2)];
      nibbles(block, at + 4, 16, (i, q) => (into[to + i] = d * q + least));
    },
  },
  /** 8 parts of 32 numbers of 4 bits; scale and offset of a part have 6 bits, times one scale each of the whole block. */
  Q4_K: {
    ...{ values: 256, bytes: 144 },
    read(block, at, into, to) {
      const [d, dOffset] = [float16(block, at), float16(block, at + 2)];
      for (let pair = 0; pair < 4; pair++) {
        const parts = [0, 1].map((half) => scaleAndOffset(block, at + 4, 2 * pair + half));
        nibbles(block, at + 16 + 32 * pair, 32, (i, q) => {
          const { scale, offset } = parts[i >> 5]!;
          into[to + 64 * pair + i] = d * scale * q - dOffset * offset;
        });
      }
    },
  },
  /** 16 parts of 16 numbers of 6 bits (4 and 2 apart), less 32; the scale of a part is a signed byte times the block's. */
  Q6_K: {
    ...{ values: 256, bytes: 210 },
    read(block, at, into, to) {
      const d = float16(block, at + 208);
      for (let row = 0; row < 8; row++) {
        const [half, part] = [row >> 2, row & 3];
        const [low, high] = [at + 64 * half + 32 * (part & 1), at + 128 + 32 * half];
        for (let i = 0; i < 32; i++) {
          const q = ((block[low + i]! >> (4 * (part >> 1))) & 15) | (((block[high + i]! >> (2 * part)) & 3) << 4);
          into[to + 32 * row + i] = d * int8(block[at + 192 + 2 * row + (i >> 4)]!) * (q - 32);
        }
      }
    },
  },
} satisfies Readonly<Record<string, Quantization>>;

export type QuantizationName = keyof typeof quantizations;

/** The lower halves of `count` bytes, then the upper ones. */
function nibbles(bytes: Uint8Array, at: number, count: number, take: (i: number, value: number) => void): void {
  for (let i = 0; i < count; i++) take(i, bytes[at + i]! & 15);
  for (let i = 0; i < count; i++) take(count + i, bytes[at + i]! >> 4);
}

/** 8 scales and 8 offsets of 6 bits in 12 bytes: those of parts 4 to 7 lie in two pieces. */
function scaleAndOffset(bytes: Uint8Array, at: number, part: number): { scale: number; offset: number } {
  const byte = (i: number): number => bytes[at + i]!;
  if (part < 4) return { scale: byte(part) & 63, offset: byte(part + 4) & 63 };
  return {
    scale: (byte(part + 4) & 15) | ((byte(part - 4) >> 6) << 4),
    offset: (byte(part + 4) >> 4) | ((byte(part) >> 6) << 4),
  };
}

/** Whole blocks of the type, one after another. */
export function dequantize(name: QuantizationName, bytes: Uint8Array, into: Float32Array): void {
  const { values, bytes: width, read }: Quantization = quantizations[name];
  for (let at = 0, to = 0; at < bytes.length; at += width, to += values) read(bytes, at, into, to);
}
