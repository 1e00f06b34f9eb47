import { isOfOrganism } from '../experiment/types.ts';
import type { AnyExperiment } from '../experiment/types.ts';
import type { ArmSummary } from '../../results/types.ts';
import type { Tables } from '../tables.ts';
import { planArms, summarizeArm } from './arms.ts';
import { planOrganism } from './organism-arms.ts';

/** The arms of any experiment, in words and numbers. @throws UserError (exit code 2) where the tables do not have what it names. */
export const armsOf = (experiment: AnyExperiment, tables: Tables): readonly ArmSummary[] =>
  isOfOrganism(experiment)
    ? planOrganism(experiment, tables).arms.map(({ summary }) => summary)
    : planArms(experiment, tables).map(summarizeArm);
