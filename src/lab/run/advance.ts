import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { saveState } from '../../nn/checkpoints/index.ts';
import type { TrainingState } from '../../nn/checkpoints/index.ts';
import { appendLines, prefixOf, readJsonl } from '../../lib/jsonl.ts';
import type { Parameters } from '../../nn/models/index.ts';
import { evaluatedSteps } from '../../nn/training/loop.ts';
import type { StepReport, Training, TrainingOptions } from '../../nn/training/loop.ts';
import { EVALUATIONS, readEvaluations } from '../../results/evaluations.ts';
import type { Place } from '../../results/evaluations.ts';
import type { LoggedStep } from '../stages/types.ts';
import type { RunContext } from './context.ts';
import { timed } from './profile.ts';
import { Interrupted } from './progress.ts';

export const METRICS = 'metrics.jsonl';
/** What an arm appends to. */
export const LOGS = [METRICS, EVALUATIONS] as const;

export interface Advance {
  readonly arm: string;
  readonly dir: string;
  /** The stage, as logs and progress call it, and its place in the arm. */
  readonly kind: string;
  readonly index: number;
  readonly isLast: boolean;
  /** What the arm's earlier stages came to. */
  readonly before: TrainingState['before'];
  readonly training: Training;
  /** What its steps count as tokens are tokens. */
  readonly hasTokens: boolean;
  /** How long it is, and when it is measured and saved. */
  readonly options: Pick<TrainingOptions, 'steps' | 'evalEverySteps' | 'evalAtSteps' | 'saveEverySteps'>;
  /** The weights that it started from, where no other folder holds them. */
  readonly start?: Parameters;
  /** They are saved at once: nothing else holds what the stage starts from. */
  readonly savesStart: boolean;
  /** Appends an evaluation of what `training` holds; `log` reads the stage's steps so far. */
  measure(place: Place, isEnd: boolean, log: () => LoggedStep[]): Promise<void>;
}

/**
 * Takes a training from where it is to its end: logs every step, measures and saves where it is due, and stops at a step
 * when asked to. Whatever trains, a run that was stopped and continued ends with the same bytes.
 *
 * @throws Interrupted with everything saved.
 */
export async function advance(
  { arm, dir, kind, index, isLast, before, training, hasTokens, options, start, savesStart, measure }: Advance,
  { hash, io, stepsBefore, totalSteps }: Pick<RunContext, 'hash' | 'io' | 'stepsBefore' | 'totalSteps'>,
): Promise<TrainingState['before']> {
  const { steps } = options;
  const at = (): { step: number; tokens: number } => ({
    step: before.steps + training.step,
    tokens: before.lossTokens + training.lossTokens,
  });
  const log = metricsLog(dir);
  const ownLog = (): LoggedStep[] => {
    log.flush();
    return readJsonl(path.join(dir, METRICS)).filter(({ step }) => Number(step) > before.steps);
  };
  const save = (): Promise<void> =>
    timed(io, 'save', async () => {
      log.flush();
      const logs = Object.fromEntries(LOGS.map((name) => [name, prefixOf(path.join(dir, name))]));
      const snapshot = await training.snapshot();
      saveState(dir, { stage: index, before, logs, snapshot, ...(start && { start }) }, hash);
    });
  const onStep = async ({ loss, gradientNorm, lr, tokens, step, metrics }: StepReport): Promise<void> => {
    log.add({ ...at(), stage: kind, loss, gradientNorm, lr, ...metrics });
    const done = stepsBefore + before.steps + step;
    const place = { kind: 'step', arm, stage: kind, step, steps, done, total: totalSteps } as const;
    io.progress({ ...place, loss, ...(hasTokens && { tokens }) });
    await setImmediate(); // a training that never waits would never hear Ctrl-C
    if (!io.signal.aborted) return;
    await save();
    throw new Interrupted();
  };
  const due = evaluatedSteps(options);
  const measureIfDue = async (): Promise<void> => {
    if (!due.includes(training.step) || readEvaluations(dir).some(({ step }) => step === at().step)) return;
    const isEnd = training.step === steps;
    await measure({ moment: isEnd && isLast ? 'end' : 'checkpoint', stage: kind, ...at() }, isEnd, ownLog);
  };
  if (savesStart) await save();
  await measureIfDue(); // a run that stopped right after it saved has yet to
  const saved = evaluatedSteps({ ...options, evalEverySteps: options.saveEverySteps });
  const milestones = [...new Set([...due, ...saved])].sort((a, b) => a - b);
  for (const milestone of milestones.filter((step) => step > training.step)) {
    await timed(io, 'steps', () => training.advance(milestone, onStep));
    await save();
    await measureIfDue();
  }
  const { step, tokens } = at();
  return { steps: step, lossTokens: tokens };
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
