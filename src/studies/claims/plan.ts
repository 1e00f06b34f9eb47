import { planArms, stepsOf } from '../../lab/assemble/arms.ts';
import { experimentHash } from '../../lab/experiment/compare.ts';
import { isOf } from '../../lib/table.ts';
import { adversarial } from '../../lab/stages/adversarial.ts';
import { isTraining } from '../../lab/stages/types.ts';
import { rl } from '../../lab/stages/rl.ts';
import type { Experiment } from '../../lab/experiment/types.ts';
import type { Tables } from '../../lab/tables.ts';
import { cellExperiment } from './resolve.ts';
import type { Claim } from './types.ts';
import type { Cell } from './cell.ts';

/** One cell in one seed: what a worker runs. Cells that resolve to the same experiment are one job. */
export interface CellJob {
  readonly hash: string;
  readonly experiment: Experiment;
  readonly cells: readonly Cell[];
  readonly seed: number;
  /** Relative: see `effortOf`. */
  readonly effort: number;
}

/** Every cell of the claims in every seed, each experiment once. @throws UserError for a cell that the tables refuse. */
export function jobsOf(claims: readonly Claim[], seeds: readonly number[], tables: Tables): CellJob[] {
  const jobs = new Map<string, CellJob>();
  for (const cell of new Set(claims.flatMap(({ cells }) => cells)))
    for (const seed of seeds) {
      const experiment = cellExperiment(cell, seed, tables);
      const hash = experimentHash(experiment);
      const cells = [...(jobs.get(hash)?.cells ?? []), cell];
      jobs.set(hash, { hash, experiment, cells, seed, effort: effortOf(experiment, tables) });
    }
  return [...jobs.values()];
}

/** A generated reply costs about as much as this many rows of training. */
const REPLY_ROWS = 1;
/** Rollouts are replies too, and every one of them is trained on. */
const REPLIES_OF_ROLLOUT = 3;

/**
 * How much a cell asks for, in rows trained on, for ordering: parts of a second, without preparing any data (`dormouse
 * check` counts what an experiment costs, but trains a tokenizer for it). The base is left out: cells share it.
 */
function effortOf(experiment: Experiment, tables: Tables): number {
  const width = Number(experiment.model.nEmbd);
  const size = Number(experiment.model.nLayer) * width * width + 1000 * width;
  const replies = experiment.evals.reduce((sum, { prompts }) => sum + 2 * Number(prompts ?? 0), 0);
  const rows = planArms(experiment, tables)
    .filter(({ from }) => from !== undefined)
    .map(({ stages }) => {
      const training = stages.filter(isTraining);
      const trained = training.map((stage) => {
        const completions = isOf(stage, rl) ? stage.params.completions : 1;
        const isRollout = isOf(stage, rl) || isOf(stage, adversarial);
        return stepsOf(stage) * stage.params.batchSize * completions * (isRollout ? REPLIES_OF_ROLLOUT : 1);
      });
      const times = training.reduce(
        (n, { params: { steps, evalEverySteps = Infinity } }) => n + steps / evalEverySteps,
        1,
      );
      return trained.reduce((a, b) => a + b, 0) + REPLY_ROWS * replies * times;
    });
  return rows.reduce((a, b) => a + b, 0) * size;
}

/**
 * The jobs in the order in which claims get done soonest: again and again the claim that needs least of what is not yet
 * planned, all its seeds. A budget that ends in between leaves the most claims finished.
 */
export function inOrder(claims: readonly Claim[], jobs: readonly CellJob[]): CellJob[] {
  const jobsFor = (claim: Claim): CellJob[] =>
    jobs.filter(({ cells }) => cells.some((cell) => claim.cells.includes(cell)));
  const planned = new Set<CellJob>();
  const open = new Set(claims);
  const effort = (claim: Claim): number =>
    jobsFor(claim).reduce((sum, job) => sum + (planned.has(job) ? 0 : job.effort), 0);
  while (open.size > 0) {
    const [next] = [...open].sort((a, b) => effort(a) - effort(b));
    if (!next) break;
    open.delete(next);
    for (const job of jobsFor(next)) planned.add(job);
  }
  return [...planned];
}
