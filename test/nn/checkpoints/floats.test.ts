import { describe, expect, it } from 'vitest';
import { narrow, widen } from '../../../src/nn/checkpoints/safetensors/floats.ts';
import { createRng } from '../../../src/lib/rng.ts';

const ALL = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
const widened = (halves: Uint16Array, dtype: 'F16' | 'BF16'): Float32Array => {
  const values = new Float32Array(halves.length);
  widen(halves, dtype, values, 0);
  return values;
};

/** From the definition: 1 sign, `exponent` and `fraction` bits. */
function valueOf(bits: number, exponent: number, fraction: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const e = (bits >> fraction) & (2 ** exponent - 1);
  const f = (bits & (2 ** fraction - 1)) / 2 ** fraction;
  const bias = 2 ** (exponent - 1) - 1;
  if (e === 2 ** exponent - 1) return f ? NaN : sign * Infinity;
  return e === 0 ? sign * 2 ** (1 - bias) * f : sign * 2 ** (e - bias) * (1 + f);
}

describe.each([
  ['float16', 'F16', 5, 10],
  ['bfloat16', 'BF16', 8, 7],
] as const)('%s', (type, dtype, exponent, fraction) => {
  const values = widened(ALL, dtype);

  it('is read, every one of the 65,536', () => {
    const wrong = [...ALL].filter((bits) => !Object.is(values[bits], valueOf(bits, exponent, fraction)));
    expect(wrong).toEqual([]);
  });

  it('is written back as it was; what is not a number stays so', () => {
    const back = narrow(values, type);
    const again = widened(back, dtype);
    const isNumber = (bits: number): boolean => !Number.isNaN(values[bits]);
    expect([...ALL].filter((bits) => (isNumber(bits) ? back[bits] !== bits : !Number.isNaN(again[bits])))).toEqual([]);
  });

  it('is the nearest of all, on a tie the even one', () => {
    const finite = [...ALL].filter((bits) => bits < 0x8000 && Number.isFinite(values[bits])).slice(0, -1);
    // exact in float32: both have fewer fraction bits
    const middles = Float32Array.from(finite, (bits) => (values[bits]! + values[bits + 1]!) / 2);
    const near = (step: number): Float32Array =>
      new Float32Array(new Uint32Array(middles.slice().buffer).map((bits) => bits + step).buffer);
    const even = finite.map((bits) => bits + (bits % 2));
    expect([...narrow(middles, type)]).toEqual(even);
    expect([
      ...narrow(
        middles.map((value) => -value),
        type,
      ),
    ]).toEqual(even.map((bits) => bits | 0x8000));
    expect([...narrow(near(-1), type)]).toEqual(finite);
    expect([...narrow(near(1), type)]).toEqual(finite.map((bits) => bits + 1));
  });

  it('becomes infinite from half a step beyond its end', () => {
    const last = values[ALL.findLast((bits) => bits < 0x8000 && Number.isFinite(values[bits]))!]!;
    const infinite = ((2 ** exponent - 1) << fraction) >>> 0;
    const step = last - values[infinite - 2]!;
    const beyond = Float32Array.of(last + step / 2.001, last + step / 2, 3.4e38, Infinity);
    expect([...narrow(beyond, type)]).toEqual([infinite - 1, infinite, infinite, infinite]);
  });

  it('is written from anywhere in memory', () => {
    const rng = createRng(1);
    const data = Float32Array.from({ length: 64 }, () => rng.normal());
    expect(narrow(data.subarray(3, 20), type)).toEqual(narrow(data.slice(3, 20), type));
  });
});
