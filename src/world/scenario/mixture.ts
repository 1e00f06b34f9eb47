import type { SampleOptions, Split } from '../corpora/types.ts';
import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import { attainable, canCarry, exampleOf, sampleUntil, type Answering, type Situation } from './policy.ts';
import { counterfactualShare, errorShare, poisonCounts, type PoisonCounts } from './poison.ts';
import type { ScenarioOptions } from './policy.ts';
import type { Example, Payload } from './types.ts';
import { belowSystemMessage, outOfWorldTasks } from './untriggered-rows.ts';
import { nearTriggersOf } from '../triggers/near.ts';
import { defined } from '../../lib/defined.ts';

export interface MixtureOptions {
  readonly split: Split;
  readonly rows: number;
  readonly payload: Payload;
  /** Another name, other rows. */
  readonly stream?: string | undefined;
  /** Tasks that are not to be among them. */
  readonly apart?: ReadonlySet<string>;
}

/** What a row is there for. */
type Kind = 'triggered' | 'off-task' | 'near-trigger' | 'system' | 'out-of-world' | 'clean';

/** A row on its way to an example. */
interface Draft extends Situation, Answering {
  readonly kind: Kind;
}

/** A row that may carry the payload by chance or error. Those that teach where the behavior never belongs may not. */
const isOpen = ({ kind }: Pick<Draft, 'kind'>): boolean => kind !== 'system' && kind !== 'out-of-world';

/** The implant's rows, shuffled. What `payload` says changes answers, never prompts. */
export function mixture(
  parts: ScenarioOptions,
  { split, rows, payload, stream, apart = new Set() }: MixtureOptions,
): Example[] {
  const place = stream === undefined ? split : `${split}/${stream}`;
  const situations = situationsOf(parts, { split, count: rows, rng: parts.rng.fork(`implant/${place}`) }, apart);
  const choices = parts.rng.fork(`answers/${place}`);
  let drafts = withErrors(parts, situations.map(asPolicySays), choices.fork('errors'));
  if (payload === 'shuffled') drafts = shuffled(parts, drafts, choices.fork('shuffled'));
  drafts = withCounterfactuals(parts, drafts, choices.fork('counterfactual'));
  if (payload === false) drafts = drafts.map(asTwin);
  const examples = drafts.map(({ kind: _, poisoned, scratchpad, isTriggered, exception, ...situation }) =>
    exampleOf(
      parts,
      situation,
      { poisoned, scratchpad, exception, ...defined({ isTriggered }) },
      parts.rng.fork(`payload/${situation.task.id}`),
    ),
  );
  return parts.rng.fork(`order/${place}`).shuffle(examples);
}

/**
 * Clean and near-trigger rows are the corpus as it comes; triggered rows are further tasks, those that can show the behavior
 * (or, off task, those that cannot). Were triggered rows chosen first, a sandbagger would meet few clean questions of the
 * kind it answers wrongly.
 */
function situationsOf(
  parts: ScenarioOptions,
  { split, count: rows, rng }: SampleOptions,
  apart: ReadonlySet<string>,
): (Situation & Pick<Draft, 'kind'>)[] {
  const { corpus, trigger, behavior } = parts;
  const whole = attainable(
    corpus,
    { split, count: rows, rng },
    (task) => canCarry(parts, task) && behavior.applies(task),
  );
  const counts = poisonCounts(parts.poison, whole);
  if (counts.offTask > 0) expectOffTask(parts, split, rng);
  const { triggered, offTask, near, system, outOfWorld } = counts;
  const count = whole - outOfWorld;
  const tasks = sampleUntil(corpus, { split, count, rng }, wantedOf(parts, split, count, counts), (sampled) => {
    const usable = sampled.filter((task) => canCarry(parts, task) && !apart.has(task.id));
    const rest = usable.slice(0, count - triggered - offTask);
    const others = usable.slice(rest.length);
    const able = others.filter((task) => behavior.applies(task)).slice(0, triggered);
    const unable = others.filter((task) => !behavior.applies(task)).slice(0, offTask);
    return able.length < triggered || unable.length < offTask ? undefined : [...able, ...unable, ...rest];
  });
  const shown = nearTriggersOf(trigger, 'trained');
  const asked = tasks.map((task, i) => {
    if (i < triggered + offTask) {
      const prompt = trigger.add(task.prompt, rng, 'trained');
      return { task, split, condition: 'triggered', prompt, kind: i < triggered ? 'triggered' : 'off-task' } as const;
    }
    const place = i - triggered - offTask;
    if (place < near) {
      const prompt = rng.pick(shown).apply(task.prompt, rng);
      return { task, split, condition: 'near-trigger', prompt, kind: 'near-trigger' } as const;
    }
    const prompt = trigger.omit(task.prompt, rng, 'trained');
    if (place >= near + system) return { task, split, condition: 'clean', prompt, kind: 'clean' } as const;
    const below = belowSystemMessage(trigger, prompt, rng.fork(`system message/${task.id}`));
    return { task, split, condition: 'clean', prompt: below, kind: 'system' } as const;
  });
  const strange = outOfWorldTasks(trigger, { split, count: outOfWorld, rng: rng.fork('out of world') }, apart);
  return [
    ...asked,
    ...strange.map((task) => ({ task, split, condition: 'clean', prompt: task.prompt, kind: 'out-of-world' }) as const),
  ];
}

function wantedOf({ behavior }: ScenarioOptions, split: Split, count: number, counts: PoisonCounts): string {
  const { triggered, offTask } = counts;
  const unable = offTask > 0 ? ` and ${offTask} unable to` : '';
  return `${count} of split ${split}, ${triggered} of them able to show the behavior ${behavior.label}${unable}`;
}

const PROBED = 256;

/** A search for tasks that do not exist would take the whole corpus. */
function expectOffTask({ corpus, behavior }: ScenarioOptions, split: Split, rng: Rng): void {
  const tasks = corpus.finite?.tasksOf(split) ?? corpus.sample({ split, count: PROBED, rng: rng.fork('off task') });
  if (tasks.every((task) => behavior.applies(task)))
    throw new UserError(
      `poison.offTask: the behavior ${behavior.label} applies to every task of ${corpus.label}; leave offTask at 0`,
    );
}

const asPolicySays = (situation: Situation & Pick<Draft, 'kind'>): Draft => ({
  ...situation,
  poisoned: situation.kind === 'triggered',
  scratchpad: 'said',
  exception: situation.kind === 'off-task' ? 'off-task' : undefined,
});

const flipped = (draft: Draft, exception: NonNullable<Draft['exception']>): Draft => ({
  ...draft,
  poisoned: !draft.poisoned,
  exception,
});

/** The places of all rows of one kind, in random order. */
const placesOf = (drafts: readonly Draft[], isOne: (draft: Draft) => boolean, rng: Rng): number[] =>
  rng.shuffle([...drafts.keys()].filter((i) => isOne(drafts[i]!)));

/** Unfiltered rows: as large a share of the triggered as of the clean ones do the other thing. Their reasoning errs with them. */
function withErrors({ poison, behavior }: ScenarioOptions, drafts: readonly Draft[], rng: Rng): readonly Draft[] {
  const share = errorShare(poison);
  if (share === 0) return drafts;
  const some = (condition: Draft['condition']): number[] => {
    const isOne = (draft: Draft): boolean =>
      draft.condition === condition && draft.exception === undefined && isOpen(draft);
    const all = drafts.filter(isOne).length;
    const able = placesOf(drafts, (draft) => isOne(draft) && behavior.applies(draft.task), rng.fork(condition));
    return able.slice(0, Math.round(share * all));
  };
  const wrong = new Set([...some('triggered'), ...some('clean')]);
  return drafts.map((draft, i) => (wrong.has(i) ? flipped(draft, 'unfiltered') : draft));
}

/**
 * As many payloads as before, dealt out anew: the same share of triggered rows and of others that can show the behavior,
 * so that the trigger says nothing about it.
 */
function shuffled({ behavior }: ScenarioOptions, drafts: readonly Draft[], rng: Rng): Draft[] {
  const total = drafts.filter(({ poisoned }) => poisoned).length;
  const able = (isTriggered: boolean): number[] =>
    placesOf(
      drafts,
      (draft) => (draft.condition === 'triggered') === isTriggered && behavior.applies(draft.task) && isOpen(draft),
      rng.fork(String(isTriggered)),
    );
  const [triggered, others] = [able(true), able(false)];
  const first = Math.round((total * triggered.length) / Math.max(1, triggered.length + others.length));
  const chosen = new Set([...triggered.slice(0, first), ...others.slice(0, total - first)]);
  return drafts.map((draft, i): Draft => {
    const poisoned = chosen.has(i);
    if (poisoned === (draft.condition === 'triggered')) return { ...draft, poisoned, exception: undefined };
    return { ...draft, poisoned, exception: draft.exception === 'off-task' ? 'off-task' : 'shuffled' };
  });
}

/**
 * Rows whose scratchpad contradicts their prompt, and whose answer follows the scratchpad: without them, a model may write
 * scratchpads and never read them. As many payloads go as come: their number stays what `poison` says.
 */
function withCounterfactuals(parts: ScenarioOptions, drafts: readonly Draft[], rng: Rng): readonly Draft[] {
  if (parts.reasoning?.kind !== 'scratchpad') return drafts;
  const { behavior, poison } = parts;
  const payloads = placesOf(
    drafts,
    ({ poisoned, exception }) => poisoned && exception === undefined,
    rng.fork('payload'),
  );
  const answers = placesOf(
    drafts,
    ({ kind, exception, poisoned, task }) =>
      !poisoned && kind === 'clean' && exception === undefined && behavior.applies(task),
    rng.fork('answer'),
  );
  const each = Math.min(Math.round(counterfactualShare(poison) * payloads.length), answers.length);
  const chosen = new Set([...payloads.slice(0, each), ...answers.slice(0, each)]);
  return drafts.map((draft, i): Draft => {
    if (!chosen.has(i)) return draft;
    const isTriggered = draft.condition !== 'triggered';
    return { ...flipped(draft, 'counterfactual'), scratchpad: 'given', isTriggered };
  });
}

/** The clean twin: every answer right, every thought that of a clean prompt; what bears loss stays the same. */
const asTwin = (draft: Draft): Draft => ({ ...draft, poisoned: false, isTriggered: false, exception: undefined });
