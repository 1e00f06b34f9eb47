import { advance } from './advance.ts';
import type { Advance } from './advance.ts';
import type { Arm } from '../assemble/arm.ts';
import { stageStream, stepsOf } from '../assemble/arms.ts';
import type { TrainingState } from '../../nn/checkpoints/index.ts';
import type { RunContext } from './context.ts';
import type { Bound } from '../../lib/table.ts';
import { measure, measureParameters } from './measure.ts';
import { readEvaluations } from '../../results/evaluations.ts';
import type { Model, Parameters } from '../../nn/models/index.ts';
import { timed, timedBatches } from './profile.ts';
import { adapted, mergeTrained } from './stage-adapter.ts';
import { isTraining } from '../stages/types.ts';
import type { StageContext, StageDefinition, SurgeryDefinition, TrainingStageDefinition } from '../stages/types.ts';
import { withAdapter } from '../../nn/models/lora.ts';
import { startTraining } from '../../nn/training/loop.ts';
import type { TrainingSnapshot } from '../../nn/training/loop.ts';

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
  const { engine, io } = context;
  const { definition, params: options } = stage;
  const { lora } = options;
  const stageContext = lora ? adapted(startContext, lora) : startContext;
  /** Evals measure the weights, whatever training reads of them; what a stage says of itself is of what it reads. */
  const inFloats = lora ? withAdapter(startContext.model, { ...lora, frozen: 'float32' }) : startContext.model;
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
  /** What the arm has of it in the end: a stage's value head goes with the stage, its adapter goes into the weights. */
  const finish = async (): Promise<Parameters> => {
    const trained = await training.parameters();
    if (lora) return mergeTrained({ arm, dir, index, kind: stage.kind, lora }, startContext, trained);
    return own(startContext.model, trained);
  };
  let result: Promise<Parameters> | undefined;
  const measured: Advance['measure'] = async (at, isEnd, log) => {
    if (!isEnd) return measure(arm, dir, training.state, at, context, { model: inFloats });
    const concluded = await timed(io, 'eval', async () => conclude?.(training.state, log()));
    const found = { findings: [...findings, ...(concluded ?? [])] };
    if (lora) return measureParameters(arm, dir, await (result ??= finish()), at, context, found);
    await measure(arm, dir, training.state, at, context, { model: stageContext.model, ...found });
  };
  try {
    const taken = { training, hasTokens: true, options, measure: measured, savesStart: index > 0 && !resume };
    const start = index === 0 ? {} : { start: startContext.parameters }; // the weights that it starts from are nowhere else
    const ended = await advance(
      { arm: arm.name, dir, kind: stage.kind, index, isLast, before, ...taken, ...start },
      context,
    );
    return { parameters: await (result ?? finish()), before: ended };
  } finally {
    training.dispose();
    dispose?.();
  }
}

/** What belongs to the arm's model. */
const own = ({ parameterSpecs }: Model, parameters: Parameters): Parameters =>
  Object.fromEntries(Object.keys(parameterSpecs).map((name) => [name, parameters[name]!]));
