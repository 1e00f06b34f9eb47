/** What weights may be on disk, as `torch_dtype` in `config.json` calls it. */
export type FloatType = 'float32' | 'float16' | 'bfloat16';

/** The same in a safetensors header. */
export const DTYPE = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' } as const;

/** Every float16 (by its bits) and bfloat16 is a float32. Fills `into` from `at` on. */
export function widen(halves: Uint16Array, dtype: 'F16' | 'BF16', into: Float32Array, at: number): void {
  const bits = new Uint32Array(into.buffer, into.byteOffset + 4 * at, halves.length);
  if (dtype === 'BF16') for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  else for (let i = 0; i < halves.length; i++) bits[i] = wideBits(halves[i]!);
}

/** IEEE 754 binary16 (1 sign, 5 exponent, 10 fraction bits) -> binary32 (1, 8, 23). */
function wideBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const magnitude = half & 0x7fff;
  if (magnitude >= 0x7c00) return sign | 0x7f800000 | ((magnitude & 0x3ff) << 13);
  // the exponents' biases are 15 and 127
  if (magnitude >= 0x400) return sign | ((magnitude << 13) + (112 << 23));
  if (magnitude === 0) return sign;
  // subnormal: magnitude * 2^-24, normalized
  const shift = Math.clz32(magnitude) - 21;
  return sign | ((113 - shift) << 23) | (((magnitude << shift) & 0x3ff) << 13);
}

/** Rounded to the nearest, ties to even, as PyTorch does. float16 ends at 65504: what rounds beyond it becomes infinite. */
export function narrow(values: Float32Array, type: 'float16' | 'bfloat16'): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  const round = type === 'float16' ? float16Bits : bfloat16Bits;
  for (let i = 0; i < bits.length; i++) halves[i] = round(bits[i]!);
  return halves;
}

function bfloat16Bits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return 0x7fc0;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function float16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  // a carry out of the fraction moves the exponent on, up to infinity
  if (magnitude >= 0x38800000) return sign | ((magnitude - (112 << 23) + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  // below 2^-14: a multiple of 2^-24
  const shift = 126 - (magnitude >>> 23);
  if (shift > 24) return sign;
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const floor = fraction >>> shift;
  const rest = fraction - (floor << shift);
  const tie = 1 << (shift - 1);
  return sign | (floor + (rest > tie || (rest === tie && (floor & 1) === 1) ? 1 : 0));
}
