import path from 'node:path';
import type { Arm } from '../assemble/arm.ts';
import { clearState, loadCheckpoint, loadState } from '../../nn/checkpoints/index.ts';
import type { TrainingState } from '../../nn/checkpoints/index.ts';
import type { ArmResult, RunContext, TrainedBase } from './context.ts';
import { cutLog } from '../../lib/jsonl.ts';
import { expectWhole, isSealed } from '../../lib/sealed.ts';
import { appendEvaluation, BELONGS, measureParameters } from './measure.ts';
import { readEvaluations } from '../../results/evaluations.ts';
import type { Parameters } from '../../nn/models/index.ts';
import { LOGS } from './advance.ts';
import { runStage } from './stage-run.ts';

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
  io.profiler?.at(arm.name, 'start');
  if (isSealed(dir)) {
    expectWhole(dir);
    io.progress({ kind: 'arm', arm: arm.name, state: 'reused', step: 0 });
    return finishedArm(dir, context.models);
  }
  const saved = resumeArm(arm.name, dir, context);

  const { initial, rng } = context.bench;
  let parameters = saved?.start ?? parent?.parameters ?? initial(rng.fork('parameters'));
  let before = saved?.before ?? { steps: 0, lossTokens: 0 };
  if (arm.stages.length === 0) return asTheyAre(arm, dir, { parameters, steps: 0, lossTokens: 0 }, context);
  if (!saved) await measureStart(arm, dir, parent, parameters, context);
  const found = arm.from === undefined && !saved ? context.bases?.find() : undefined;
  if (found) return asTheyAre(arm, dir, found, context);
  for (const [index, stage] of arm.stages.entries()) {
    if (index < (saved?.stage ?? 0)) continue;
    const resume = saved?.stage === index ? saved.snapshot : undefined;
    const isLast = index === arm.stages.length - 1;
    const ran = await runStage({ arm, dir, stage, index, isLast, before }, parameters, resume, context);
    ({ parameters, before } = ran);
  }
  if (arm.from === undefined) context.bases?.put({ parameters, ...before });
  return { parameters, evaluations: readEvaluations(dir) };
}

/** Where an earlier run stopped inside an arm, if one did; its logs are cut back to that. */
export function resumeArm(
  name: string,
  dir: string,
  { hash, io }: Pick<RunContext, 'hash' | 'io'>,
): TrainingState | undefined {
  const saved = loadState(dir, hash);
  const savedStep = saved ? saved.before.steps + saved.snapshot.step : -1;
  for (const log of LOGS)
    cutLog(path.join(dir, log), saved?.logs[log], `move ${dir} away and run the experiment again`);
  io.progress({ kind: 'arm', arm: name, state: saved ? 'resumed' : 'started', step: Math.max(0, savedStep) });
  return saved;
}

/** Called once the arm's checkpoint is written: the state that a resume would need can go. */
export function finishArm(dir: string, models: RunContext['models']): ArmResult {
  clearState(dir);
  return finishedArm(dir, models);
}

/** Its weights stay on disk until an arm that starts from them asks: those of a whole tree need not fit in memory. */
const finishedArm = (dir: string, models: RunContext['models']): ArmResult => ({
  get parameters() {
    return loadCheckpoint(dir, { models }).parameters;
  },
  evaluations: readEvaluations(dir),
});

/** An arm starts where its parent ended, so the parent's last evaluation is its first; a fresh model only shows its loss. */
async function measureStart(
  arm: Arm,
  dir: string,
  parent: ArmResult | undefined,
  parameters: Parameters,
  context: RunContext,
): Promise<void> {
  const place = { moment: 'start', stage: 'start', step: 0, tokens: 0 } as const;
  const last = parent?.evaluations.at(-1);
  if (!last) return measureParameters(arm, dir, parameters, place, context, { wanted: BELONGS.fresh });
  if (arm.role === 'reawakening') return measureParameters(arm, dir, parameters, place, context);
  // what its parent's last stage found out is no measurement of these weights
  const scores = last.scores.filter((score) => arm.evals.some(({ kind }) => kind === score.eval));
  appendEvaluation(dir, { ...last, ...place, scores });
}

/** Nothing is done to the weights, which were imported, or which another experiment trained in the same way: they are measured once. */
async function asTheyAre(
  arm: Arm,
  dir: string,
  { parameters, steps, lossTokens }: TrainedBase,
  context: RunContext,
): Promise<ArmResult> {
  const stage = arm.stages.at(-1)?.kind ?? 'start';
  await measureParameters(arm, dir, parameters, { moment: 'end', stage, step: steps, tokens: lossTokens }, context);
  return { parameters, evaluations: readEvaluations(dir) };
}
