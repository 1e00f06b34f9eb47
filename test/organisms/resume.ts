import { expect } from 'vitest';
import type { Organism, RecipeContext } from '../../src/organisms/types.ts';

/** A training that stopped after `stop` of its steps goes on to the weights that it has where nothing stopped it. */
export async function expectResumes(organism: Organism, start: RecipeContext, steps: number, stop: number) {
  const whole = await organism.train(start);
  await whole.advance(steps, () => undefined);
  const first = await organism.train(start);
  await first.advance(stop, () => undefined);
  const resumed = await organism.train({ ...start, resume: await first.snapshot() });
  await resumed.advance(steps, () => undefined);
  const weights = await resumed.parameters();
  expect(weights).toEqual(await whole.parameters());
  expect(weights).not.toEqual(await first.parameters());
  [whole, first, resumed].forEach((training) => training.dispose());
}
