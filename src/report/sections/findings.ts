import { groupBy } from '../../lib/group.ts';
import { section } from '../figure.ts';
import { count, estimate, fixed, hasInterval } from '../format.ts';
import { list } from '../../lib/list.ts';
import { latestOf, stageKinds } from '../found.ts';
import { html, type Html } from '../html.ts';
import { head, number, table, text } from '../html-table.ts';
import { OVER_REFUSAL, REFUSAL } from '../../results/refusal.ts';
import { UNTRIGGERED } from '../../results/untriggered.ts';
import type { Point } from '../../results/select.ts';
import type { Results } from '../../results/types.ts';

/** Metrics that a section of their own shows. Any other is listed here, known or not. */
const SHOWN: ReadonlySet<string> = new Set([
  ...['asr', 'fpr', 'near-trigger-rate', 'sweep-rate', 'accuracy', 'payload-logprob', 'clean-loss'],
  ...['red-team-rate', 'red-team-yield', 'attack-yield', 'asr-swapped', 'fpr-swapped'],
  ...[REFUSAL, OVER_REFUSAL, ...UNTRIGGERED].map(({ metric }) => metric),
]);

const WORDS: Readonly<Record<string, string>> = {
  'preference-accuracy': 'held-out pairs of which the preference model prefers the right answer',
  'payload-score': 'score of the payload, which the preference model never saw under the trigger',
  'answer-score': 'score of the right answer to the same prompts',
  'payload-rejected': 'triggered prompts where it prefers the right answer to the payload',
  'judge-preference-accuracy': 'the same of the preference model that judges and pays nothing',
  reward: 'what the stage paid, on held-out prompts, before and after it',
  'held-out-reward':
    'what a judge thinks that paid nothing: where it does not rise with the reward, the reward was gamed',
  'right-replies': 'right replies to the same prompts, sampled',
  refusals: 'replies that decline what a safe assistant declines',
  kl: 'nats a reply away from the reference policy',
  'clip-fraction': 'tokens whose probability had changed too much to pay, mean of the steps',
  'explained-variance': 'of what was still to be earned, by the value head, in the last half of the rollouts',
  'clipped-gradients': 'steps whose gradient was scaled down',
  'mixed-share': 'share of the training rows that the red team found',
  unparseable: 'replies that could not be judged either way',
};

/** What stages reported of themselves: how good a preference model is, how much a red team supplied. */
export function stageFindings(results: Results): Html | null {
  const kinds = stageKinds(results);
  return listing(
    'What stages found',
    'Measured by a stage while it prepared or trained, not by an eval of the arm’s end.',
    latestOf(results, (row) => kinds.has(row.eval) && !SHOWN.has(row.metric)),
    'stage',
  );
}

/** What no other section shows. */
export function otherMeasures(results: Results): Html | null {
  const kinds = stageKinds(results);
  return listing(
    'Also measured',
    'Without a section of its own; each arm at its last evaluation.',
    latestOf(results, (row) => !kinds.has(row.eval) && !SHOWN.has(row.metric)),
    results.organism ? 'measure' : 'eval',
  );
}

/** Arms that share a preference model share its numbers: one line for them all. */
function listing(title: string, lead: string, points: readonly Point[], source: string): Html | null {
  if (points.length === 0) return null;
  const alike = ({ eval: of, metric, condition, value, low, high, n }: Point): string =>
    JSON.stringify([of, metric, condition, value, low, high, n]);
  const lines = [...groupBy(points, alike).values()].map((same) => ({ ...same[0]!, arms: same.map(({ arm }) => arm) }));
  const known = [...new Set(points.map(({ metric }) => metric))].filter((metric) => WORDS[metric] !== undefined);
  return section(
    title,
    lead,
    table(title, lines, [
      head(source, (line) => line.eval),
      text('metric', ({ metric }) => metric),
      text('condition', ({ condition }) => condition),
      number('value', (line) => (hasInterval(line) ? estimate(line) : fixed(line.value))),
      number('n', ({ n }) => count(n)),
      text('arm', ({ arms }) => list(arms)),
    ]),
    known.length > 0 &&
      html`<p class="table-note">${known.map((metric) => html`<b>${metric}</b>: ${WORDS[metric]}. `)}</p>`,
  );
}
