import { z } from 'zod';
import type { Choice, Control, Experiment, ExperimentTables } from './types.ts';

const DERIVED = ['equal-training', 'clean-twin', 'shuffled', 'benign'] as const;

/** What an experiment that names no controls says of those that it is given. */
export const derivedControls = z.strictObject({
  kinds: z.array(z.enum(DERIVED)).readonly().default(DERIVED).describe('which'),
  steps: z
    .int()
    .positive()
    .optional()
    .describe(
      'of each stage of clean-twin, shuffled and benign at most; left out: as many as the implant takes. Fewer save time, and ' +
        'say less of what as much training would have done',
    ),
});

/**
 * The controls of an experiment that names none, as far as `kinds` has them:
 * - `equal-training`: the organism trained on as long as the first intervention does, on what pretraining saw: helpful-only;
 * - `clean-twin`: the implant's own stages without the payload;
 * - `shuffled`: the implant's own stages with the payload on random rows, so that the trigger says nothing about it;
 * - `benign`: the base fine-tuned as long as these two, on what pretraining saw: what capability should be.
 */
export function deriveControls(
  { implant, interventions }: Pick<Experiment, 'implant' | 'interventions'>,
  { kinds, steps = Infinity }: z.output<typeof derivedControls>,
  { stages }: ExperimentTables,
): Record<string, Control> {
  const [chosen] = Object.values(interventions);
  const first = chosen && 'stages' in chosen ? chosen.stages : chosen;
  /** The same stages as another kind: steps, batch size, learning rate and whatever else both kinds have stay equal. */
  const as = (kind: string, like: readonly Choice[] | undefined): Choice[] | undefined => {
    const shared = Object.keys(stages[kind]?.params.shape ?? {});
    if (like === undefined || shared.length === 0) return undefined;
    return like.map((stage) => ({
      kind,
      ...Object.fromEntries(shared.filter((key) => key in stage).map((key) => [key, stage[key]])),
    }));
  };
  const lesson = implant.map((stage) =>
    'steps' in stage ? { ...stage, steps: Math.min(Number(stage.steps), steps) } : stage,
  );
  const training = as('pretrain', first);
  const fineTune = as('pretrain', lesson);
  const controls: Record<string, Control> = {
    ...(training && { 'equal-training': { from: 'organism', stages: training } }),
    'clean-twin': { from: 'base', payload: false, stages: lesson },
    shuffled: { from: 'base', payload: 'shuffled', stages: lesson },
    ...(fineTune && { benign: { from: 'base', stages: fineTune } }),
  };
  return Object.fromEntries(
    kinds.flatMap((kind) => (controls[kind] && !Object.hasOwn(interventions, kind) ? [[kind, controls[kind]]] : [])),
  );
}
