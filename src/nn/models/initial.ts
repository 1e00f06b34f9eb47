import type { ParameterSpec } from './types.ts';

type Init = ParameterSpec['init'];

/** Initial distributions of one element. */
export const normal =
  (deviation: number): Init =>
  (rng) =>
    deviation * rng.normal();
export const zero: Init = () => 0;
export const one: Init = () => 1;
