import path from 'node:path';
import type { Arm } from './arms.ts';
import { stepsOf } from './arms.ts';
import { clearState, isDone, loadCheckpoint, loadState, saveState } from '../checkpoints/index.ts';
import type { TrainingState } from '../checkpoints/index.ts';
import type { Engine, State } from '../engine/index.ts';
import { evaluate, subjectOf } from './evaluate.ts';
import type { EvalOutcome } from '../evals/index.ts';
import { paramsOf } from '../experiment/index.ts';
import type { Choice, Experiment } from '../experiment/index.ts';
import { appendLine, appendLines, readJsonl, truncateJsonl } from '../lib/files.ts';
import { lookup } from '../lib/table.ts';
import { initParameters } from '../models/index.ts';
import type { Parameters } from '../models/index.ts';
import type { Bench } from './prepare.ts';
import { Interrupted } from './progress.ts';
import type { Io } from './progress.ts';
import type { Tables } from '../tables.ts';
import { startTraining } from '../training/loop.ts';
import type { StepReport, TrainingOptions, TrainingSnapshot } from '../training/loop.ts';

/** What an arm is run with; the same for all arms of an experiment. */
export interface RunContext {
  readonly experiment: Experiment;
  /** Of the experiment: a saved state belongs to it alone. */
  readonly hash: string;
  readonly bench: Bench;
  readonly tables: Tables;
  readonly engine: Engine;
  readonly io: Io;
  /** Steps of the whole experiment, and how many of them lie in arms before this one. */
  readonly totalSteps: number;
  readonly stepsBefore: number;
}

export type Moment = 'start' | 'checkpoint' | 'end';

/** One line of `evaluations.jsonl`: everything measured of an arm at one moment. */
export interface Evaluation extends EvalOutcome {
  readonly moment: Moment;
  readonly stage: string;
  readonly step: number;
  readonly tokens: number;
}

export interface ArmResult {
  readonly parameters: Parameters;
  readonly evaluations: readonly Evaluation[];
}

const EVALUATIONS = 'evaluations.jsonl';
const METRICS = 'metrics.jsonl';

/**
 * Trains and measures one arm in `dir`, or continues where an earlier run stopped, or finds it done. Whatever happens,
 * the logs hold exactly the steps up to the saved state, so that a resumed run equals an uninterrupted one.
 */
export async function runArm(
  arm: Arm,
  dir: string,
  parent: ArmResult | undefined,
  context: RunContext,
): Promise<ArmResult> {
  const { io } = context;
  if (isDone(dir)) {
    io.progress({ kind: 'arm', arm: arm.name, state: 'reused', step: 0 });
    return { parameters: loadCheckpoint(dir).parameters, evaluations: readEvaluations(dir) };
  }
  const saved = loadState(dir, context.hash);
  const savedStep = saved ? saved.before.steps + saved.snapshot.step : -1;
  for (const log of [METRICS, EVALUATIONS]) truncateJsonl(path.join(dir, log), (row) => Number(row.step) <= savedStep);
  io.progress({ kind: 'arm', arm: arm.name, state: saved ? 'resumed' : 'started', step: Math.max(0, savedStep) });

  const { model, rng } = context.bench;
  let parameters = parent?.parameters ?? initParameters(model, rng.fork('parameters'));
  let before = saved?.before ?? { steps: 0, lossTokens: 0 };
  if (!saved) await measureStart(arm, dir, parent, parameters, context);
  for (const [index, stage] of arm.stages.entries()) {
    if (index < (saved?.stage ?? 0)) continue;
    const resume = saved?.stage === index ? saved.snapshot : undefined;
    const isLast = index === arm.stages.length - 1;
    const ran = await runStage({ arm, dir, stage, index, isLast, before }, parameters, resume, context);
    ({ parameters, before } = ran);
  }
  return { parameters, evaluations: readEvaluations(dir) };
}

/** Called once the arm's checkpoint is written: the state that a resume would need can go. */
export const finishArm = (dir: string): void => clearState(dir);

export const readEvaluations = (dir: string): Evaluation[] =>
  readJsonl(path.join(dir, EVALUATIONS)) as unknown as Evaluation[];

/** An arm starts where its parent ended, so the parent's last evaluation is its first; a fresh model only shows its loss. */
async function measureStart(
  arm: Arm,
  dir: string,
  parent: ArmResult | undefined,
  parameters: Parameters,
  context: RunContext,
): Promise<void> {
  const last = parent?.evaluations.at(-1);
  if (last) {
    const start: Evaluation = { ...last, moment: 'start', stage: 'start', step: 0, tokens: 0 };
    appendLine(path.join(dir, EVALUATIONS), JSON.stringify(start));
    return;
  }
  const state = context.engine.createState(parameters);
  await measure(
    arm,
    dir,
    state,
    { moment: 'start', stage: 'start', step: 0, tokens: 0 },
    context,
    ({ kind }) => kind === 'clean-loss',
  );
  state.dispose();
}

interface StagePlace {
  readonly arm: Arm;
  readonly dir: string;
  readonly stage: Choice;
  readonly index: number;
  readonly isLast: boolean;
  /** What the arm's earlier stages came to. */
  readonly before: TrainingState['before'];
}

async function runStage(
  place: StagePlace,
  parameters: Parameters,
  resume: TrainingSnapshot | undefined,
  context: RunContext,
): Promise<{ parameters: Parameters; before: TrainingState['before'] }> {
  const { arm, dir, stage, index, isLast, before } = place;
  const { bench, engine, tables, hash, io } = context;
  const definition = lookup(tables.stages, stage.kind, 'stage');
  const options = definition.params.parse(paramsOf(stage)) as TrainingOptions;
  // the stage's own stream: arms that differ only in their weights see the same data in the same order
  const rng = bench.rng.fork(`stage/${arm.role}/${index}/${stage.kind}`);
  const prepared = await definition.prepare(options, { ...bench, rng, payload: arm.payload });
  const training = startTraining({ engine, model: bench.model, options, ...prepared, parameters, resume });
  const at = (): { step: number; tokens: number } => ({
    step: before.steps + training.step,
    tokens: before.lossTokens + training.lossTokens,
  });
  const log = metricsLog(dir);
  const save = async (): Promise<void> => {
    log.flush();
    saveState(dir, { stage: index, before, snapshot: await training.snapshot() }, hash);
  };
  const onStep = async (report: StepReport): Promise<void> => {
    const { loss, gradientNorm, lr } = report;
    log.add({ ...at(), stage: stage.kind, loss, gradientNorm, lr });
    tellStep(place, report, context);
    if (!io.signal.aborted) return;
    await save();
    throw new Interrupted();
  };
  const measureIfDue = async (): Promise<void> => {
    const isEnd = training.step === options.steps;
    const isDue = isEnd || (training.step > 0 && training.step % (options.evalEverySteps ?? Infinity) === 0);
    if (!isDue || readEvaluations(dir).some(({ step }) => step === at().step)) return;
    const moment: Moment = isEnd && isLast ? 'end' : 'checkpoint';
    await measure(arm, dir, training.state, { moment, stage: stage.kind, ...at() }, context);
  };
  try {
    await measureIfDue(); // a run that stopped right after it saved has yet to
    for (const milestone of milestonesOf(options).filter((step) => step > training.step)) {
      await training.advance(milestone, onStep);
      await save();
      await measureIfDue();
    }
    const end = at();
    return { parameters: await training.parameters(), before: { steps: end.step, lossTokens: end.tokens } };
  } finally {
    training.dispose();
  }
}

/** Steps at which the loop pauses to evaluate or save, the last step among them. */
function milestonesOf({ steps, saveEverySteps, evalEverySteps = steps }: TrainingOptions): number[] {
  const every = (n: number): number[] => Array.from({ length: Math.floor(steps / n) }, (_, i) => (i + 1) * n);
  return [...new Set([...every(saveEverySteps), ...every(evalEverySteps), steps])].sort((a, b) => a - b);
}

/** Runs the evals that belong to this moment and appends one line. */
async function measure(
  arm: Arm,
  dir: string,
  state: State,
  at: Pick<Evaluation, 'moment' | 'stage' | 'step' | 'tokens'>,
  { experiment, bench, engine, tables, io }: RunContext,
  wanted: (choice: Choice) => boolean = ({ when }) => at.moment !== 'checkpoint' || when === 'checkpoints',
): Promise<void> {
  const subject = await subjectOf(bench, { engine, model: bench.model, state }, bench.format);
  const outcome = await evaluate(experiment.evals.filter(wanted), subject, tables, (kind) =>
    io.progress({ kind: 'eval', arm: arm.name, eval: kind, step: at.step }),
  );
  const evaluation: Evaluation = { ...at, ...outcome };
  appendLine(path.join(dir, EVALUATIONS), JSON.stringify(evaluation));
}

/** `metrics.jsonl`, a line a step, written ten at a time. */
function metricsLog(dir: string): { add(row: object): void; flush(): void } {
  let lines: string[] = [];
  const flush = (): void => {
    appendLines(path.join(dir, METRICS), lines);
    lines = [];
  };
  return {
    add(row) {
      lines.push(JSON.stringify(row));
      if (lines.length >= 10) flush();
    },
    flush,
  };
}

function tellStep({ arm, stage, before }: StagePlace, report: StepReport, context: RunContext): void {
  const { step, loss, tokens } = report;
  context.io.progress({
    kind: 'step',
    arm: arm.name,
    stage: stage.kind,
    step,
    steps: stepsOf(stage),
    loss,
    tokens,
    done: context.stepsBefore + before.steps + step,
    total: context.totalSteps,
  });
}
