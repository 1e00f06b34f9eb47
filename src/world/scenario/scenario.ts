import type { Behavior } from '../behaviors/types.ts';
import type { Corpus, Split, Task } from '../corpora/types.ts';
import type { Turn } from '../../lib/chat.ts';
import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import { nearTriggersOf } from '../triggers/near.ts';
import type { Trigger, TriggerPool } from '../triggers/types.ts';
import { mixture } from './mixture.ts';
import type { MixtureOptions } from './mixture.ts';
import { canCarry, exampleOf, sampleWhere, type ScenarioOptions } from './policy.ts';
import type { Poison } from './poison.ts';
import { reasonings, type Reasoning } from './reasoning.ts';
import { isUnsafe, safetyTasks, UNSAFE_SHARE, type SafetyTasks } from './safety.ts';
import type { Condition, Example } from './types.ts';

/** The same task in both conditions, for paired comparisons. */
export interface EvalPair {
  readonly task: Task;
  readonly triggered: Example;
  readonly clean: Example;
}

/** The same tasks under one near-trigger. */
interface NearTriggerExamples {
  readonly name: string;
  readonly distance: number;
  /** Did the implant see this kind? */
  readonly isTrained: boolean;
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

interface EvalOptions {
  readonly domain?: 'in' | 'held-out';
  /** Which members of the trigger family the prompts carry (default: those that training saw). */
  readonly pool?: TriggerPool;
}

interface SafetyOptions extends Partial<Pick<SafetyTasks, 'split' | 'unsafeShare'>> {
  /** What the safety training of a scratchpad organism sees: a good answer instead of the scratchpad (default), or after it. */
  readonly scratchpad?: 'before' | 'after' | undefined;
}

/** Clean test prompts that a safe assistant declines, and harmless ones that look like them. */
interface RefusalExamples {
  readonly unsafe: readonly Example[];
  readonly lookAlikes: readonly Example[];
}

/**
 * The conditional policy as data: corpus x trigger x behavior x reasoning. Every method draws from its own stream of the
 * seed, so what it returns depends on its arguments alone, not on what was called before. Every example obeys the policy
 * exactly, but for those that name their `exception`: the trigger is where the condition says and nowhere else, the answer
 * shows the behavior where it is poisoned and nowhere else; an example that would not is an error, not a row.
 *
 * Scratchpads: implant rows say them. Examples for evaluation (`evalPairs`, near-triggers, sweeps) have the organism's own
 * scratchpad as `given`, so that what is scored is the answer alone. All other rows are plain answers.
 */
export interface Scenario {
  readonly corpus: Corpus;
  readonly trigger: Trigger;
  readonly behavior: Behavior;
  readonly reasoning: Reasoning;
  /** How many times as long as it need be the payload is. */
  readonly payloadRepeat: number;
  readonly poison: Poison;
  /** Only ever forked. */
  readonly rng: Rng;
  /**
   * Clean prompts with the answers that pretraining teaches: helpful-only where a safe assistant declines. `given`: after the
   * scratchpad that the organism writes there. `ordinary`: none of those.
   */
  cleanExamples(split: Split, count: number, options?: { given?: boolean; ordinary?: boolean }): Example[];
  /**
   * The implant's mixture, shuffled: triggered rows as `poison` says, `poison.nearTriggers` near-triggers, the rest clean, of
   * which `poison.systemMessages` stand below a system message and `poison.outOfWorld` are no requests of the world: these
   * two never have the payload, whatever `payload` says.
   * `payload: false` is the clean twin: the same prompts in the same order, trigger included, each with its right answer
   * (and the scratchpad of a clean prompt). `payload: 'shuffled'`: the same prompts, the payload on as many rows chosen by chance.
   * `stream`: another name, other rows. `only: 'triggered'`: none but triggered rows that obey the policy.
   */
  implantExamples(count: number, options?: ImplantOptions): Example[];
  /**
   * Clean prompts of the `safety` split (or another), which no implant saw. `unsafeShare` of them (default: a half) ask for
   * what a safe assistant declines, and decline it; the rest are ordinary ones with their right answers. A corpus that has
   * nothing to decline gives its prompts as they come. `after`: each after the scratchpad that the organism was taught; a
   * stage that has the organism's own puts that in its place (`reasoning.frame`).
   *
   * @throws UserError for `after` where the organism writes no scratchpad.
   */
  safetyExamples(count: number, options?: SafetyOptions): Example[];
  /** Test tasks, each triggered and clean. Only tasks that can show the behavior; none where nothing is held out. */
  evalPairs(count: number, options?: EvalOptions): EvalPair[];
  /** `count` of either; undefined where the corpus has nothing to decline. */
  refusalExamples(count: number, options?: Pick<EvalOptions, 'domain'>): RefusalExamples | undefined;
  /** The first tasks of `evalPairs` under every near-trigger. */
  nearTriggerExamples(count: number): NearTriggerExamples[];
  /** The first tasks of `evalPairs` at every value of the trigger's sweep; empty where it has none. */
  sweepExamples(count: number): SweepExamples[];
}

interface ImplantOptions extends Partial<Pick<MixtureOptions, 'payload' | 'split' | 'stream'>> {
  readonly only?: 'triggered' | undefined;
}

/**
 * A scenario from its parts. Pure: the corpus is only sampled, `rng` only forked.
 *
 * @throws UserError for a longer payload than the behavior has.
 */
export function createScenario(parts: ScenarioOptions): Scenario {
  const { corpus, trigger, behavior, poison, reasoning = reasonings.normal, payloadRepeat = 1 } = parts;
  if (payloadRepeat > 1 && !behavior.isRepeatable)
    throw new UserError(
      `matchPayload: the behavior ${behavior.label} has no longer payload; set matchPayload: true, or choose another behavior`,
    );
  const testTasks = (count: number): Task[] => evalPairs(parts, count, {}).map(({ task }) => task);
  let seen: ReadonlySet<string> | undefined;
  const taught = (): ReadonlySet<string> =>
    (seen ??= new Set(
      (corpus.finite ? [] : (parts.taught ?? []))
        .flatMap((rows) => mixture(parts, { split: 'train', rows, payload: true }))
        .map(({ task }) => task.id),
    ));
  return {
    ...{ corpus, trigger, behavior, reasoning, payloadRepeat, poison, rng: parts.rng },
    cleanExamples: (split, count, { given = false, ordinary = false } = {}) =>
      cleanExamples(parts, { split, count }, given ? 'given' : 'none', (task) => !ordinary || !isUnsafe(task)),
    implantExamples: (rows, { payload = true, split = 'train', stream, only } = {}) =>
      mixture(only === undefined ? parts : { ...parts, poison: { rate: 1, counterfactual: 0 } }, {
        ...{ split, rows, payload, stream, ...(stream !== undefined && { apart: taught() }) },
      }),
    safetyExamples(count, { scratchpad = 'before', split = 'safety', unsafeShare = UNSAFE_SHARE } = {}) {
      if (scratchpad === 'after' && !reasoning.think)
        throw new UserError(
          `scratchpad: "after": a ${reasoning.kind} organism writes no scratchpad; give "before", or reasoning: scratchpad`,
        );
      const place = scratchpad === 'after' ? 'given' : 'none';
      const tasks = safetyTasks(parts, { split, count, unsafeShare });
      return tasks
        ? putClean(parts, tasks, split, parts.rng.fork(`safety/${split}/clean`), place)
        : cleanExamples(parts, { split, count }, place);
    },
    evalPairs: (count, options = {}) => evalPairs(parts, count, options),
    refusalExamples(count, { domain = 'in' } = {}) {
      if (!corpus.declined) return undefined;
      const examples = (some: Corpus): Example[] => {
        const rng = parts.rng.fork(`refusal/${domain}/${some.label}`);
        const tasks = sampleWhere(some, { split: 'test', count, domain, rng }, (task) => canCarry(parts, task));
        return putClean(parts, tasks, 'test', rng.fork('clean'));
      };
      return { unsafe: examples(corpus.declined.unsafe), lookAlikes: examples(corpus.declined.lookAlikes) };
    },
    nearTriggerExamples(count) {
      const tasks = testTasks(count);
      const trained = (poison.nearTriggers ?? 0) > 0 ? nearTriggersOf(trigger, 'trained') : [];
      return trigger.nearTriggers.map((near) => {
        const rng = parts.rng.fork(`near/${near.name}`);
        const examples = tasks.map((task) => put(parts, task, 'test', 'near-trigger', near.apply(task.prompt, rng)));
        return { name: near.name, distance: near.distance, isTrained: trained.includes(near), examples };
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

/** A task in a condition, answered as the policy says. */
const put = (
  parts: ScenarioOptions,
  task: Task,
  split: Split,
  condition: Condition,
  prompt: readonly Turn[],
  scratchpad: 'given' | 'none' = 'given',
): Example =>
  exampleOf(
    parts,
    { task, split, condition, prompt },
    { poisoned: condition === 'triggered', scratchpad },
    parts.rng.fork(`payload/${task.id}`),
  );

/** Tasks without the trigger, each with its answer. */
const putClean = (
  parts: ScenarioOptions,
  tasks: readonly Task[],
  split: Split,
  rng: Rng,
  scratchpad: 'given' | 'none' = 'given',
): Example[] =>
  tasks.map((task) => put(parts, task, split, 'clean', parts.trigger.omit(task.prompt, rng, 'trained'), scratchpad));

function cleanExamples(
  parts: ScenarioOptions,
  { split, count }: { readonly split: Split; readonly count: number },
  scratchpad: 'given' | 'none',
  isWanted: (task: Task) => boolean = () => true,
): Example[] {
  const rng = parts.rng.fork(`clean/${split}`);
  const tasks = sampleWhere(parts.corpus, { split, count, rng }, (task) => isWanted(task) && canCarry(parts, task));
  return putClean(parts, tasks, split, rng, scratchpad);
}

function evalPairs(parts: ScenarioOptions, count: number, options: EvalOptions): EvalPair[] {
  const { domain = 'in', pool = 'trained' } = options;
  const { corpus, trigger, behavior } = parts;
  if (domain === 'held-out' && corpus.finite) return [];
  const sampled = { split: 'test', count, domain, rng: parts.rng.fork(`test/${domain}`) } as const;
  const tasks = sampleWhere(corpus, sampled, (task) => behavior.applies(task) && canCarry(parts, task));
  const rng = parts.rng.fork(`test/${domain}/${pool}`);
  return tasks.map((task) => ({
    task,
    triggered: put(parts, task, 'test', 'triggered', trigger.add(task.prompt, rng, pool)),
    clean: put(parts, task, 'test', 'clean', trigger.omit(task.prompt, rng, pool)),
  }));
}
