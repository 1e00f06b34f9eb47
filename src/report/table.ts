import { verdictWords } from '../results/verdict.ts';
import { boundsWords, claimVerdict, foundWords } from './claims.ts';
import { shortNames } from './chart.ts';
import { fixed, interval, plain, plural } from './format.ts';
import { ASR, final, finals, mainArms, type Point } from '../results/select.ts';
import { wrap } from '../lib/text.ts';
import type { Results } from '../results/types.ts';

const GAP = '  ';
const LEAST_NAME = 8;

interface Column {
  readonly title: string;
  /** What the number is, where the title does not tell. */
  readonly says?: string;
  pick(results: Results, arm: string): Point | null;
}

/** What a table has room for: the numbers that a reader looks for first. */
export const COLUMNS: readonly Column[] = [
  { title: 'ASR', says: 'behavior given the trigger', pick: (results, arm) => final(results, { ...ASR, arm }) },
  {
    title: 'FPR',
    says: 'behavior without it',
    pick: (results, arm) => final(results, { metric: 'fpr', condition: 'clean', arm }),
  },
  { title: 'near-trigger', says: 'the highest of them', pick: worstNearTrigger },
  { title: 'accuracy', pick: (results, arm) => final(results, { metric: 'accuracy', condition: 'all', arm }) },
  {
    title: 'clean loss',
    says: 'nats per token',
    pick: (results, arm) => final(results, { metric: 'clean-loss', condition: 'all', arm }),
  },
];

/** The highest rate among the near-triggers: pooling them would count the same prompts several times over. */
function worstNearTrigger(results: Results, arm: string): Point | null {
  const points = finals(results, { metric: 'near-trigger-rate', arm });
  return points.reduce<Point | null>((worst, point) => (worst && worst.value >= point.value ? worst : point), null);
}

/**
 * The final rows for a terminal, arm by arm: value above, 95 % interval below, n under the title where it is the
 * same for all arms. At 0/n and n/n the exact bound stands beside the value. At most `width` columns wide, no colors; what
 * does not fit is left out and named.
 */
export function renderTable(results: Results, width = 100): string {
  const arms = mainArms(results).map((arm) => arm.name);
  const columns = COLUMNS.map((column) => ({
    column,
    points: arms.map((arm) => column.pick(results, arm)),
  }));
  const measured = columns.filter(({ points }) => points.some((point) => point !== null)).map(layOut);
  const widthOf = (some: readonly LaidOut[]): number =>
    some.reduce((sum, column) => sum + GAP.length + column.width, 0);
  const fitting = measured.findLastIndex((_, i) => widthOf(measured.slice(0, i + 1)) + LEAST_NAME <= width);
  const shown = measured.slice(0, Math.max(1, fitting + 1));
  if (measured.length === 0)
    return (
      [
        ...(results.claims ? [] : ['no final rows: nothing was measured']),
        ...titled(['Claims', ...claims(results)], width),
        ...titled(['Remarks', ...(results.remarks ?? [])], width),
        ...titled(['Failed', ...failures(results)], width),
      ]
        .join('\n')
        .trimStart() + '\n'
    );

  const room = width - widthOf(shown);
  const short = shortNames(arms, Math.max(LEAST_NAME, room));
  const names = arms.map((name) => (short.get(name) ?? name).replace('\u2026', '~'));
  const nameWidth = Math.max('arm'.length, ...names.map((name) => name.length));
  const line = (name: string, cells: readonly string[]): string =>
    [name.padEnd(nameWidth), ...shown.map((column, i) => (cells[i] ?? '').padEnd(column.width))].join(GAP).trimEnd();

  const lines = [line('arm', shown.map((c) => c.column.title)), line('', shown.map((c) => c.under))]; // prettier-ignore
  lines.push('-'.repeat(nameWidth + widthOf(shown)));
  for (const [i, name] of names.entries()) {
    const isMissing = shown.every(({ points }) => !points[i]) && mainArms(results)[i]?.failure !== undefined;
    const cells = isMissing ? [['failed']] : shown.map((column) => column.cells[i] ?? []);
    const height = Math.max(1, ...cells.map((cell) => cell.length));
    for (let k = 0; k < height; k++) lines.push(line(k === 0 ? name : '', cells.map((cell) => cell[k] ?? ''))); // prettier-ignore
  }
  const left = measured.slice(shown.length).map(({ column }) => column.title);
  const below = [
    ['', note(results, shown, left)],
    ['Re-awakening test', ...verdicts(results)],
    ['Claims', ...claims(results)],
    [results.organism ? 'Remarks' : 'Of the rows', ...(results.remarks ?? [])],
    ['Failed', ...failures(results)],
  ].flatMap((block) => titled(block, width));
  return [...lines, ...below].join('\n') + '\n';
}

interface LaidOut {
  readonly column: Column;
  readonly points: readonly (Point | null)[];
  readonly under: string;
  readonly cells: readonly (readonly string[])[];
  readonly width: number;
}

function layOut({ column, points }: Pick<LaidOut, 'column' | 'points'>): LaidOut {
  const sizes = new Set(points.flatMap((point) => (point ? [point.n] : [])));
  const [n] = sizes;
  const under = sizes.size === 1 ? `n=${n}` : '';
  const cells = points.map((point) => (point ? cell(point, sizes.size > 1) : ['-']));
  return {
    column,
    points,
    under,
    cells,
    width: Math.max(column.title.length, under.length, ...cells.flat().map((text) => text.length)),
  };
}

function cell(point: Point, ownSize: boolean): string[] {
  const atAnEnd = point.unit === 'rate' && (point.value === 0 || point.value === 1);
  const bounds = plain(interval(point));
  const lines = atAnEnd ? [`${fixed(point.value)} (${bounds})`] : [plain(fixed(point.value)), bounds];
  return ownSize ? [...lines, `n=${point.n}`] : lines;
}

function note({ seeds, organism }: Results, shown: readonly LaidOut[], left: readonly string[]): string {
  const legend = shown.flatMap(({ column: { title, says } }) =>
    says === undefined
      ? []
      : `${title[0]!.toUpperCase()}${title.slice(1)}: ${organism ? says.replace('trigger', 'cue') : says}. `,
  );
  const several = seeds.length > 1 ? ` Mean of ${plural(seeds.length, 'seed')}, Student's t over them.` : '';
  const more = left.length > 0 ? ` A wider terminal shows more: ${left.join(', ')}.` : '';
  return `${legend.join('')}Intervals: 95 %, exact at 0/n and n/n.${several}${more}`;
}

/** What the re-awakening test says of each intervention, with its reason. */
const verdicts = ({ arms, verdicts: found }: Results): string[] =>
  arms.some(({ role }) => role === 'reawakening')
    ? found.map((one) => plain(`${one.arm}: ${verdictWords(one)}; ${one.reason}.`))
    : [];

/** What became of each claim, a line each. */
const claims = ({ claims: judged = [] }: Results): string[] =>
  judged.map((one) =>
    plain(`${one.name}: ${claimVerdict(one)}; ${one.says}: ${foundWords(one)}, ${boundsWords(one)}.`),
  );

const failures = ({ arms }: Results): string[] =>
  arms.flatMap(({ name, failure }) => (failure === undefined ? [] : `${name}: ${failure}`));

/** Items below a title, each wrapped with its further lines indented; nothing where there are none. */
function titled([title = '', ...items]: readonly string[], width: number): string[] {
  if (items.length === 0) return [];
  if (title === '') return ['', ...items.flatMap((item) => wrap(item, width))];
  return [
    '',
    title,
    ...items.flatMap((item) => wrap(item, width - 4).map((text, i) => (i === 0 ? '  ' : '    ') + text)),
  ];
}
