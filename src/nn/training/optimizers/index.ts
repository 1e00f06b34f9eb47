import { z } from 'zod';
import { adamw } from './adamw.ts';
import { lion } from './lion.ts';
import { muon } from './muon.ts';
import { sgd } from './sgd.ts';
import type { Optimizer } from './types.ts';

export type { Optimizer, StepScalars } from './types.ts';

export const optimizers = { adamw, sgd, lion, muon };

type Table = typeof optimizers;
type Choices = { [K in keyof Table]: { kind: K } & z.output<Table[K]['params']> };

export type OptimizerChoice = Choices[keyof Choices];

const choices = Object.values(optimizers).map(({ choice }) => choice);

/** `optimizer: { kind: adamw, beta2: 0.99 }` in an experiment file. */
export const optimizerParams = z.discriminatedUnion('kind', choices as [(typeof choices)[number], ...typeof choices]);

export function createOptimizer<K extends keyof Table>(choice: Choices[K]): Optimizer {
  const table: { [P in keyof Table]: { create(params: Choices[P]): Optimizer } } = optimizers;
  return table[choice.kind].create(choice);
}
