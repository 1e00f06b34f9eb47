import path from 'node:path';
import { budgeted } from '../../lib/budget.ts';
import { defined } from '../../lib/defined.ts';
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
  const all = scorecardJobs(options);
  const found = new Map(all.map((one) => [one, finishedResults(one.job, tables)]));
  const open = all.filter((one) => !found.get(one));
  let ended = all.length - open.length;
  // whole rows under a budget; else all at once, so that no core waits for the last seed of a row
  const batches = budgetSeconds === undefined ? [open] : rows.map((row) => open.filter((one) => one.row === row));
  const card = (): Scorecard => scorecardOf(options, { found, costs, failures });
  try {
    for (const batch of batches.filter(({ length }) => length > 0)) {
      const before = ended;
      const progress: GridIo['progress'] = (event) =>
        io.progress(event.kind === 'job' ? { ...event, ended: before + event.ended, jobs: all.length } : event);
      const outcomes = await runJobs(batch.map(({ job }) => job), { tables, io: { progress, signal }, workers, ...defined({ executor }) }); // prettier-ignore
      for (const [i, { results, seconds, error }] of outcomes.entries()) {
        const one = batch[i]!;
        const { hash } = one;
        found.set(one, results);
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

interface CardJob extends RowJob {
  readonly job: Job;
}

/** Every run of the scorecard. */
export const scorecardJobs = ({
  rows,
  seeds,
  quick,
  tables,
  dir,
}: Pick<RunScorecardOptions, 'rows' | 'seeds' | 'quick' | 'tables' | 'dir'>): CardJob[] =>
  // prettier-ignore
  rows.flatMap((row) =>
    jobsOf(row, seeds, quick, tables).map((one): CardJob => {
      const name = `${row.name}-seed-${one.seed}`;
      // the hash keeps an organism that is defined anew out of the old one's folder
      const folder = path.join(dir, 'runs', `${name}-${one.hash.slice(0, 8)}`);
      const job = { name, experiment: one.experiment, dir: folder, command: commandOf(row, [one.seed], quick) };
      return { ...one, job };
    }),
  );

/** What is known so far: by job, in the order of rows and seeds, and by hash. */
interface Findings {
  readonly found: ReadonlyMap<CardJob, Results | undefined>;
  readonly costs: Costs;
  readonly failures: ReadonlyMap<string, string>;
}

function scorecardOf(options: RunScorecardOptions, { found, costs, failures }: Findings): Scorecard {
  const { rows, seeds, quick, date, command } = options;
  const merged = new Map<string, Judged>();
  const made = rows.map((row): ScoreRow => {
    const own = [...found].filter(([one]) => one.row === row);
    const finished = own.flatMap(([, results]) => results ?? []);
    const all = finished.length > 0 ? mergeSeeds(finished, '') : null;
    const { definition, kind, name, properties } = row;
    merged.set(name, { found: all, capability: properties.E2 });
    return {
      ...{ name, organism: kind, summary: definition.summary },
      ...{ cue: definition.words.cue, behavior: definition.words.behavior },
      seeds: own.filter(([, results]) => results).map(([{ seed }]) => seed),
      missing: own.flatMap(([{ seed, hash }, results]) => (results ? [] : [{ seed, why: failures.get(hash) ?? 'not run' }])), // prettier-ignore
      cells: judgeRow(properties, all),
      seconds: own.reduce((sum, [{ hash }]) => sum + (costs[hash] ?? 0), 0),
      command: commandOf(row, seeds, quick),
    };
  });
  return {
    format: SCORECARD_FORMAT,
    ...{ date, seeds, isQuick: quick, command },
    versions: [...found.values()].find((results) => results !== undefined)?.versions ?? {},
    seconds: made.reduce((sum, { seconds }) => sum + seconds, 0),
    rows: made,
    predictions: predictions.map((one) => judgePrediction(one, merged)),
  };
}

export const scorecardPaths = (dir: string) => formsIn(dir, 'scorecard');

const write = (dir: string, card: Scorecard): void =>
  writeForms(scorecardPaths(dir), card, renderScorecardMarkdown(card), renderScorecardPage(card));
