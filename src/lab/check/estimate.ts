import { planArms, stepsOf } from '../assemble/arms.ts';
import type { Arm } from '../assemble/arm.ts';
import { evaluate } from '../run/evaluate.ts';
import { BELONGS, evalsOf } from '../run/measure.ts';
import type { Subject } from '../evals/index.ts';
import { paramsOf } from '../experiment/index.ts';
import type { Choice, Experiment } from '../experiment/index.ts';
import { lookup } from '../../lib/table.ts';
import { parameterCount } from '../../nn/models/index.ts';
import { describeModel } from '../assemble/prepare.ts';
import type { Bench } from '../assemble/prepare.ts';
import type { StageData, StageDefinition } from '../stages/index.ts';
import type { Tables } from '../tables.ts';
import type { TrainingOptions } from '../../nn/training/loop.ts';
import { stageBytes, surgeryBytes } from './fits.ts';

/** What a stage costs, from the shapes of its first batches. */
interface StageCost {
  readonly kind: string;
  readonly steps: number;
  /** Of the whole stage, padding included. */
  readonly tokens: number;
  /** Of the matrix products, forward and backward. */
  readonly flops: number;
  /** That it generates to learn from. */
  readonly replies: number;
  /** Of memory, at most, its evaluations included. */
  readonly bytes: number;
}

export interface ArmCost {
  readonly name: string;
  readonly role: Arm['role'];
  readonly from?: string;
  readonly stages: readonly StageCost[];
  readonly steps: number;
  readonly tokens: number;
  readonly flops: number;
  /** Replies that its evaluations generate, and conversations that they score. */
  readonly replies: number;
  readonly scored: number;
}

/** What an experiment asks of a machine. */
export interface Cost {
  readonly model: string;
  readonly parameters: number;
  readonly arms: readonly ArmCost[];
  readonly steps: number;
  readonly tokens: number;
  readonly flops: number;
  readonly replies: number;
  readonly scored: number;
  /** Of the stage that needs most memory. */
  readonly peakBytes: number;
}

/** Counts steps, tokens and FLOPs of every arm, without computing any of it. Reads a few batches of each stage. */
export async function costOf(experiment: Experiment, bench: Bench, tables: Tables): Promise<Cost> {
  const evaluations = countEvaluations(experiment, bench, tables);
  const arms: ArmCost[] = [];
  let peak = 0;
  for (const arm of planArms(experiment)) {
    const stages: StageCost[] = [];
    for (const stage of arm.stages) {
      const cost = await stageCost(stage, arm, bench, tables);
      stages.push(cost);
      peak = Math.max(peak, cost.bytes);
    }
    const { name, role, from } = arm;
    const totals = { steps: sum(stages, 'steps'), tokens: sum(stages, 'tokens'), flops: sum(stages, 'flops') };
    const { replies, scored } = asked(arm, await evaluations(arm));
    const answers = { replies: replies + sum(stages, 'replies'), scored };
    arms.push({ name, role, ...(from === undefined ? {} : { from }), stages, ...totals, ...answers });
  }
  const { model } = bench;
  return {
    model: describeModel(bench),
    parameters: parameterCount(model),
    arms,
    ...{ steps: sum(arms, 'steps'), tokens: sum(arms, 'tokens'), flops: sum(arms, 'flops') },
    ...{ replies: sum(arms, 'replies'), scored: sum(arms, 'scored') },
    peakBytes: Math.max(peak, surgeryBytes(model)),
  };
}

const sum = <K extends string>(items: readonly Readonly<Record<K, number>>[], key: K): number =>
  items.reduce((total, item) => total + item[key], 0);

const optionsOf = (stage: Choice, { params }: Pick<StageDefinition, 'params'>): TrainingOptions =>
  params.parse(paramsOf(stage)) as TrainingOptions;

/** A backward pass costs two forward ones, or one where weights have no gradient. */
export const trainingPasses = ({ lora }: Pick<TrainingOptions, 'lora'>): number => (lora ? 2 : 3);

async function stageCost(
  stage: Choice,
  { payload, role }: Pick<Arm, 'payload' | 'role'>,
  bench: Bench,
  tables: Tables,
): Promise<StageCost> {
  const definition = lookup(tables.stages, stage.kind, 'stage');
  const nothing = { kind: stage.kind, steps: stepsOf(stage), tokens: 0, flops: 0, replies: 0 };
  if ('operate' in definition) return { ...nothing, bytes: surgeryBytes(bench.model) };
  const data: StageData = { ...bench, rng: bench.rng.fork(`estimate/${role}/${stage.kind}`), payload };
  const options = optionsOf(stage, definition);
  const { shapes, passes = 1, replies = 0, setupFlops = 0 } = await definition.cost(options, data);
  const accumulate = Number(stage.accumulate ?? 1);
  const perStep = (of: (B: number, T: number) => number): number =>
    (accumulate * shapes.reduce((total, [B, T]) => total + of(B, T), 0)) / Math.max(1, shapes.length);
  const { model } = bench;
  const steps = stepsOf(stage);
  return {
    kind: stage.kind,
    steps,
    tokens: Math.round(steps * perStep((B, T) => B * T)),
    flops: Math.round(
      setupFlops + steps * perStep((B, T) => passes * trainingPasses(options) * model.forwardFlops(B, T)),
    ),
    replies: Math.round(steps * replies),
    bytes: stageBytes(model, options, shapes),
  };
}

interface Asked {
  readonly replies: number;
  readonly scored: number;
}
type Evaluations = Readonly<Record<'fresh' | 'checkpoint' | 'end', Asked>>;

/** How often an arm is measured at each kind of moment. It starts with its parent's last evaluation: that one is free. */
function momentsOf({ stages, from, evals }: Arm): Readonly<Record<keyof Evaluations, number>> {
  const inside = stages.map((stage) => Math.ceil(stepsOf(stage) / Number(stage.evalEverySteps ?? Infinity)) - 1);
  const between = stages.length - 1;
  const checkpoint = inside.reduce((total, n) => total + Math.max(0, n), Math.max(0, between));
  // an arm with evals of its own is measured at its start, too
  return {
    fresh: from === undefined && stages.length > 0 ? 1 : 0,
    checkpoint,
    end: from !== undefined && evals ? 2 : 1,
  };
}

const MOMENTS = ['fresh', 'checkpoint', 'end'] as const;

/** Every eval that a run will start, by arm: what an ETA has to reckon with. */
export const plannedEvals = (experiment: Experiment): Record<string, string[]> =>
  Object.fromEntries(
    planArms(experiment).map((arm) => {
      const times = momentsOf(arm);
      const kinds = (moment: keyof Evaluations): string[] =>
        evalsOf(arm, experiment)
          .filter(BELONGS[moment])
          .map(({ kind }) => kind);
      return [arm.name, MOMENTS.flatMap((moment) => Array<string[]>(times[moment]).fill(kinds(moment)).flat())];
    }),
  );

function asked(arm: Arm, evaluations: Evaluations): Asked {
  const times = momentsOf(arm);
  const total = (key: keyof Asked): number =>
    MOMENTS.reduce((n, moment) => n + times[moment] * evaluations[moment][key], 0);
  return { replies: total('replies'), scored: total('scored') };
}

/** How much each kind of evaluation asks, counted by running the evals on a subject that answers at once; once for equal lists of evals. */
function countEvaluations(experiment: Experiment, bench: Bench, tables: Tables): (arm: Arm) => Promise<Evaluations> {
  const counted = new Map<string, Promise<Evaluations>>();
  const count = async (choices: readonly Choice[]): Promise<Asked> => {
    const { subject, counts } = countingSubject(bench);
    await evaluate(choices, subject, tables, { onLeftOut: () => {} });
    return counts();
  };
  return (arm) => {
    const evals = evalsOf(arm, experiment);
    const of = (moment: keyof Evaluations): Promise<Asked> => count(evals.filter(BELONGS[moment]));
    const all = async (): Promise<Evaluations> => ({
      fresh: await of('fresh'),
      checkpoint: await of('checkpoint'),
      end: await of('end'),
    });
    const key = JSON.stringify(evals);
    const found = counted.get(key) ?? all();
    counted.set(key, found);
    return found;
  };
}

/** Answers every question with the reference reply and keeps count of the different ones. */
function countingSubject({ scenario, rng }: Bench): { subject: Subject; counts(): Asked } {
  const replies = new Set<string>();
  let scored = 0;
  const subject: Subject = {
    scenario,
    rng,
    reply(examples, decoding = 'greedy', { given = [], draw = 0 } = {}) {
      examples.forEach(({ prompt }, i) => replies.add(decoding + JSON.stringify([prompt, given[i], draw])));
      return Promise.resolve(examples.map(({ completion }) => completion));
    },
    score(examples) {
      scored += examples.length;
      return Promise.resolve(examples.map((_, i) => ({ logProb: -1 - i / examples.length, tokens: 1 })));
    },
  };
  return { subject, counts: () => ({ replies: replies.size, scored }) };
}
