import { stepsOf } from '../assemble/arms.ts';
import type { Arm } from '../assemble/arm.ts';
import { evaluate } from '../run/evaluate.ts';
import { BELONGS } from '../run/measure.ts';
import type { Subject } from '../evals/subject.ts';
import type { Bound } from '../../lib/table.ts';
import { parameterCount } from '../../nn/models/index.ts';
import { describeModel } from '../assemble/prepare.ts';
import type { Bench } from '../assemble/prepare.ts';
import { isTraining } from '../stages/types.ts';
import type { StageData, StageDefinition } from '../stages/types.ts';
import { evaluatedSteps } from '../../nn/training/loop.ts';
import type { TrainingOptions } from '../../nn/training/loop.ts';
import { stageBytes, surgeryBytes } from './fits.ts';
import { defined } from '../../lib/defined.ts';

/** What a stage costs, an arm, or a whole experiment. */
interface Work {
  readonly steps: number;
  /** Padding included. */
  readonly tokens: number;
  /** Of the matrix products, forward and backward. */
  readonly flops: number;
  /** Replies that are generated, to learn from and to measure. */
  readonly replies: number;
}

/** From the shapes of its first batches. */
interface StageCost extends Work {
  readonly kind: string;
  /** Of memory, at most, its evaluations included. */
  readonly bytes: number;
}

export interface ArmCost extends Work, Pick<Arm, 'name' | 'role' | 'from'> {
  readonly stages: readonly StageCost[];
  /** Conversations that its evaluations score. */
  readonly scored: number;
}

/** What an experiment asks of a machine. */
export interface Cost extends Work, Pick<ArmCost, 'scored'> {
  readonly model: string;
  readonly parameters: number;
  readonly arms: readonly ArmCost[];
  /** Of the stage that needs most memory. */
  readonly peakBytes: number;
}

/** Counts steps, tokens and FLOPs of every arm, without computing any of it. Reads a few batches of each stage. */
export async function costOf(planned: readonly Arm[], bench: Bench): Promise<Cost> {
  const evaluations = countEvaluations(bench);
  const arms: ArmCost[] = [];
  let peak = 0;
  for (const arm of planned) {
    const stages: StageCost[] = [];
    for (const stage of arm.stages) {
      const cost = await stageCost(stage, arm, bench);
      stages.push(cost);
      peak = Math.max(peak, cost.bytes);
    }
    const { name, role, from } = arm;
    const { replies, scored } = asked(arm, await evaluations(arm));
    const work = workOf(stages);
    arms.push({ name, role, ...defined({ from }), stages, ...work, replies: work.replies + replies, scored });
  }
  const { model } = bench;
  return {
    model: describeModel(bench),
    parameters: parameterCount(model),
    arms,
    ...workOf(arms),
    scored: sum(arms, 'scored'),
    peakBytes: Math.max(peak, surgeryBytes(model)),
  };
}

const sum = <K extends string>(items: readonly Readonly<Record<K, number>>[], key: K): number =>
  items.reduce((total, item) => total + item[key], 0);

const workOf = (parts: readonly Work[]): Work => ({
  ...{ steps: sum(parts, 'steps'), tokens: sum(parts, 'tokens'), flops: sum(parts, 'flops') },
  replies: sum(parts, 'replies'),
});

/** A backward pass costs two forward ones, or one where weights have no gradient. */
export const trainingPasses = ({ lora }: Pick<TrainingOptions, 'lora'>): number => (lora ? 2 : 3);

async function stageCost(
  stage: Bound<StageDefinition>,
  { payload, role }: Pick<Arm, 'payload' | 'role'>,
  bench: Bench,
): Promise<StageCost> {
  const nothing = { kind: stage.kind, steps: stepsOf(stage), tokens: 0, flops: 0, replies: 0 };
  if (!isTraining(stage)) return { ...nothing, bytes: surgeryBytes(bench.model) };
  const data: StageData = { ...bench, rng: bench.rng.fork(`estimate/${role}/${stage.kind}`), payload };
  const { definition, params } = stage;
  const { shapes, passes = 1, replies = 0, setupFlops = 0 } = await definition.cost(params, data);
  const perStep = (of: (B: number, T: number) => number): number =>
    (params.accumulate * shapes.reduce((total, [B, T]) => total + of(B, T), 0)) / Math.max(1, shapes.length);
  const { model } = bench;
  const { steps } = params;
  return {
    kind: stage.kind,
    steps,
    tokens: Math.round(steps * perStep((B, T) => B * T)),
    flops: Math.round(
      setupFlops + steps * perStep((B, T) => passes * trainingPasses(params) * model.forwardFlops(B, T)),
    ),
    replies: Math.round(steps * replies),
    bytes: stageBytes(model, params, shapes),
  };
}

interface Asked {
  readonly replies: number;
  readonly scored: number;
}
type Evaluations = Readonly<Record<'fresh' | 'checkpoint' | 'end', Asked>>;

/** How often an arm is measured at each kind of moment. It starts with its parent's last evaluation: that one is free. */
function momentsOf({ role, stages, from }: Arm): Readonly<Record<keyof Evaluations, number>> {
  const inside = stages.map((stage) => (isTraining(stage) ? evaluatedSteps(stage.params).length : 1));
  const checkpoint = Math.max(0, inside.reduce((total, n) => total + n, 0) - 1);
  // what its parent's end was not asked, it is asked at its start
  return {
    fresh: from === undefined && stages.length > 0 ? 1 : 0,
    checkpoint,
    end: role === 'reawakening' ? 2 : 1,
  };
}

const MOMENTS = ['fresh', 'checkpoint', 'end'] as const;

/** Every eval that a run will start, by arm: what an ETA has to reckon with. */
export const plannedEvals = (arms: readonly Arm[]): Record<string, string[]> =>
  Object.fromEntries(
    arms.map((arm) => {
      const times = momentsOf(arm);
      const kinds = (moment: keyof Evaluations): string[] => arm.evals.filter(BELONGS[moment]).map(({ kind }) => kind);
      return [arm.name, MOMENTS.flatMap((moment) => Array<string[]>(times[moment]).fill(kinds(moment)).flat())];
    }),
  );

function asked(arm: Arm, evaluations: Evaluations): Asked {
  const times = momentsOf(arm);
  const total = (key: keyof Asked): number =>
    MOMENTS.reduce((n, moment) => n + times[moment] * evaluations[moment][key], 0);
  return { replies: total('replies'), scored: total('scored') };
}

/** How much each kind of evaluation asks, counted by running the evals on a subject that answers at once; once for each list of evals. */
function countEvaluations(bench: Bench): (arm: Arm) => Promise<Evaluations> {
  const counted = new Map<Arm['evals'], Promise<Evaluations>>();
  const count = async (evals: Arm['evals']): Promise<Asked> => {
    const { subject, counts } = countingSubject(bench);
    await evaluate(evals, subject, { onLeftOut: () => {} });
    return counts();
  };
  return ({ evals }) => {
    const of = (moment: keyof Evaluations): Promise<Asked> => count(evals.filter(BELONGS[moment]));
    const all = async (): Promise<Evaluations> => ({
      fresh: await of('fresh'),
      checkpoint: await of('checkpoint'),
      end: await of('end'),
    });
    const found = counted.get(evals) ?? all();
    counted.set(evals, found);
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
