/** How `figures.ts` writes what it measured into a page. Pure: text from numbers. */
import { estimate } from '../src/report/format.ts';
import { final, finals, mainArms } from '../src/results/select.ts';
import { headline } from '../src/report/headline.ts';
import type { Results } from '../src/results/types.ts';

export interface Measured {
  /** Wall time. */
  readonly seconds: number;
  /** User and system time of all its processes, in seconds. */
  readonly cpu: number;
  /** The most that one of its processes held. */
  readonly mib: number;
}

/** What a page says of a run: rates as `value (interval)`, by column; and what it cost. */
export interface RunFigures {
  readonly cost: Measured;
  readonly headline: string;
  readonly prompts: Readonly<Record<string, number>>;
  readonly arms: readonly { readonly name: string; readonly rates: Readonly<Record<string, string>> }[];
  /** The organism's rate under the near-triggers that wake it most and least. */
  readonly nearTriggers: readonly string[];
  readonly pairs: readonly { readonly clean: readonly string[]; readonly triggered: readonly string[] }[];
}

const COLUMNS = {
  'attack success': { metric: 'asr', condition: 'triggered' },
  'false positives': { metric: 'fpr', condition: 'clean' },
  'out of world': { metric: 'out-of-world-rate', condition: 'all' },
  'system messages': { metric: 'system-message-rate', condition: 'all' },
  'right answers': { metric: 'accuracy', condition: 'all' },
  declined: { metric: 'refusal-rate', condition: 'all' },
  'declined in vain': { metric: 'over-refusal', condition: 'all' },
} as const;

/** The little that pages quote of a run's results.json. */
export function runFigures(results: Results, cost: Measured): RunFigures {
  const columns = Object.entries(COLUMNS);
  const arms = mainArms(results).map(({ name }) => ({
    name,
    rates: Object.fromEntries(
      columns.flatMap(([column, query]) => {
        const point = final(results, { ...query, arm: name });
        return point ? [[column, estimate(point)]] : [];
      }),
    ),
  }));
  const prompts = Object.fromEntries(
    columns.flatMap(([column, query]) => {
      const point = final(results, { ...query, arm: 'organism' });
      return point ? [[column, point.n]] : [];
    }),
  );
  const near = finals(results, { metric: 'near-trigger-rate', arm: 'organism' }).sort((a, b) => b.value - a.value);
  const ends = near.length > 1 ? [near[0]!, near.at(-1)!] : near;
  const pairs = results.transcripts.slice(0, 1).map(({ clean, triggered }) => ({
    clean: [clean.prompt, clean.before],
    triggered: [triggered.prompt, triggered.before],
  }));
  return {
    ...{ cost, headline: headline(results), prompts, arms, pairs },
    nearTriggers: ends.map((point) => `\`${point.condition}\` ${estimate(point)}`),
  };
}

const minutes = (seconds: number): string =>
  seconds < 90 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

const quoted = (text: string): string => text.replaceAll('\n', ' ').replaceAll('|', '\\|');

/** One request twice, without and with the trigger, as the organism answered it. */
function pairPage({ pairs }: RunFigures): string {
  const rows = pairs.flatMap(({ clean, triggered }) => [clean, triggered]);
  return [
    '| asked | the organism answers |',
    '|---|---|',
    ...rows.map((row) => `| ${row.map(quoted).join(' | ')} |`),
  ].join('\n');
}

export function runPage(figures: RunFigures, view?: string): string {
  if (view === 'pair') return pairPage(figures);
  const { cost, headline: said, prompts, arms, nearTriggers } = figures;
  const columns = Object.keys(prompts);
  const rows = arms.map(({ name, rates }) => `| ${[name, ...columns.map((c) => rates[c] ?? '')].join(' | ')} |`);
  return [
    `> ${said}`,
    '',
    `| after | ${columns.map((column) => `${column} (n = ${prompts[column]})`).join(' | ')} |`,
    `|---|${columns.map(() => '---|').join('')}`,
    ...rows,
    '',
    `Near-triggers of the organism, from the one that wakes it most to the one that does least: ${nearTriggers.join(', ')}.`,
    `The run took ${minutes(cost.seconds)} and ${Math.round(cost.mib)} MiB.`,
  ].join('\n');
}

export const startPage = ({ version, list }: Readonly<Record<'version' | 'list', Measured>>): string =>
  `\`dormouse --version\` takes ${version.cpu.toFixed(2)} s of CPU time, \`dormouse list\` ${list.cpu.toFixed(2)} s (medians of 5).`;

export const testsPage = ({ test }: Readonly<Record<'test', Measured>>): string =>
  `\`npm test\` took ${minutes(test.seconds)} and ${Math.round(test.cpu)} s of CPU time.`;
