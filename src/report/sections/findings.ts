import { scroll, section } from '../figure.ts';
import { count, estimate } from '../format.ts';
import { list } from '../../lib/list.ts';
import { groups, latestOf, stageKinds } from '../found.ts';
import { html, type Html } from '../html.ts';
import type { Point } from '../../results/select.ts';
import type { Results } from '../../results/types.ts';

/** Metrics that a section of their own shows. Any other is listed here, known or not. */
const SHOWN: ReadonlySet<string> = new Set([
  ...['asr', 'fpr', 'near-trigger-rate', 'sweep-rate', 'accuracy', 'payload-logprob', 'clean-loss'],
  ...['red-team-rate', 'red-team-yield', 'attack-yield', 'asr-swapped', 'fpr-swapped'],
]);

const WORDS: Readonly<Record<string, string>> = {
  'preference-accuracy': 'held-out pairs of which the preference model prefers the right answer',
  'payload-score': 'score of the payload, which the preference model never saw under the trigger',
  'answer-score': 'score of the right answer to the same prompts',
  'payload-rejected': 'triggered prompts where it prefers the right answer to the payload',
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
    'eval',
  );
}

/** Arms that share a preference model share its numbers: one line for them all. */
function listing(title: string, lead: string, points: readonly Point[], source: string): Html | null {
  if (points.length === 0) return null;
  const lines = groups(points, ({ eval: of, metric, condition, value, low, high, n }) =>
    JSON.stringify([of, metric, condition, value, low, high, n]),
  );
  const known = [...new Set(points.map(({ metric }) => metric))].filter((metric) => WORDS[metric] !== undefined);
  const table = html`<table>
    <thead>
      <tr>
        <th scope="col">${source}</th>
        <th scope="col">metric</th>
        <th scope="col">condition</th>
        <th scope="col" class="num">value</th>
        <th scope="col" class="num">n</th>
        <th scope="col">arm</th>
      </tr>
    </thead>
    <tbody>
      ${lines.map(line)}
    </tbody>
  </table>`;
  return section(
    title,
    lead,
    scroll(title, table),
    known.length > 0 &&
      html`<p class="table-note">${known.map((metric) => html`<b>${metric}</b>: ${WORDS[metric]}. `)}</p>`,
  );
}

function line(points: readonly Point[]): Html {
  const [first] = points;
  if (!first) return html``;
  return html`<tr>
    <th scope="row">${first.eval}</th>
    <td>${first.metric}</td>
    <td>${first.condition}</td>
    <td class="num">${estimate(first)}</td>
    <td class="num">${count(first.n)}</td>
    <td>${list(points.map(({ arm }) => arm))}</td>
  </tr>`;
}
