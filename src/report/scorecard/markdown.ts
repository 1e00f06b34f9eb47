import { DISANALOGIES, PROPERTIES, PROPERTY_IDS, UNASKED } from '../../results/properties.ts';
import { plain } from '../format.ts';
import { cost } from '../ledger/words.ts';
import { markdownTable } from '../markdown.ts';
import type { ScoreCell, Scorecard, ScoreRow } from './types.ts';
import { checkText, costText, INTERVALS, LIMITS, mainNumber, NOT_ASKED, outcomeWord, predictionText, predictionWord, propertyTitle, seedsText, standing, summaryText } from './words.ts'; // prettier-ignore

/** The scorecard as a Markdown file: the thread's table first, then the numbers, then how each was measured. */
export function renderScorecardMarkdown(card: Scorecard): string {
  const { date, seeds, isQuick, seconds, command, versions, rows, predictions } = card;
  return [
    '# Scorecard of model organisms',
    '',
    plain(summaryText(card)),
    '',
    `${date}; seeds ${seeds.join(', ')}; ${plain(cost(seconds))} of compute; dormouse ${versions.dormouse ?? ''}, Node ${versions.node ?? ''}${isQuick ? '; quick: less training, to see that everything works' : ''}`,
    '',
    '```sh',
    command,
    '```',
    '',
    LIMITS,
    '',
    '## What sets examples apart from deceptive alignment',
    '',
    ...markdownTable(
      ['our examples', 'deceptive alignment', 'measured as', 'which organisms are as the right column says'],
      DISANALOGIES.flatMap(
        ({ examples, deceptive, properties }) =>
        properties.map((id, i) => [i === 0 ? examples : '', i === 0 ? deceptive : '', propertyTitle(id), standingText(card, id)]), // prettier-ignore
      ),
    ),
    '',
    '## The numbers',
    '',
    ...markdownTable(
      ['organism', ...PROPERTY_IDS, 'seeds', 'cost'],
      rows.map((row) => [row.name, ...row.cells.map(cellText), seedsText(row), costText(row)]),
    ),
    '',
    ...markdownTable(
      ['property', 'question', 'how it is measured'],
      PROPERTY_IDS.map((id) => [propertyTitle(id), PROPERTIES[id].asks, PROPERTIES[id].measured]),
    ),
    '',
    plain(INTERVALS(card).trim()),
    '',
    NOT_ASKED,
    '',
    ...markdownTable(
      ['not asked', 'what it would be', 'why not'],
      UNASKED.map(({ id, name, would, why }) => [`${id} ${name}`, would, why]),
    ),
    '',
    '## Said of several before any was run',
    '',
    ...markdownTable(
      ['', 'prediction', 'as predicted is', 'verdict', 'found'],
      predictions.map((one) => [one.id, one.says, one.expected, predictionWord(one), predictionText(one)]),
    ),
    '',
    '## Each organism',
    ...rows.flatMap(details),
    '',
  ].join('\n');
}

const standingText = (card: Scorecard, id: Parameters<typeof standing>[1]): string =>
  standing(card, id)
    .map(({ outcome, who }) => `**${outcome}**: ${who}`)
    .join('; ');

const cellText = (cell: ScoreCell): string => `${outcomeWord(cell)} ${mainNumber(cell)}`.trim();

const details = (row: ScoreRow): string[] => [
  '',
  `### ${row.name}`,
  '',
  `${row.summary}.${row.cue === '' ? '' : ` Cue: ${row.cue}. Bad: ${row.behavior}.`}`,
  '',
  ...row.cells.flatMap((cell) => [
    `- ${propertyTitle(cell.property)}: **${plain(outcomeWord(cell))}**${cell.why ? `, ${cell.why}` : ''}`,
    ...cell.checks.map((one) => `  - ${plain(checkText(one))}`),
  ]),
  `- again: \`${row.command}\``,
];
