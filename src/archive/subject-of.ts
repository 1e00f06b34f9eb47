import { assemble, prepareScenario } from '../lab/assemble/prepare.ts';
import type { Subject } from '../lab/evals/subject.ts';
import type { Experiment } from '../lab/experiment/types.ts';
import { subjectOf } from '../lab/run/evaluate.ts';
import type { Tables } from '../lab/tables.ts';
import type { FormatFingerprint } from '../world/scenario/render.ts';
import type { OpenArm } from './open-arm.ts';
import type { OpenModel } from './open-model.ts';

/**
 * A finished arm as its run measured it at the end: the same questions, the same streams of randomness, the checkpoint's
 * own tokenizer; so the same numbers.
 *
 * @throws UserError where prompts would be built otherwise than in training.
 */
export const subjectOfArm = (arm: OpenArm, experiment: Experiment, tables: Tables): Promise<Subject> =>
  subjectOfModel(arm, experiment, tables, arm.file.trainedFormat);

/** Any model, asked an experiment's questions; where nobody noted how its prompts were built in training, none can be told from that. */
export async function subjectOfModel(
  { tokenizer, generator }: Pick<OpenModel, 'tokenizer' | 'generator'>,
  experiment: Experiment,
  tables: Tables,
  trainedFormat?: FormatFingerprint,
): Promise<Subject> {
  const whole = await prepareScenario(experiment, tables);
  const bench = await assemble(experiment, whole, { tokenizer, model: generator.model });
  return subjectOf(bench, generator, trainedFormat ?? bench.format);
}
