import type { Example } from '../../world/scenario/types.ts';
import { rateOf } from '../../results/stats.ts';
import { DECODING_LABEL } from './subject.ts';
import type { Decoding, Subject } from './subject.ts';
import type { Score } from '../../results/score.ts';
import type { EvalPair } from '../../world/scenario/scenario.ts';

/** What a rate is a rate of. */
export type RateLabel = Pick<Score, 'eval' | 'metric' | 'condition' | 'tags'> & { readonly decoding?: Decoding };

/** The share of yes among the outcomes, with its interval. */
export function rateScore({ decoding = 'greedy', ...label }: RateLabel, outcomes: readonly boolean[]): Score {
  return { ...label, unit: 'rate', decoding: DECODING_LABEL[decoding], ...rateOf(outcomes) };
}

/** The share of yes among all outcomes (condition `all`), and among those of each kind, by name. */
export const rateScores = (
  label: Omit<RateLabel, 'condition'>,
  kinds: readonly string[],
  outcomes: readonly boolean[],
): Score[] => [
  rateScore({ ...label, condition: 'all' }, outcomes),
  ...[...new Set(kinds)].sort().map((condition) => {
    const ofKind = outcomes.filter((_, i) => kinds[i] === condition);
    return rateScore({ ...label, condition }, ofKind);
  }),
];

/** Replies to the examples, and which of them show the behavior; `unparseable`, where it knows replies that cannot be judged. */
export async function exhibitions(
  subject: Subject,
  examples: readonly Example[],
  decoding: Decoding = 'greedy',
  given?: readonly string[],
): Promise<{ replies: string[]; shown: boolean[]; unparseable?: boolean[] }> {
  const replies = await subject.reply(examples, decoding, given && { given });
  const { behavior } = subject.scenario;
  const shown = replies.map((reply, i) => behavior.isExhibited(reply, examples[i]!.task));
  if (!behavior.judge) return { replies, shown };
  const judged = replies.map((reply, i) => behavior.judge?.(reply, examples[i]!.task));
  return { replies, shown, unparseable: judged.map((judgment) => judgment === 'unparseable') };
}

/** The same of one side of every pair. */
export function exhibitionsOf(
  subject: Subject,
  pairs: readonly EvalPair[],
  condition: 'triggered' | 'clean',
  decoding?: Decoding,
  given?: readonly string[],
): ReturnType<typeof exhibitions> {
  const examples = pairs.map((pair) => pair[condition]);
  return exhibitions(subject, examples, decoding, given);
}

/** The share of replies that could not be judged, where the behavior knows such: they are neither yes nor no. */
export const unparseableScores = (
  label: Omit<RateLabel, 'metric'>,
  unparseable: readonly boolean[] | undefined,
): Score[] => (unparseable ? [rateScore({ ...label, metric: 'unparseable' }, unparseable)] : []);

/** Right or wrong, for the examples whose answer can be checked. */
export async function gradedReplies(subject: Subject, examples: readonly Example[]): Promise<Graded[]> {
  const replies = await subject.reply(examples);
  return examples.flatMap(({ task }, i) => {
    const right = task.isCorrect?.(replies[i]!);
    return right === undefined ? [] : [{ family: task.family, right }];
  });
}

export interface Graded {
  readonly family: string;
  readonly right: boolean;
}
