import { columns, wrap } from '../../lib/text.ts';
import { PROPERTIES, PROPERTY_IDS } from '../../results/properties.ts';
import { plain } from '../format.ts';
import type { Scorecard } from './types.ts';
import { LIMITS, outcomeWord, predictionWord, seedsText, summaryText } from './words.ts';

/** The scorecard for a terminal: outcomes alone; the numbers are on the page. */
export function renderScorecardTable(card: Scorecard, width: number): string {
  const lines = columns(
    [['organism', ...PROPERTY_IDS, 'seeds'], ...card.rows.map((row) => [row.name, ...row.cells.map(outcomeWord), seedsText(row)])], // prettier-ignore
    { width },
  );
  const legend = PROPERTY_IDS.map((id) => [id, PROPERTIES[id].asks]);
  const predicted = card.predictions.map((one) => [one.id, predictionWord(one), one.says]);
  return [
    ...lines,
    '',
    ...columns(legend, { width }),
    '',
    ...columns(predicted, { width }),
    '',
    ...wrap(summaryText(card), width),
    '',
    ...wrap(LIMITS, width),
  ]
    .map(plain)
    .join('\n');
}
