import type { ArmRole } from '../../results/types.ts';
import type { Payload } from '../../world/scenario/types.ts';
import type { Choice } from '../experiment/index.ts';

/** One node of the tree: the weights it starts from and what is done to them. */
export interface Arm {
  readonly name: string;
  readonly role: ArmRole;
  /** The arm whose final weights it copies; fresh ones where absent. */
  readonly from?: string;
  readonly payload: Payload;
  readonly stages: readonly Choice[];
  /** What is measured of it, where that is not what the experiment measures. */
  readonly evals?: readonly Choice[];
}
