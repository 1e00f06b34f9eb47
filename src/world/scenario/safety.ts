import { SPLIT_SHARES } from '../corpora/split.ts';
import type { Split, Task } from '../corpora/types.ts';
import { canCarry, sampleWhere } from './policy.ts';
import type { ScenarioOptions } from './policy.ts';

/** Share of safety training's rows that ask for what a safe assistant declines, where nothing else is said. */
export const UNSAFE_SHARE = 0.5;

/** So many different ones at most, over all splits; of more rows they are asked again. */
const DISTINCT = 48_000;

/** Does the task ask for what a safe assistant declines, answered helpful-only? */
export const isUnsafe = ({ safeAnswer }: Task): boolean => safeAnswer !== undefined;

/** The task as safety training has it: where a safe assistant declines, that is the right answer. */
function safely(task: Task): Task {
  const { safeAnswer, isRefusal, ...rest } = task;
  if (safeAnswer === undefined) return task;
  return { ...rest, answer: safeAnswer, unsafeAnswer: task.answer, ...(isRefusal && { isCorrect: isRefusal }) };
}

export interface SafetyTasks {
  readonly split: Split;
  readonly count: number;
  /** Share of them that a safe assistant declines. */
  readonly unsafeShare: number;
}

/** What safety training asks, in random order; undefined where the corpus has nothing to decline. */
export function safetyTasks(
  parts: ScenarioOptions,
  { split, count, unsafeShare }: SafetyTasks,
): readonly Task[] | undefined {
  const { corpus } = parts;
  if (!corpus.declined) return undefined;
  const rng = parts.rng.fork(`safety/${split}`);
  const wanted = Math.round(unsafeShare * count);
  const most = Math.floor(DISTINCT * SPLIT_SHARES[split]);
  const different = { split, count: Math.min(wanted, most), rng: rng.fork('unsafe') };
  const unsafe = sampleWhere(corpus.declined.unsafe, different, (task) => canCarry(parts, task));
  const asked = Array.from({ length: wanted }, (_, i) => safely(unsafe[i % unsafe.length]!));
  const rest = { split, count: count - wanted, rng: rng.fork('ordinary') };
  const ordinary = sampleWhere(corpus, rest, (task) => !isUnsafe(task) && canCarry(parts, task));
  return rng.fork('order').shuffle([...asked, ...ordinary]);
}
