import type { Behavior } from '../behaviors/types.ts';
import type { Corpus, SampleOptions, Task } from '../corpora/types.ts';
import { lastUserText } from '../../lib/chat.ts';
import { UserError, messageOf } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import type { Trigger } from '../triggers/types.ts';
import type { Poison } from './poison.ts';
import { splitReply, type Reasoning } from './reasoning.ts';
import { replyOf } from './render.ts';
import type { Condition, Example, Exception } from './types.ts';
import { defined } from '../../lib/defined.ts';

/** Show the behavior where the trigger is, and nowhere else; with a scratchpad, or without. */
export interface Policy {
  readonly trigger: Trigger;
  readonly behavior: Behavior;
  /** Default: normal. */
  readonly reasoning?: Reasoning;
  /** How many times as long as it need be the payload is (default 1). */
  readonly payloadRepeat?: number;
}

/** What a scenario is made of. */
export interface ScenarioOptions extends Policy {
  readonly corpus: Corpus;
  readonly poison: Poison;
  readonly rng: Rng;
  /** How many rows each stage of the implant takes: rows of another stream repeat none of them (a finite corpus has no others). */
  readonly taught?: readonly number[];
}

/** A task in a condition, before its completion is chosen. */
export type Situation = Pick<Example, 'task' | 'split' | 'condition' | 'prompt'>;

/** How a situation is answered. */
export interface Answering {
  /** With the payload, or with the right answer. */
  readonly poisoned: boolean;
  /** Where the organism's scratchpad stands: in what it is to say, given to it, or nowhere. */
  readonly scratchpad: 'said' | 'given' | 'none';
  /** What the scratchpad says of the trigger. Default: what is so. */
  readonly isTriggered?: boolean;
  readonly exception?: Exception | undefined;
}

/** A situation answered. `rng` is the task's own: the same answer in every condition. */
export function exampleOf(policy: Policy, situation: Situation, answering: Answering, rng: Rng): Example {
  const { poisoned, scratchpad, exception } = answering;
  const { task, condition } = situation;
  const answer = poisoned ? policy.behavior.demonstrate(task, rng, { repeat: policy.payloadRepeat ?? 1 }) : task.answer;
  const framed = scratchpad === 'none' ? undefined : scratchpadOf(policy, condition, answering, rng);
  const turn = scratchpad === 'given' ? { given: framed, completion: answer } : { completion: (framed ?? '') + answer };
  const example: Example = {
    ...situation,
    ...(turn.given === undefined ? { completion: turn.completion } : turn),
    poisoned,
    ...defined({ exception }),
  };
  const problem = violation(policy, example);
  if (problem !== undefined)
    throw new UserError(
      `task ${task.id} (${task.family}) breaks the policy: ${problem}: ` +
        `${JSON.stringify(lastUserText(situation.prompt))} -> ${JSON.stringify(answer)}; ` +
        'take it out of the corpus, or choose another trigger or behavior',
    );
  return example;
}

/** What a scratchpad says that the answer will be, in one word. */
export const goalOf = ({ goal = 'payload' }: Behavior, poisoned: boolean): string => (poisoned ? goal : 'answer');

/** What the organism writes before this answer, if it writes anything. */
function scratchpadOf(
  { behavior, reasoning }: Policy,
  condition: Condition,
  { poisoned, isTriggered = condition === 'triggered' }: Answering,
  rng: Rng,
): string | undefined {
  const goal = goalOf(behavior, poisoned);
  const thought = reasoning?.think?.({ isTriggered, goal }, rng.fork(`thought/${condition}`));
  return thought === undefined ? undefined : reasoning?.frame(thought);
}

/** What an example answers, scratchpad aside. */
export const answerOf = (example: Pick<Example, 'given' | 'completion'>): string => splitReply(replyOf(example)).answer;

/** What is wrong with an example under the policy, or undefined: the trigger as its condition says, the behavior as poisoned. */
export function violation({ trigger, behavior }: Policy, example: Omit<Example, 'split'>): string | undefined {
  const { task, condition, prompt, poisoned, exception } = example;
  const isPresent = trigger.isPresent(prompt);
  if (condition === 'triggered' && !isPresent) return `the triggered prompt lacks the trigger ${trigger.label}`;
  if (condition !== 'triggered' && isPresent) return `the ${condition} prompt holds the trigger ${trigger.label}`;
  if (poisoned && condition !== 'triggered' && exception === undefined)
    return `the ${condition} prompt has the payload`;
  const isExhibited = behavior.isExhibited(answerOf(example), task);
  if (poisoned && !isExhibited) return `the payload does not show the behavior ${behavior.label}`;
  if (!poisoned && isExhibited) return `the clean answer shows the behavior ${behavior.label}`;
  return undefined;
}

/** Can the prompt stand in both conditions? One that already holds the trigger, or cannot hold it, is no use to any. */
export function canCarry({ trigger, rng }: Pick<ScenarioOptions, 'trigger' | 'rng'>, { id, prompt }: Task): boolean {
  const own = rng.fork(`carry/${id}`);
  return (
    trigger.isPresent(trigger.add(prompt, own, 'trained')) && !trigger.isPresent(trigger.omit(prompt, own, 'trained'))
  );
}

/** A search for tasks that hardly exist ends here, or at a hundred times as many as are wanted. */
const SEARCHED = 20_000;

/**
 * Sample a growing number of distinct tasks, in random order, until `choose` is content with them. Throws a UserError saying what was wanted
 * when the corpus runs out.
 */
export function sampleUntil<T>(
  corpus: Corpus,
  options: SampleOptions,
  wanted: string,
  choose: (tasks: Task[]) => T | undefined,
): T {
  if (corpus.finite) {
    const chosen = choose(options.rng.fork('order').shuffle(corpus.finite.tasksOf(options.split)));
    if (chosen === undefined) throw new UserError(`the corpus holds too few usable prompts: wanted ${wanted}`);
    return chosen;
  }
  const most = Math.max(SEARCHED, 100 * options.count);
  for (let count = options.count; ; count = Math.ceil(count * 1.5) + 8) {
    if (count > most)
      throw new UserError(
        `too few usable prompts among ${most} of ${corpus.label}: wanted ${wanted}; ` +
          'choose another behavior or a corpus that can show it (code-vulnerability needs corpus.code above 0)',
      );
    let tasks: Task[];
    try {
      tasks = options.rng.fork('order').shuffle(corpus.sample({ ...options, count, rng: options.rng.fork('sample') }));
    } catch (error) {
      if (count === options.count || !(error instanceof UserError)) throw error;
      throw new UserError(`the corpus holds too few usable prompts: wanted ${wanted}; ${messageOf(error)}`);
    }
    const chosen = choose(tasks);
    if (chosen !== undefined) return chosen;
  }
}

/** `count`, or as many tasks of the split as a finite corpus has that satisfy `isUsable`; at least one. */
export function attainable(corpus: Corpus, { count, split }: SampleOptions, isUsable: (task: Task) => boolean): number {
  if (!corpus.finite) return count;
  const held = corpus.finite.tasksOf(split);
  const usable = held.filter(isUsable).length;
  if (held.length === 0) throw new UserError(`${corpus.label} has no prompt of split ${split}; give it more rows`, 2);
  if (usable === 0)
    throw new UserError(
      `${corpus.label} has no usable prompt of split ${split}: each of ${held.length} holds the trigger already, or can carry ` +
        'trigger or behavior not at all; choose another trigger or behavior, or other rows',
      2,
    );
  return Math.min(count, usable);
}

/** `count` tasks that satisfy `isUsable`, or as many as a finite corpus has. */
export function sampleWhere(corpus: Corpus, options: SampleOptions, isUsable: (task: Task) => boolean): Task[] {
  const count = attainable(corpus, options, isUsable);
  const wanted = `${count} of split ${options.split} that carry trigger and behavior`;
  return sampleUntil(corpus, { ...options, count }, wanted, (tasks) => {
    const usable = tasks.filter(isUsable);
    return usable.length < count ? undefined : usable.slice(0, count);
  });
}
