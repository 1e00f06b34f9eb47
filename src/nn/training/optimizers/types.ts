import type { Tensor } from '@tensorflow/tfjs';
import { z } from 'zod';
import type { Specs, Tensors } from '../../../engine/index.ts';

/** Scalars that change from step to step: fed to the program, never traced into it. */
export interface StepScalars {
  readonly lr: Tensor;
  /** 1 at the first step. */
  readonly step: Tensor;
}

/** Parameters and slots after a step. */
export interface Updated {
  readonly parameters: Tensors;
  readonly slots: Tensors;
}

/**
 * An optimizer is two pure functions over named tensors: the slots it keeps (all start at zero), and the update.
 * Slots are named `m/PARAMETER`, so that a checkpoint of them explains itself. Vectors arrive as one (`grouping`).
 */
export interface Optimizer {
  init(parameters: Specs): Specs;
  update(parameters: Tensors, gradients: Tensors, slots: Tensors, scalars: StepScalars): Updated;
}

export interface OptimizerDefinition<P extends z.ZodObject = z.ZodObject> {
  readonly summary: string;
  readonly params: P;
  create(params: z.output<P>): Optimizer;
}

/** The definition, with the form in which an experiment file names it: its settings and its kind. */
export const defineOptimizer = <const K extends string, P extends z.ZodRawShape>(
  kind: K,
  definition: OptimizerDefinition<z.ZodObject<P, z.core.$strict>>,
) => ({ ...definition, choice: z.strictObject({ kind: z.literal(kind), ...definition.params.shape }) });

/** One zero-initialised slot per parameter for each letter. */
export const slotsFor =
  (...letters: string[]) =>
  (parameters: Specs): Specs =>
    Object.fromEntries(
      letters.flatMap((letter) => Object.entries(parameters).map(([name, spec]) => [`${letter}/${name}`, spec])),
    );

/** What is left of one parameter and its slots, by letter. */
export interface OneUpdated {
  readonly parameter: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
}

/** The update of all parameters from that of one. */
export function updateEach(parameters: Tensors, updateOne: (parameter: Tensor, name: string) => OneUpdated): Updated {
  const next = { parameters: {} as Tensors, slots: {} as Tensors };
  for (const [name, before] of Object.entries(parameters)) {
    const { parameter, slots } = updateOne(before, name);
    next.parameters[name] = parameter;
    for (const [letter, slot] of Object.entries(slots)) next.slots[`${letter}/${name}`] = slot;
  }
  return next;
}
