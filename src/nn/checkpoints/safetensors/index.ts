import { quoted, UserError } from '../../../lib/errors.ts';
import type { Parameters } from '../../models/index.ts';
import { some } from './header.ts';

export { type FloatType } from './floats.ts';
export { type Entry } from './header.ts';
export { listSafetensors, readSafetensors, type ReadOptions } from './read.ts';
export { encodeSafetensors } from './write.ts';

/**
 * @throws UserError listing every missing, unknown and wrongly shaped tensor.
 */
export function expectTensors(
  tensors: Parameters,
  expected: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  file: string,
): void {
  const list = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
  const has = (name: string): boolean => Object.hasOwn(tensors, name);
  const wrong = Object.entries(expected)
    .filter(([name, { shape }]) => has(name) && list(tensors[name]!.shape) !== list(shape))
    .map(([name, { shape }]) => `${name} is ${list(tensors[name]!.shape)}, not ${list(shape)}`);
  const missing = Object.keys(expected).filter((name) => !has(name));
  const unknown = Object.keys(tensors).filter((name) => !Object.hasOwn(expected, name));
  const problems = [
    ...(wrong.length > 0 ? [`wrong shapes: ${some(wrong)}`] : []),
    ...(missing.length > 0 ? [`missing: ${some(missing)}`] : []),
    ...(unknown.length > 0 ? [`unknown: ${some(unknown.map(quoted))}`] : []),
  ];
  if (problems.length === 0) return;
  throw new UserError(`${file} does not fit the model that config.json describes: ${problems.join('; ')}`);
}
