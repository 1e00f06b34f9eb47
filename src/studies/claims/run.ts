import path from 'node:path';
import { readCosts, writeCosts } from '../grid/costs.ts';
import type { Costs } from '../grid/costs.ts';
import { formsIn, writeForms } from '../grid/forms.ts';
import { runJobs } from '../grid/run-jobs.ts';
import type { Executor, GridIo, Job, JobOutcome } from '../grid/types.ts';
import { exists, readJson } from '../../lib/files.ts';
import { renderLedgerMarkdown } from '../../report/ledger/markdown.ts';
import { renderLedgerPage } from '../../report/ledger/page.ts';
import type { Ledger, LedgerEntry } from '../../report/ledger/types.ts';
import type { Tables } from '../../lab/tables.ts';
import { defined } from '../../lib/defined.ts';
import { budgeted } from '../../lib/budget.ts';
import { ledgerOf, type CellRun } from './ledger.ts';
import { inOrder, jobsOf, unitsOf, type CellJob, type Unit } from './plan.ts';
import { finishedResults } from '../grid/finished.ts';
import { commandOf } from './resolve.ts';
import type { Claim } from './types.ts';

export interface RunClaimsOptions {
  readonly tables: Tables;
  readonly claims: readonly Claim[];
  /** All that there are: verdicts are adjusted for them. */
  readonly family: number;
  /** Run before all others, in this order. */
  readonly first?: readonly string[];
  /** In turn: what the seeds before them left undecided is run with these. */
  readonly looks: readonly (readonly number[])[];
  /** Cells, bases and the ledger lie here; what is finished in it is not run again. */
  readonly dir: string;
  readonly io: GridIo;
  /** For the ledger. */
  readonly date: string;
  readonly command: string;
  /** Ends the run early, as Ctrl-C would, and leaves the rest `not-run`. */
  readonly budgetSeconds?: number;
  readonly workers?: number;
  readonly executor?: Executor;
}

/**
 * Runs the cells that the claims need and judges what there is; with more seeds only what fewer could not decide. The ledger
 * is written after every unit, so that whatever ends the run, what was found is there; a rerun continues.
 */
export async function runClaims(options: RunClaimsOptions): Promise<Ledger> {
  const { claims, tables, looks, dir, io, budgetSeconds, workers, first, executor } = options;
  const costs = readCosts(dir);
  const former = readFormer(dir);
  const outcomes = new Map<CellJob, JobOutcome>();
  const { signal, dispose } = budgeted(io.signal, budgetSeconds);
  const seeds = looks.at(-1) ?? [];
  const units = unitsOf(claims);
  const all = jobsOf(units, seeds, tables);
  const ledger = (): Ledger =>
    ledgerOf({ ...options, former, seeds, runs: all.flatMap((job) => runsOf(job, outcomes.get(job), costs)) });
  try {
    for (const look of looks) {
      const open = look === looks[0] ? units : unitsOf(undecided(claims, ledger()));
      const jobs = all.filter(({ seed, cells }) => look.includes(seed) && open.some((unit) => cells.some((cell) => unit.cells.includes(cell)))); // prettier-ignore
      for (const batch of batchesOf(open, inOrder(open, jobs, first), budgetSeconds !== undefined)) {
        const before = outcomes.size;
        const progress: GridIo['progress'] = (event) =>
          io.progress(event.kind === 'job' ? { ...event, ended: before + event.ended, jobs: all.length } : event);
        const grid = batch.map((job) => gridJob(job, dir));
        const ended = await runJobs(grid, {
          tables,
          io: { progress, signal },
          baseCache: path.join(dir, 'bases'),
          workers,
          ...defined({ executor }),
        });
        for (const [i, outcome] of ended.entries()) {
          const job = batch[i]!;
          outcomes.set(job, outcome);
          costs[job.hash] = (costs[job.hash] ?? 0) + outcome.seconds;
        }
        writeCosts(dir, costs);
        writeLedger(dir, ledger());
      }
    }
  } finally {
    dispose();
  }
  return ledger();
}

/** Every run that there may be: all that seeds and sizes ask for. */
export const claimJobs = ({
  claims,
  tables,
  looks,
  dir,
}: Pick<RunClaimsOptions, 'claims' | 'tables' | 'looks' | 'dir'>): Job[] =>
  jobsOf(unitsOf(claims), looks.at(-1) ?? [], tables).map((job) => gridJob(job, dir));

/** Those that more seeds may decide: what they found crosses the threshold. No seeds mend a premise. */
function undecided(claims: readonly Claim[], { entries }: Ledger): Claim[] {
  const open = entries.filter(({ verdict, p }) => verdict === 'inconclusive' && p < 1).map(({ id }) => id);
  return claims.filter(({ id }) => open.includes(id));
}

/** What is to be run, unit by unit, and what it will take. */
export interface PlannedUnit {
  readonly name: string;
  /** Cells of its own that no unit before it has asked for, by name. */
  readonly cells: readonly string[];
  readonly runs: number;
  readonly finished: number;
  /** Of a core: what is left, roughly. */
  readonly coreSeconds: number;
}

/** The order of a run with these seeds and what is left of it, in seconds of a core: scaled by what finished cells took. */
export function planClaims({
  claims,
  tables,
  looks,
  dir,
  first,
}: Pick<RunClaimsOptions, 'claims' | 'tables' | 'looks' | 'dir' | 'first'>): PlannedUnit[] {
  // prettier-ignore
  const units = unitsOf(claims);
  const costs = readCosts(dir);
  const jobs = inOrder(units, jobsOf(units, looks.at(-1) ?? [], tables), first);
  const done = new Set(jobs.filter((job) => finishedResults(gridJob(job, dir), tables)));
  const known = [...done].filter(({ hash }) => (costs[hash] ?? 0) > 0);
  const total = (of: (job: CellJob) => number): number => known.reduce((sum, job) => sum + of(job), 0);
  const scale = known.length > 0 ? total(({ hash }) => costs[hash]!) / total(({ effort }) => effort) : 1;
  return batchesOf(units, jobs, true).map((batch) => {
    const left = batch.filter((job) => !done.has(job));
    const unit = units.find(({ cells }) => batch[0]?.cells.some((cell) => cells.includes(cell)));
    return {
      name: unit?.name ?? '',
      cells: [...new Set(batch.map(({ cells: [cell] }) => cell?.name ?? ''))],
      runs: batch.length,
      finished: batch.length - left.length,
      coreSeconds: scale * left.reduce((sum, { effort }) => sum + effort, 0),
    };
  });
}

/**
 * All at once where everything is to be run; unit by unit under a budget, because a grid begins with one job of every
 * base, and a budget should end with whole units.
 */
function batchesOf(units: readonly Unit[], jobs: readonly CellJob[], isBudgeted: boolean): CellJob[][] {
  if (!isBudgeted) return jobs.length > 0 ? [[...jobs]] : [];
  const left = new Set(jobs);
  const batches: CellJob[][] = [];
  while (left.size > 0) {
    const [first] = left;
    const unit = units.find(({ cells }) => first?.cells.some((cell) => cells.includes(cell)));
    const batch = [...left].filter((job) => job === first || job.cells.some((cell) => unit?.cells.includes(cell)));
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

/** What the folder's ledger says, where it is of this version: a rule that changed since is to be seen. */
function readFormer(dir: string): Map<string, LedgerEntry> {
  const file = ledgerPaths(dir).json;
  const read = exists(file) ? (readJson(file, `delete ${file}`) as Partial<Ledger>) : {};
  const entries = read.format === 'dormouse-ledger-2' ? (read.entries ?? []) : [];
  return new Map(entries.map((entry) => [entry.id, entry]));
}

export const ledgerPaths = (dir: string) => formsIn(dir, 'ledger');

const writeLedger = (dir: string, ledger: Ledger): void =>
  writeForms(ledgerPaths(dir), ledger, renderLedgerMarkdown(ledger), renderLedgerPage(ledger));
