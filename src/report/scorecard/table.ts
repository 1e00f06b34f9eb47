import { columns, wrap } from '../../lib/text.ts';
import { PROPERTIES, PROPERTY_IDS } from '../../results/properties.ts';
import { plain } from '../format.ts';
import type { ScoreCell, Scorecard } from './types.ts';
import { LIMITS, outcomeWord, predictionWord, summaryText } from './words.ts';

/** So that many properties stand beside each other in a terminal. */
const SIGNS: Partial<Readonly<Record<ScoreCell['outcome'], string>>> = {
  ...{ yes: 'yes', no: 'no', undecided: '?', inconclusive: '(?)', 'not-applicable': '-', 'not-measured': '.' },
  'not-run': 'not run',
};
const LEGEND =
  '?: undecided; (?): inconclusive, since it was not shown to be able to do what it should; -: does not apply; .: not measured';

const sign = (cell: ScoreCell): string => SIGNS[cell.outcome] ?? outcomeWord(cell).replace('\u00a0', '');

/** Where not all properties fit beside each other: what is had and kept, and the rows of the thread's table two by two. */
const GROUPS = [/^E/, /^P[12]/, /^P[34]|^seeds$/];
const only = (rows: readonly (readonly string[])[], group: RegExp): string[][] =>
  rows.map((row) => row.filter((_, i) => i === 0 || group.test(rows[0]![i]!)));

/** The scorecard for a terminal: outcomes alone; the numbers are on the page. */
export function renderScorecardTable(card: Scorecard, width: number): string {
  const whole = [['organism', ...PROPERTY_IDS, 'seeds'], ...card.rows.map(({ name, cells, seeds }) => [name, ...cells.map(sign), String(seeds.length)])]; // prettier-ignore
  const wide = columns(whole, { width: Infinity });
  const lines =
    wide[0]!.length <= width ? wide : GROUPS.flatMap((group) => [...columns(only(whole, group), { width }), '']);
  const legend = PROPERTY_IDS.map((id) => [id, PROPERTIES[id].asks]);
  const predicted = card.predictions.map((one) => [one.id, predictionWord(one), one.says]);
  return [
    ...(card.isQuick ? ['Quick: less training, to see that everything works.', ''] : []),
    ...[...lines, ...wrap(LEGEND, width), ''],
    ...[...columns(legend, { width }), ''],
    ...[...columns(predicted, { width }), ''],
    ...[...wrap(summaryText(card), width), ''],
    ...wrap(LIMITS, width),
  ]
    .map(plain)
    .join('\n');
}
