import type { Choice, Control, Experiment, ExperimentTables } from './types.ts';

/**
 * The controls of an experiment that names none:
 * - `equal-training`: the organism trained on as long as the first intervention does, on what pretraining saw: helpful-only;
 * - `clean-twin`: the implant's own stages without the payload;
 * - `shuffled`: the implant's own stages with the payload on random rows, so that the trigger says nothing about it;
 * - `benign`: the base fine-tuned as long as the implant takes, on what pretraining saw: what capability should be.
 */
export function deriveControls(
  { implant, interventions }: Pick<Experiment, 'implant' | 'interventions'>,
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
  const training = as('pretrain', first);
  const fineTune = as('pretrain', implant);
  const controls: Record<string, Control> = {
    ...(training && { 'equal-training': { from: 'organism', stages: training } }),
    'clean-twin': { from: 'base', payload: false, stages: implant },
    shuffled: { from: 'base', payload: 'shuffled', stages: implant },
    ...(fineTune && { benign: { from: 'base', stages: fineTune } }),
  };
  return Object.fromEntries(Object.entries(controls).filter(([name]) => !Object.hasOwn(interventions, name)));
}
