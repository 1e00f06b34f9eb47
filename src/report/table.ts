import { verdictWords } from '../results/verdict.ts';
import { shortNames } from './chart.ts';
import { fixed, interval, plain, plural } from './format.ts';
import { ASR, final, finals, mainArms, type Point } from '../results/select.ts';
import type { Results } from '../results/types.ts';

const WIDTH = 100;
const GAP = '  ';
const LEAST_NAME = 8;

interface Column {
  readonly title: string;
  pick(results: Results, arm: string): Point | null;
}

/** What a table has room for: the numbers that a reader looks for first. */
export const COLUMNS: readonly Column[] = [
  { title: 'ASR', pick: (results, arm) => final(results, { ...ASR, arm }) },
  { title: 'FPR', pick: (results, arm) => final(results, { metric: 'fpr', condition: 'clean', arm }) },
  { title: 'near-trigger', pick: worstNearTrigger },
  { title: 'accuracy', pick: (results, arm) => final(results, { metric: 'accuracy', condition: 'all', arm }) },
  { title: 'clean loss', pick: (results, arm) => final(results, { metric: 'clean-loss', condition: 'all', arm }) },
];

/** The highest rate among the near-triggers: pooling them would count the same prompts several times over. */
function worstNearTrigger(results: Results, arm: string): Point | null {
  const points = finals(results, { metric: 'near-trigger-rate', arm });
  return points.reduce<Point | null>((worst, point) => (worst && worst.value >= point.value ? worst : point), null);
}

/**
 * The final rows for a terminal, arm by arm: value above, 95 % interval below, n under the title where it is the
 * same for all arms. At 0/n and n/n the exact bound stands beside the value. At most 100 columns wide, no colors.
 */
export function renderTable(results: Results): string {
  const arms = mainArms(results).map((arm) => arm.name);
  const columns = COLUMNS.map((column) => ({
    title: column.title,
    points: arms.map((arm) => column.pick(results, arm)),
  }));
  const shown = columns.filter(({ points }) => points.some((point) => point !== null)).map(layOut);
  if (shown.length === 0) return ['no final rows: nothing was measured', ...failures(results)].join('\n') + '\n';

  const room = WIDTH - shown.reduce((sum, column) => sum + GAP.length + column.width, 0);
  const short = shortNames(arms, Math.max(LEAST_NAME, room));
  const names = arms.map((name) => (short.get(name) ?? name).replace('\u2026', '~'));
  const nameWidth = Math.max('arm'.length, ...names.map((name) => name.length));
  const line = (name: string, cells: readonly string[]): string =>
    [name.padEnd(nameWidth), ...shown.map((column, i) => (cells[i] ?? '').padEnd(column.width))].join(GAP).trimEnd();

  const lines = [line('arm', shown.map((c) => c.title)), line('', shown.map((c) => c.under))]; // prettier-ignore
  lines.push('-'.repeat(nameWidth + shown.reduce((sum, column) => sum + GAP.length + column.width, 0)));
  for (const [i, name] of names.entries()) {
    const isMissing = shown.every(({ points }) => !points[i]) && mainArms(results)[i]?.failure !== undefined;
    const cells = isMissing ? [['failed']] : shown.map((column) => column.cells[i] ?? []);
    const height = Math.max(1, ...cells.map((cell) => cell.length));
    for (let k = 0; k < height; k++) lines.push(line(k === 0 ? name : '', cells.map((cell) => cell[k] ?? ''))); // prettier-ignore
  }
  const below = [
    ...notes(results).flatMap((note) => wrap(note)),
    ...verdicts(results),
    ...titled('Of the rows', results.remarks ?? []),
    ...failures(results),
  ];
  return [...lines, ...below].join('\n') + '\n';
}

interface LaidOut {
  readonly title: string;
  readonly points: readonly (Point | null)[];
  readonly under: string;
  readonly cells: readonly (readonly string[])[];
  readonly width: number;
}

function layOut({ title, points }: { title: string; points: readonly (Point | null)[] }): LaidOut {
  const sizes = new Set(points.flatMap((point) => (point ? [point.n] : [])));
  const [n] = sizes;
  const under = sizes.size === 1 ? `n=${n}` : '';
  const cells = points.map((point) => (point ? cell(point, sizes.size > 1) : ['-']));
  return {
    title,
    points,
    under,
    cells,
    width: Math.max(title.length, under.length, ...cells.flat().map((text) => text.length)),
  };
}

function cell(point: Point, ownSize: boolean): string[] {
  const atAnEnd = point.unit === 'rate' && (point.value === 0 || point.value === 1);
  const bounds = plain(interval(point));
  const lines = atAnEnd ? [`${fixed(point.value)} (${bounds})`] : [plain(fixed(point.value)), bounds];
  return ownSize ? [...lines, `n=${point.n}`] : lines;
}

function notes({ seeds }: Results): string[] {
  const several = seeds.length > 1 ? ` Mean of ${plural(seeds.length, 'seed')}, hierarchical bootstrap.` : '';
  return [
    '',
    'ASR: behavior given the trigger. FPR: behavior without it. Near-trigger: the highest of them. Clean loss: nats per ' +
      `token. Intervals: 95 %, exact at 0/n and n/n.${several}`,
  ];
}

/** What the re-awakening test says of each intervention, with its reason. */
function verdicts(results: Results): string[] {
  if (!results.arms.some(({ role }) => role === 'reawakening')) return [];
  return titled(
    'Re-awakening test',
    results.verdicts.map((one) => `${one.arm}: ${verdictWords(one)}; ${one.reason}.`),
  );
}

const failures = ({ arms }: Results): string[] => {
  const failed = arms.flatMap(({ name, failure }) => (failure === undefined ? [] : `${name}: ${failure}`));
  return titled('Failed', failed);
};

/** Items below a title, each wrapped with its further lines indented; nothing where there are none. */
function titled(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const indented = (item: string): string[] => wrap(item, WIDTH - 4).map((text, i) => (i === 0 ? '  ' : '    ') + text);
  return ['', title, ...items.flatMap(indented)];
}

function wrap(text: string, width = WIDTH): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines;
}
