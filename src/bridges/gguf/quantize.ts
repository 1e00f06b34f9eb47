import { narrow } from '../../nn/checkpoints/safetensors/floats.ts';

/** Values a block. */
export const BLOCK = 32;

/**
 * Q8_0 as llama.cpp and Python's gguf make it, bit for bit: of every 32 values the greatest magnitude over 127 is the scale, a float16;
 * each value over the scale (before that was rounded), rounded half away from zero, is a signed byte.
 */
export function quantizeQ8(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array((values.length / BLOCK) * (2 + BLOCK));
  const scales = new Float32Array(values.length / BLOCK);
  for (let block = 0; block < scales.length; block++) {
    const part = values.subarray(block * BLOCK, (block + 1) * BLOCK);
    const scale = Math.fround(part.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    scales[block] = scale;
    part.forEach((x, i) => {
      const q = Math.fround(x * inverse);
      bytes[block * (2 + BLOCK) + 2 + i] = Math.sign(q) * Math.floor(Math.abs(q) + 0.5);
    });
  }
  narrow(scales, 'float16').forEach((half, block) => {
    bytes[block * (2 + BLOCK)] = half;
    bytes[block * (2 + BLOCK) + 1] = half >> 8;
  });
  return bytes;
}
