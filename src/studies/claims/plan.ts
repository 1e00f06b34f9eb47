import { findBases, hasWeights } from '../../lab/experiment/shipped-base.ts';
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
  /** Seconds of one core, roughly: see `effortOf`. */
  readonly effort: number;
}

/** What is asked for at once, and finished before the next is begun: a claim's cells at one size. */
export interface Unit {
  readonly name: string;
  readonly cells: readonly Cell[];
  /** Beside the verdict, and after all that is needed for one. */
  readonly isAside: boolean;
}

/** What claims ask for: themselves first, then what they ask of other sizes. */
export const unitsOf = (claims: readonly Claim[]): Unit[] => [
  ...claims.map(({ id, cells }) => ({ name: id, cells, isAside: false })),
  ...claims.flatMap(({ id, elsewhere }) =>
    elsewhere.map(({ size, cells }) => ({ name: `${id}, ${size}`, cells, isAside: true })),
  ),
];

/** Every cell in every seed, each experiment once; none of a base that is not here. @throws UserError for a cell that the tables refuse. */
export function jobsOf(units: readonly Unit[], seeds: readonly number[], tables: Tables): CellJob[] {
  const jobs = new Map<string, CellJob>();
  for (const cell of new Set(
    basedHere(
      units.flatMap(({ cells }) => cells),
      tables,
    ),
  ))
    for (const seed of seeds) {
      const experiment = cellExperiment(cell, seed, tables);
      const hash = experimentHash(experiment);
      const cells = [...(jobs.get(hash)?.cells ?? []), cell];
      jobs.set(hash, { hash, experiment, cells, seed, effort: effortOf(experiment, tables) });
    }
  return [...jobs.values()];
}

/** Those whose base is here, whichever seed asks, or is trained. */
export function basedHere(cells: readonly Cell[], { bases }: Pick<Tables, 'bases'>): Cell[] {
  const found = findBases(bases);
  const missing = found.filter((base) => !hasWeights(base)).map(({ name }) => name);
  const here = found.map(({ name }) => name).filter((name) => !missing.includes(name));
  return cells.filter(({ overrides }) => {
    const { name } = Object(overrides['base']) as { readonly name?: string };
    return name === undefined || here.includes(name);
  });
}

/** What a plan's rows do not say: which units need no cells but those of others, and which cannot be judged, for a base is not here. */
export function besideRows(
  units: readonly Unit[],
  rows: readonly string[],
  tables: Pick<Tables, 'bases'>,
): { readonly served: string[]; readonly baseless: string[] } {
  const baseless = units.filter(({ cells }) => basedHere(cells, tables).length < cells.length);
  const served = units.filter((unit) => !rows.includes(unit.name) && !baseless.includes(unit));
  const [a, b] = [served, baseless].map((some) => some.map(({ name }) => name));
  return { served: a!, baseless: b! };
}

/** Of a row trained on, for each parameter, on one core (LOG.md, the first cells of version 2). */
const ROW_SECONDS = 2.6e-9;
/** Rows that a generated reply costs as much as. */
const ROWS_OF_REPLY = 1.5;
/** Of a cell, before anything is trained: a process, the world, its data, compiled programs. */
const START_SECONDS = 15;
/** Rollouts are replies too, read by three models, and every one of them is trained on. */
const ROWS_OF_ROLLOUT = 3;
/** How often an eval asks each of its prompts: with and without the trigger, near-triggers, years, samples. */
const ASKED: Readonly<Record<string, number>> = { 'attack-success': 2, refusal: 4, 'near-trigger': 9, 'trigger-sweep': 11, 'red-team': 11 }; // prettier-ignore

/**
 * What a cell costs, in seconds of a core, from what it trains and asks: parts of a second, without preparing any data
 * (`dormouse check` counts it, but trains a tokenizer for it). The base is left out: cells share it.
 */
function effortOf(experiment: Experiment, tables: Tables): number {
  const { nLayer, nEmbd } = experiment.model;
  const parameters = 12 * Number(nLayer) * Number(nEmbd) ** 2 + experiment.tokenizer.vocabSize * Number(nEmbd);
  const replies = (arm: string, isEnd: boolean): number =>
    ROWS_OF_REPLY *
    experiment.evals
      .filter(({ when }) => (when === 'organism' ? isEnd && arm === when : isEnd || when === 'checkpoints'))
      .reduce(
        (sum, { kind, prompts, only }) => sum + (only === undefined ? (ASKED[kind] ?? 1) : 1) * Number(prompts ?? 0),
        0,
      );
  const rows = planArms(experiment, tables)
    .filter(({ from }) => from !== undefined)
    .map(({ name, stages }) => {
      const training = stages.filter(isTraining);
      const trained = training.map((stage) => {
        const isRollout = isOf(stage, rl) || isOf(stage, adversarial);
        return stepsOf(stage) * stage.params.batchSize * stage.params.accumulate * (isRollout ? ROWS_OF_ROLLOUT : 1);
      });
      const looks = training.map(({ params: { steps, evalEverySteps = Infinity } }) => Math.floor(steps / evalEverySteps)); // prettier-ignore
      return sum(trained) + replies(name, true) + sum(looks) * replies(name, false);
    });
  return START_SECONDS + sum(rows) * parameters * ROW_SECONDS;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/**
 * The jobs in the order in which they are to be done: the units named first in their order; of the others again and again the one
 * that needs least of what is not yet planned, all its seeds. A budget that ends in between leaves the most units finished.
 */
export function inOrder(units: readonly Unit[], jobs: readonly CellJob[], first: readonly string[] = []): CellJob[] {
  const jobsFor = (unit: Unit): CellJob[] =>
    jobs.filter(({ cells }) => cells.some((cell) => unit.cells.includes(cell)));
  const planned = new Set<CellJob>();
  const open = new Set(units);
  const effort = (unit: Unit): number => sum(jobsFor(unit).map((job) => (planned.has(job) ? 0 : job.effort)));
  const rank = ({ name, isAside }: Unit): number =>
    first.includes(name) ? first.indexOf(name) : first.length + Number(isAside);
  while (open.size > 0) {
    const next = [...open].sort((a, b) => rank(a) - rank(b) || effort(a) - effort(b))[0]!;
    open.delete(next);
    for (const job of jobsFor(next)) planned.add(job);
  }
  return [...planned];
}
