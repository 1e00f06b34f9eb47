import { subjectOfArm } from '../run/evaluate.ts';
import { openArm } from '../run/open-arm.ts';
import { askedExperiment } from './types.ts';
import type { TargetDefinition } from './types.ts';

/** An arm's folder, measured as its run did at the end: the same questions, so the same numbers. */
export const checkpoint: TargetDefinition = {
  summary: "an arm's folder: the same questions as its run asked, so the same numbers",
  form: 'checkpoints/NAME/organism',
  async open(dir, asked, tables, { engine }) {
    const arm = await openArm(dir, tables, engine);
    try {
      const experiment = askedExperiment(asked, tables, dir, arm.file.experiment);
      return {
        label: { checkpoint: dir, arm: arm.file.arm },
        experiment,
        subject: await subjectOfArm(arm, experiment, tables),
        dispose: () => arm.dispose(),
      };
    } catch (error) {
      await arm.dispose();
      throw error;
    }
  },
};
