import path from 'node:path';
import { budgeted } from '../../lib/budget.ts';
import { defined } from '../../lib/defined.ts';
import { groupBy } from '../../lib/group.ts';
import type { Tables } from '../../lab/tables.ts';
import { renderScorecardMarkdown } from '../../report/scorecard/markdown.ts';
import { renderScorecardPage } from '../../report/scorecard/page.ts';
import { SCORECARD_FORMAT } from '../../report/scorecard/types.ts';
import type { Scorecard, ScoreRow } from '../../report/scorecard/types.ts';
import type { Results } from '../../results/types.ts';
import { readCosts, writeCosts } from '../grid/costs.ts';
import type { Costs } from '../grid/costs.ts';
import { finishedResults } from '../grid/finished.ts';
import { formsIn, writeForms } from '../grid/forms.ts';
import { mergeSeeds } from '../grid/merge.ts';
import { runJobs } from '../grid/run-jobs.ts';
import type { Executor, GridIo, Job } from '../grid/types.ts';
import { judgePrediction, judgeRow } from './judge.ts';
import type { Judged } from './judge.ts';
import { predictions } from './predictions.ts';
import { commandOf, jobsOf } from './rows.ts';
import type { CardRow, RowJob } from './rows.ts';

export interface RunScorecardOptions {
  readonly tables: Tables;
  readonly rows: readonly CardRow[];
  readonly seeds: readonly number[];
  readonly quick: boolean;
  /** Runs and the scorecard lie here; what is finished in it is not run again. */
  readonly dir: string;
  readonly io: GridIo;
  /** For the scorecard. */
  readonly date: string;
  readonly command: string;
  /** Ends the run early, as Ctrl-C would, and leaves the rest not run. */
  readonly budgetSeconds?: number;
  readonly workers?: number;
  readonly executor?: Executor;
}

/** Runs every row in every seed and judges what there is. It is written after every row, so that whatever ends the run, what was found is there. */
export async function runScorecard(options: RunScorecardOptions): Promise<Scorecard> {
  const { tables, rows, dir, io, budgetSeconds, workers, executor } = options;
  const costs = readCosts(dir);
  const failures = new Map<string, string>();
  const { signal, dispose } = budgeted(io.signal, budgetSeconds);
  const cells = cellsOf(options);
  const runs = distinct(cells);
  const found = new Map<string, Results>();
  for (const { hash, job } of runs) {
    const results = finishedResults(job, tables);
    if (results) found.set(hash, results);
  }
  const open = runs.filter(({ hash }) => !found.has(hash));
  let ended = runs.length - open.length;
  // whole rows under a budget; else all at once, so that no core waits for the last seed of a row
  const batches = budgetSeconds === undefined ? [open] : rows.map((row) => open.filter((one) => one.row === row));
  const card = (): Scorecard => scorecardOf(options, cells, { found, costs, failures });
  try {
    for (const batch of batches.filter(({ length }) => length > 0)) {
      const before = ended;
      const progress: GridIo['progress'] = (event) =>
        io.progress(event.kind === 'job' ? { ...event, ended: before + event.ended, jobs: runs.length } : event);
      const outcomes = await runJobs(batch.map(({ job }) => job), { tables, io: { progress, signal }, workers, ...defined({ executor }) }); // prettier-ignore
      for (const [i, { results, seconds, error }] of outcomes.entries()) {
        const { hash } = batch[i]!;
        if (results) found.set(hash, results);
        costs[hash] = (costs[hash] ?? 0) + seconds;
        if (error !== undefined) failures.set(hash, error.split('\n')[0] ?? '');
      }
      ended += batch.length;
      writeCosts(dir, costs);
      write(dir, card());
    }
  } finally {
    dispose();
  }
  const made = card();
  write(dir, made);
  return made;
}

/** A row in one seed. Rows of one experiment have one job. */
interface Cell extends RowJob {
  readonly job: Job;
}
type Asked = Pick<RunScorecardOptions, 'rows' | 'seeds' | 'quick' | 'tables' | 'dir'>;

function cellsOf({ rows, seeds, quick, tables, dir }: Asked): Cell[] {
  const jobs = new Map<string, Job>();
  return rows.flatMap((row) =>
    jobsOf(row, seeds, quick, tables).map((one): Cell => {
      const name = `${row.name}-seed-${one.seed}`;
      // the hash keeps an organism that is defined anew out of the old one's folder
      const folder = path.join(dir, 'runs', `${name}-${one.hash.slice(0, 8)}`);
      const own = { name, experiment: one.experiment, dir: folder, command: commandOf(row, [one.seed], quick) };
      const job = jobs.get(one.hash) ?? own;
      jobs.set(one.hash, job);
      return { ...one, job };
    }),
  );
}

/** The first cell of every job. */
const distinct = (cells: readonly Cell[]): Cell[] =>
  [...groupBy(cells, ({ job }) => job).values()].map(([first]) => first!);

/** The row whose runs a row's are, where it is not the first to have them. */
function sharedWith(own: readonly Cell[], cells: readonly Cell[]): Pick<ScoreRow, 'sameAs'> {
  const first = cells.find(({ job }) => job === own[0]?.job)?.row.name;
  return first === own[0]?.row.name ? {} : { sameAs: first! };
}

/** Every run of the scorecard. */
export const scorecardJobs = (asked: Asked): Job[] => distinct(cellsOf(asked)).map(({ job }) => job);

/** What is known so far, by the hash of a run. */
interface Findings {
  readonly found: ReadonlyMap<string, Results>;
  readonly costs: Costs;
  readonly failures: ReadonlyMap<string, string>;
}

function scorecardOf(
  options: RunScorecardOptions,
  cells: readonly Cell[],
  { found, costs, failures }: Findings,
): Scorecard {
  const { rows, seeds, quick, date, command } = options;
  const merged = new Map<string, Judged>();
  const costOf = (some: readonly Cell[]): number => some.reduce((sum, { hash }) => sum + (costs[hash] ?? 0), 0);
  const made = rows.map((row): ScoreRow => {
    const own = cells.filter((one) => one.row === row);
    const finished = own.flatMap(({ hash }) => found.get(hash) ?? []);
    const all = finished.length > 0 ? mergeSeeds(finished, '') : null;
    const { definition, kind, name, properties } = row;
    merged.set(name, { found: all, capability: properties.E2 });
    return {
      ...{ name, organism: kind, summary: definition.summary },
      ...{ cue: definition.words.cue, behavior: definition.words.behavior },
      seeds: own.filter(({ hash }) => found.has(hash)).map(({ seed }) => seed),
      missing: own.filter(({ hash }) => !found.has(hash)).map(({ seed, hash }) => ({ seed, why: failures.get(hash) ?? 'not run' })), // prettier-ignore
      cells: judgeRow(properties, all),
      seconds: costOf(own),
      ...sharedWith(own, cells),
      command: commandOf(row, seeds, quick),
    };
  });
  return {
    format: SCORECARD_FORMAT,
    ...{ date, seeds, isQuick: quick, command },
    versions: [...found.values()][0]?.versions ?? {},
    seconds: costOf(distinct(cells)),
    rows: made,
    predictions: predictions.map((one) => judgePrediction(one, merged)),
  };
}

export const scorecardPaths = (dir: string) => formsIn(dir, 'scorecard');

const write = (dir: string, card: Scorecard): void =>
  writeForms(scorecardPaths(dir), card, renderScorecardMarkdown(card), renderScorecardPage(card));
