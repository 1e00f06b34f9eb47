import path from 'node:path';
import type { Arm } from '../assemble/arm.ts';
import { stageStream, stepsOf } from '../assemble/arms.ts';
import { saveState } from '../../nn/checkpoints/index.ts';
import type { TrainingState } from '../../nn/checkpoints/index.ts';
import type { RunContext } from './context.ts';
import { appendLines, prefixOf, readJsonl } from '../../lib/jsonl.ts';
import type { Bound } from '../../lib/table.ts';
import { measure, measureParameters } from './measure.ts';
import { EVALUATIONS, readEvaluations } from '../../results/evaluations.ts';
import type { Place } from '../../results/evaluations.ts';
import type { Model, Parameters } from '../../nn/models/index.ts';
import { timed, timedBatches } from './profile.ts';
import { Interrupted } from './progress.ts';
import { adapted, mergeTrained } from './stage-adapter.ts';
import { isTraining } from '../stages/types.ts';
import type {
  LoggedStep,
  StageContext,
  StageDefinition,
  SurgeryDefinition,
  TrainingStageDefinition,
} from '../stages/types.ts';
import { evaluatedSteps, startTraining } from '../../nn/training/loop.ts';
import type { StepReport, TrainingSnapshot } from '../../nn/training/loop.ts';

export const METRICS = 'metrics.jsonl';
/** What an arm appends to. */
export const LOGS = [METRICS, EVALUATIONS] as const;

export interface StagePlace<D extends StageDefinition = StageDefinition> {
  readonly arm: Arm;
  readonly dir: string;
  readonly stage: Bound<D>;
  readonly index: number;
  readonly isLast: boolean;
  /** What the arm's earlier stages came to. */
  readonly before: TrainingState['before'];
}

export interface StageResult {
  readonly parameters: Parameters;
  readonly before: TrainingState['before'];
}

/** One stage of an arm, from the weights it starts from, or from where an earlier run stopped inside it. */
export async function runStage(
  place: StagePlace,
  parameters: Parameters,
  resume: TrainingSnapshot | undefined,
  context: RunContext,
): Promise<StageResult> {
  const { arm, index, stage } = place;
  const { bench, engine, keep, base, io } = context;
  io.profiler?.at(arm.name, stage.kind);
  const rng = stageStream(bench.rng, arm.role, index, stage.kind);
  const stageContext: StageContext = { ...bench, rng, payload: arm.payload, engine, parameters, keep, base };
  return isTraining(stage)
    ? train({ ...place, stage }, stageContext, resume, context)
    : operate({ ...place, stage }, stageContext, context);
}

/** Changes the weights at one stroke and measures them. Done again where a run was interrupted before the next stage. */
async function operate(
  place: StagePlace<SurgeryDefinition>,
  stageContext: StageContext,
  context: RunContext,
): Promise<StageResult> {
  const { arm, dir, stage, isLast } = place;
  const { definition, params } = stage;
  const parameters = await timed(context.io, 'surgery', () => definition.operate(params, stageContext));
  const before = { ...place.before, steps: place.before.steps + stepsOf(stage) };
  const at = { step: before.steps, tokens: before.lossTokens };
  if (!readEvaluations(dir).some(({ step }) => step === at.step))
    await measureParameters(
      arm,
      dir,
      parameters,
      { moment: isLast ? 'end' : 'checkpoint', stage: stage.kind, ...at },
      context,
    );
  return { parameters, before };
}

async function train(
  place: StagePlace<TrainingStageDefinition>,
  startContext: StageContext,
  resume: TrainingSnapshot | undefined,
  context: RunContext,
): Promise<StageResult> {
  const { arm, dir, stage, index, isLast, before } = place;
  const { engine, hash, io } = context;
  const { definition, params: options } = stage;
  const { lora } = options;
  const stageContext = lora ? adapted(startContext, lora) : startContext;
  const {
    findings = [],
    conclude,
    dispose,
    ...prepared
  } = await timed(io, 'prepare', () => definition.prepare(options, stageContext));
  const model = prepared.model ?? stageContext.model;
  const parameters = { ...stageContext.parameters, ...prepared.extra };
  const batches = timedBatches(prepared.batches, io);
  const training = startTraining({ engine, options, ...prepared, batches, model, parameters, resume });
  const at = (): { step: number; tokens: number } => ({
    step: before.steps + training.step,
    tokens: before.lossTokens + training.lossTokens,
  });
  const log = metricsLog(dir);
  const start = index === 0 ? {} : { start: startContext.parameters };
  const ownLog = (): LoggedStep[] => {
    log.flush();
    return readJsonl(path.join(dir, METRICS)).filter(({ step }) => Number(step) > before.steps);
  };
  const save = (): Promise<void> =>
    timed(io, 'save', async () => {
      log.flush();
      const logs = Object.fromEntries(LOGS.map((name) => [name, prefixOf(path.join(dir, name))]));
      saveState(dir, { stage: index, before, logs, snapshot: await training.snapshot(), ...start }, hash);
    });
  const onStep = async (report: StepReport): Promise<void> => {
    const { loss, gradientNorm, lr, metrics } = report;
    log.add({ ...at(), stage: stage.kind, loss, gradientNorm, lr, ...metrics });
    tellStep(place, report, context);
    if (!io.signal.aborted) return;
    await save();
    throw new Interrupted();
  };
  /** What the arm has of it in the end: a stage's value head goes with the stage, its adapter goes into the weights. */
  const finish = async (): Promise<Parameters> => {
    const trained = await training.parameters();
    if (lora) return mergeTrained({ arm, dir, index, kind: stage.kind, lora }, startContext, trained);
    return own(startContext.model, trained);
  };
  let result: Promise<Parameters> | undefined;
  const due = evaluatedSteps(options);
  const measureIfDue = async (): Promise<void> => {
    const isEnd = training.step === options.steps;
    if (!due.includes(training.step) || readEvaluations(dir).some(({ step }) => step === at().step)) return;
    const moment = isEnd && isLast ? 'end' : 'checkpoint';
    const here: Place = { moment, stage: stage.kind, ...at() };
    if (!isEnd) return measure(arm, dir, training.state, here, context, { model: stageContext.model });
    const concluded = await timed(io, 'eval', async () => conclude?.(training.state, ownLog()));
    const found = { findings: [...findings, ...(concluded ?? [])] };
    if (lora) return measureParameters(arm, dir, await (result ??= finish()), here, context, found);
    await measure(arm, dir, training.state, here, context, { model: stageContext.model, ...found });
  };
  try {
    if (index > 0 && !resume) await save(); // the weights that this stage starts from are nowhere else
    await measureIfDue(); // a run that stopped right after it saved has yet to
    const saved = evaluatedSteps({ ...options, evalEverySteps: options.saveEverySteps });
    const milestones = [...new Set([...due, ...saved])].sort((a, b) => a - b);
    for (const milestone of milestones.filter((step) => step > training.step)) {
      await timed(io, 'steps', () => training.advance(milestone, onStep));
      await save();
      await measureIfDue();
    }
    const end = at();
    return {
      parameters: await (result ?? finish()),
      before: { steps: end.step, lossTokens: end.tokens },
    };
  } finally {
    training.dispose();
    dispose?.();
  }
}

/** What belongs to the arm's model. */
const own = ({ parameterSpecs }: Model, parameters: Parameters): Parameters =>
  Object.fromEntries(Object.keys(parameterSpecs).map((name) => [name, parameters[name]!]));

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
