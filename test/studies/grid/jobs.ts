import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { GridEvent, Job, JobOutcome, RunJobsOptions } from '../../../src/studies/grid/types.ts';
import { resolveExperiment } from '../../../src/lab/experiment/resolve.ts';
import { tables } from '../../../src/lab/tables.ts';
import { built } from '../../dist.ts';
import { MODEL, tinyFile } from '../../tiny.ts';

/** Slow enough to be caught at work. */
export const TINY = tinyFile({
  model: { ...MODEL, nPositions: 192 },
  engine: undefined, // as many threads as a worker may have
  base: [{ kind: 'pretrain', steps: 3, batchSize: 4, saveEverySteps: 1 }],
  interventions: { sft: [{ kind: 'sft', steps: 2, batchSize: 4, evalEverySteps: 1 }] },
  evals: [
    { kind: 'attack-success', prompts: 4 },
    { kind: 'clean-loss', prompts: 4 },
  ],
});

export const newRoot = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-grid-'));

export const jobIn = (root: string, name: string, ...set: string[]): Job => ({
  name,
  experiment: resolveExperiment(TINY, 'tiny.yaml', { set }, tables),
  dir: path.join(root, name),
  command: `npx dormouse run tiny.yaml ${set.map((one) => `--set ${one}`).join(' ')}`,
});

export interface Ran {
  readonly outcomes: readonly JobOutcome[];
  readonly events: readonly GridEvent[];
  readonly states: readonly JobOutcome['state'][];
}

/** Runs jobs, and lets `onEvent` interfere. */
export async function ran(
  jobs: readonly Job[],
  options: Partial<RunJobsOptions> = {},
  onEvent: (event: GridEvent, stop: () => void) => void = () => {},
): Promise<Ran> {
  // from where its children start quickly
  const { runJobs } = (await import(
    built('studies/grid/run-jobs.ts')
  )) as typeof import('../../../src/studies/grid/run-jobs.ts');
  const controller = new AbortController();
  const events: GridEvent[] = [];
  const progress = (event: GridEvent): void => {
    events.push(event);
    onEvent(event, () => controller.abort());
  };
  const outcomes = await runJobs(jobs, { tables, workers: 2, ...options, io: { progress, signal: controller.signal } });
  return { outcomes, events, states: outcomes.map(({ state }) => state) };
}

/** The process that is at work in a job's folder: the lock says which. */
export const workerOf = (job: Job): number =>
  (JSON.parse(fs.readFileSync(path.join(job.dir, '.lock'), 'utf8')) as { pid: number }).pid;

export const startedIn = ({ events }: Ran): string[] =>
  events.flatMap((event) => (event.kind === 'job' && event.state === 'started' ? [event.job] : []));

export const isStep = (event: GridEvent, arm: string): boolean =>
  event.kind === 'work' && event.event.kind === 'step' && event.event.arm === arm;
