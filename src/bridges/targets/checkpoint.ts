import path from 'node:path';
import { exists } from '../../lib/files.ts';
import { isArm } from '../../archive/arm-files.ts';
import { subjectOfArm, subjectOfModel } from '../../archive/subject-of.ts';
import { openArm } from '../../archive/open-arm.ts';
import { openModel } from '../../archive/open-model.ts';
import { askedExperiment } from './types.ts';
import type { Target, TargetDefinition } from './types.ts';

/**
 * An arm's folder, measured as its run did at the end: the same questions, so the same numbers. Any other folder with a model
 * (imported, exported, somebody else's) is asked what `--experiment` asks: a baseline under the same evals.
 */
export const checkpoint: TargetDefinition = {
  summary:
    "an arm's folder: the same questions as its run asked, so the same numbers; any other model, with --experiment",
  form: 'checkpoints/NAME/organism',
  async open(dir, asked, given, { engine }) {
    const { threads, ...rest } = engine;
    if (isArm(dir) || !exists(path.join(dir, 'config.json'))) {
      const arm = await openArm(dir, given, engine);
      return whole(arm, { checkpoint: dir, arm: arm.file.arm }, async () => {
        const { experiment, tables } = await askedExperiment(asked, given, dir, arm.file.experiment);
        return { experiment, tables, subject: await subjectOfArm(arm, experiment, tables) };
      });
    }
    const { experiment, tables } = await askedExperiment(asked, given, dir);
    const model = await openModel(dir, tables, { ...rest, ...(typeof threads === 'number' && { threads }) });
    return whole(model, { checkpoint: dir, model: model.name }, async () => ({
      ...{ experiment, tables },
      subject: await subjectOfModel(model, experiment, tables),
    }));
  },
};

/** The target of an opened model; what was opened is closed where the rest fails. */
async function whole(
  model: { dispose(): Promise<void> },
  label: Target['label'],
  ask: () => Promise<Pick<Target, 'experiment' | 'tables' | 'subject'>>,
): Promise<Target> {
  try {
    return { label, ...(await ask()), dispose: () => model.dispose() };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}
