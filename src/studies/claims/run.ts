import path from 'node:path';
import { runJobs } from '../grid/run-jobs.ts';
import type { GridIo, Job, JobOutcome } from '../grid/types.ts';
import { exists, readJson, writeAtomic } from '../../lib/files.ts';
import { renderLedgerMarkdown } from '../../report/ledger/markdown.ts';
import { renderLedgerPage } from '../../report/ledger/page.ts';
import type { Ledger } from '../../report/ledger/types.ts';
import type { Tables } from '../../lab/tables.ts';
import { budgeted } from '../../lib/budget.ts';
import { ledgerOf, type CellRun } from './ledger.ts';
import { inOrder, jobsOf, type CellJob } from './plan.ts';
import { commandOf } from './resolve.ts';
import type { Claim } from './types.ts';

export interface RunClaimsOptions {
  readonly tables: Tables;
  readonly claims: readonly Claim[];
  readonly seeds: readonly number[];
  /** Cells, bases and the ledger lie here; what is finished in it is not run again. */
  readonly dir: string;
  readonly io: GridIo;
  /** For the ledger. */
  readonly date: string;
  readonly command: string;
  /** Ends the run early, as Ctrl-C would, and leaves the rest `not-run`. */
  readonly budgetSeconds?: number;
  readonly workers?: number;
}

/**
 * Runs the cells that the claims need, the cheapest claim first, and judges what there is. The ledger is written after
 * every claim, so that whatever ends the run, what was found is there; a rerun continues.
 */
export async function runClaims(options: RunClaimsOptions): Promise<Ledger> {
  const { claims, tables, seeds, dir, io, budgetSeconds, workers } = options;
  const costs = readCosts(dir);
  const outcomes = new Map<CellJob, JobOutcome>();
  const { signal, dispose } = budgeted(io.signal, budgetSeconds);
  const jobs = inOrder(claims, jobsOf(claims, seeds, tables));
  const ledger = (): Ledger =>
    ledgerOf({ ...options, runs: jobs.flatMap((job) => runsOf(job, outcomes.get(job), costs)) });
  try {
    for (const batch of batchesOf(claims, jobs, budgetSeconds !== undefined)) {
      const grid = batch.map((job) => gridJob(job, dir));
      const ended = await runJobs(grid, { tables, io: { ...io, signal }, baseCache: path.join(dir, 'bases'), workers });
      for (const [i, outcome] of ended.entries()) {
        const job = batch[i]!;
        outcomes.set(job, outcome);
        costs[job.hash] = (costs[job.hash] ?? 0) + outcome.seconds;
      }
      writeAtomic(path.join(dir, COSTS), `${JSON.stringify(costs, null, 1)}\n`);
      writeLedger(dir, ledger());
    }
  } finally {
    dispose();
  }
  return ledger();
}

/**
 * All at once where everything is to be run; claim by claim under a budget, because a grid begins with one job of every
 * base, and a budget should end with whole claims.
 */
function batchesOf(claims: readonly Claim[], jobs: readonly CellJob[], budgeted: boolean): CellJob[][] {
  if (!budgeted) return [[...jobs]];
  const left = new Set(jobs);
  const batches: CellJob[][] = [];
  while (left.size > 0) {
    const [first] = left;
    const claim = claims.find(({ cells }) => first?.cells.some((cell) => cells.includes(cell)));
    const batch = [...left].filter((job) => job === first || job.cells.some((cell) => claim?.cells.includes(cell)));
    for (const job of batch) left.delete(job);
    batches.push(batch);
  }
  return batches;
}

function gridJob({ cells: [cell], hash, experiment, seed }: CellJob, dir: string): Job {
  const name = `${cell?.name ?? hash}-seed-${seed}`;
  // the hash keeps a cell that is defined anew out of the old one's folder
  const folder = path.join(dir, 'cells', `${name}-${hash.slice(0, 8)}`);
  return { name, experiment, dir: folder, command: cell ? commandOf(cell, seed) : '' };
}

const runsOf = ({ cells, seed, hash }: CellJob, outcome: JobOutcome | undefined, costs: Costs): CellRun[] =>
  cells.map(({ name }, i) => ({
    cell: name,
    seed,
    results: outcome?.results ?? null,
    // one job's time is spent once
    seconds: i === 0 ? (costs[hash] ?? 0) : 0,
    ...(outcome?.error !== undefined && { failure: outcome.error.split('\n')[0] ?? '' }),
  }));

/** Seconds of compute by hash, over all sessions: a job that is reused costs nothing now, but it did. */
type Costs = Record<string, number>;
const COSTS = 'costs.json';

const readCosts = (dir: string): Costs => {
  const file = path.join(dir, COSTS);
  const read = exists(file) ? readJson(file, `delete ${file}: costs are then counted from now on`) : {};
  return Object.fromEntries(Object.entries(read ?? {}).map(([hash, seconds]) => [hash, Number(seconds)]));
};

export const ledgerPaths = (dir: string) => ({
  json: path.join(dir, 'ledger.json'),
  markdown: path.join(dir, 'LEDGER.md'),
  page: path.join(dir, 'ledger.html'),
});

/** The ledger in its three forms. */
function writeLedger(dir: string, ledger: Ledger): void {
  const { json, markdown, page } = ledgerPaths(dir);
  writeAtomic(json, `${JSON.stringify(ledger, null, 1)}\n`);
  writeAtomic(markdown, renderLedgerMarkdown(ledger));
  writeAtomic(page, renderLedgerPage(ledger));
}
