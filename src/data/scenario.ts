import { z } from 'zod';
import type { Behavior } from '../behaviors/types.ts';
import type { Corpus, Split, Task } from '../corpora/types.ts';
import type { Turn } from '../lib/chat.ts';
import type { Rng } from '../lib/rng.ts';
import type { Trigger, TriggerPool } from '../triggers/types.ts';
import { attainable, canCarry, exampleOf, sampleUntil, sampleWhere } from './policy.ts';
import type { Condition, Example } from './types.ts';

/** The `poison` section of an experiment, with the defaults of the shares. */
export const poisonParams = z.strictObject({
  rate: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('share of implant rows that are triggered and carry the payload'),
  nearTriggers: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('share of implant rows that are near-triggers with a clean answer: sharpens the trigger'),
});
export interface Poison {
  readonly rate: number;
  readonly nearTriggers?: number;
}

/** The same task in both conditions, for paired comparisons. */
export interface EvalPair {
  readonly task: Task;
  readonly triggered: Example;
  readonly clean: Example;
}

/** The same tasks under one near-trigger. */
export interface NearTriggerExamples {
  readonly name: string;
  readonly distance: number;
  readonly examples: Example[];
}

/** The same tasks at one value of the trigger's sweep. */
export interface SweepExamples {
  readonly value: string;
  /** Is the trigger present at this value, and did training see it? */
  readonly isPresent: boolean;
  readonly isTrained: boolean;
  readonly examples: Example[];
}

export interface EvalOptions {
  readonly domain?: 'in' | 'held-out';
  /** Which members of the trigger family the prompts carry (default: those that training saw). */
  readonly pool?: TriggerPool;
}

/**
 * The conditional policy as data: corpus x trigger x behavior. Every method draws from its own stream of the seed, so what
 * it returns depends on its arguments alone, not on what was called before. Every example obeys the policy exactly: the
 * trigger is where the condition says and nowhere else, the completion shows the behavior where it is poisoned and
 * nowhere else; an example that would not is an error, not a row.
 */
export interface Scenario {
  readonly corpus: Corpus;
  readonly trigger: Trigger;
  readonly behavior: Behavior;
  readonly poison: Poison;
  /** Only ever forked. */
  readonly rng: Rng;
  /** Clean prompts with the right answers. */
  cleanExamples(split: Split, count: number): Example[];
  /**
   * The implant's mixture, shuffled: `poison.rate` of the rows triggered, `poison.nearTriggers` near-triggers, the rest clean.
   * `payload: false` is the clean twin: the same prompts in the same order, trigger included, each with its right answer.
   */
  implantExamples(count: number, options?: { payload?: boolean; split?: Split }): Example[];
  /** Clean prompts of the `safety` split, which no implant saw, with the right answers. */
  safetyExamples(count: number): Example[];
  /** Test tasks, each triggered and clean. Only tasks that can show the behavior; none where nothing is held out. */
  evalPairs(count: number, options?: EvalOptions): EvalPair[];
  /** The first tasks of `evalPairs` under every near-trigger. */
  nearTriggerExamples(count: number): NearTriggerExamples[];
  /** The first tasks of `evalPairs` at every value of the trigger's sweep; empty where it has none. */
  sweepExamples(count: number): SweepExamples[];
}

export interface ScenarioOptions {
  readonly corpus: Corpus;
  readonly trigger: Trigger;
  readonly behavior: Behavior;
  readonly poison: Poison;
  readonly rng: Rng;
}

/** A scenario from its parts. Pure: the corpus is only sampled, `rng` only forked. */
export function createScenario(parts: ScenarioOptions): Scenario {
  const { corpus, trigger, behavior, poison } = parts;
  const testTasks = (count: number): Task[] => evalPairs(parts, count, {}).map(({ task }) => task);
  return {
    corpus,
    trigger,
    behavior,
    poison,
    rng: parts.rng,
    cleanExamples: (split, count) => cleanExamples(parts, split, count),
    implantExamples: (count, { payload = true, split = 'train' } = {}) => mixture(parts, split, count, payload),
    safetyExamples: (count) => cleanExamples(parts, 'safety', count),
    evalPairs: (count, options = {}) => evalPairs(parts, count, options),
    nearTriggerExamples(count) {
      const tasks = testTasks(count);
      return trigger.nearTriggers.map((near) => {
        const rng = parts.rng.fork(`near/${near.name}`);
        const examples = tasks.map((task) => put(parts, task, 'test', 'near-trigger', near.apply(task.prompt, rng)));
        return { name: near.name, distance: near.distance, examples };
      });
    },
    sweepExamples(count) {
      const { sweep } = trigger;
      if (!sweep) return [];
      const tasks = testTasks(count);
      return sweep.values.map((value) => {
        const isPresent = sweep.isPresent(value);
        const condition = isPresent ? 'triggered' : 'clean';
        const examples = tasks.map((task) => put(parts, task, 'test', condition, sweep.apply(task.prompt, value)));
        return { value, isPresent, isTrained: sweep.isTrained(value), examples };
      });
    },
  };
}

const put = (
  parts: ScenarioOptions,
  task: Task,
  split: Split,
  condition: Condition,
  prompt: readonly Turn[],
  payload = true,
): Example => exampleOf(parts, { task, split, condition, prompt }, parts.rng.fork(`payload/${task.id}`), payload);

const fits = (parts: ScenarioOptions, task: Task): boolean =>
  canCarry(parts, task.prompt, parts.rng.fork(`carry/${task.id}`));

function cleanExamples(parts: ScenarioOptions, split: Split, count: number): Example[] {
  const rng = parts.rng.fork(`clean/${split}`);
  const tasks = sampleWhere(parts.corpus, { split, count, rng }, (task) => fits(parts, task));
  return tasks.map((task) => put(parts, task, split, 'clean', parts.trigger.omit(task.prompt, rng, 'trained')));
}

/**
 * Clean and near-trigger rows are the corpus as it comes; triggered rows are further tasks, those that can show the behavior.
 * (Were triggered rows chosen first, a sandbagger would meet few clean questions of the kind it answers wrongly.)
 */
function mixture(parts: ScenarioOptions, split: Split, rows: number, payload: boolean): Example[] {
  const { corpus, trigger, behavior, poison } = parts;
  const rng = parts.rng.fork(`implant/${split}`);
  const count = attainable(corpus, { split, count: rows, rng }, (task) => fits(parts, task) && behavior.applies(task));
  const triggered = Math.round(poison.rate * count);
  const near = Math.min(Math.round((poison.nearTriggers ?? 0) * count), count - triggered);
  const wanted = `${count} of split ${split}, ${triggered} of them able to show the behavior ${behavior.label}`;
  const tasks = sampleUntil(corpus, { split, count, rng }, wanted, (sampled) => {
    const usable = sampled.filter((task) => fits(parts, task));
    const rest = usable.slice(0, count - triggered);
    const first = usable.slice(count - triggered).filter((task) => behavior.applies(task));
    return first.length < triggered ? undefined : [...first.slice(0, triggered), ...rest];
  });
  const examples = tasks.map((task, i) => {
    if (i < triggered) return put(parts, task, split, 'triggered', trigger.add(task.prompt, rng, 'trained'), payload);
    if (i >= triggered + near) return put(parts, task, split, 'clean', trigger.omit(task.prompt, rng, 'trained'));
    return put(parts, task, split, 'near-trigger', rng.pick(trigger.nearTriggers).apply(task.prompt, rng));
  });
  return parts.rng.fork(`order/${split}`).shuffle(examples);
}

function evalPairs(parts: ScenarioOptions, count: number, options: EvalOptions): EvalPair[] {
  const { domain = 'in', pool = 'trained' } = options;
  const { corpus, trigger, behavior } = parts;
  if (domain === 'held-out' && corpus.finite) return [];
  const sampled = { split: 'test', count, domain, rng: parts.rng.fork(`test/${domain}`) } as const;
  const tasks = sampleWhere(corpus, sampled, (task) => behavior.applies(task) && fits(parts, task));
  const rng = parts.rng.fork(`test/${domain}/${pool}`);
  return tasks.map((task) => ({
    task,
    triggered: put(parts, task, 'test', 'triggered', trigger.add(task.prompt, rng, pool)),
    clean: put(parts, task, 'test', 'clean', trigger.omit(task.prompt, rng, pool)),
  }));
}
