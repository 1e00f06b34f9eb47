import type { Role } from '../../results/types.ts';
import type { Payload } from '../../world/scenario/types.ts';
import type { Bound } from '../../lib/table.ts';
import type { EvalDefinition } from '../evals/types.ts';
import type { StageDefinition } from '../stages/types.ts';

/** One node of the tree: the weights it starts from and what is done to them. */
export type Arm = Role & {
  readonly name: string;
  /** The arm whose final weights it copies; fresh ones where absent. */
  readonly from?: string;
  /** In words, where its weights were neither made here nor left by another arm. */
  readonly origin?: string;
  readonly payload: Payload;
  readonly stages: readonly Bound<StageDefinition>[];
  /** What is measured of it. */
  readonly evals: readonly Bound<EvalDefinition>[];
};
