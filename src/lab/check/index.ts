import type { RowCounts } from '../../world/corpora/types.ts';
import { DATASET_SPLITS } from '../../world/scenario/rows.ts';
import type { Problem } from '../../world/scenario/validate.ts';
import { datasetOf, defaultSizes } from '../assemble/dataset-folder.ts';
import { costOf } from './estimate.ts';
import type { Cost } from './estimate.ts';
import { expectFits, expectPossible } from './fits.ts';
import type { Experiment } from '../experiment/types.ts';
import { UserError } from '../../lib/errors.ts';
import { startEngine } from '../assemble/start-engine.ts';
import { planArms } from '../assemble/arms.ts';
import { expectApplicable } from '../assemble/applicable.ts';
import { remarks } from '../assemble/enough-rows.ts';
import { prepare } from '../assemble/prepare.ts';
import { measureSpeed, secondsOf } from './speed.ts';
import type { Speed } from './speed.ts';
import type { Tables } from '../tables.ts';
import { defined } from '../../lib/defined.ts';

/** What can be said of an experiment before it is run. */
export interface Check {
  readonly trigger: string;
  readonly behavior: string;
  readonly corpus: { readonly label: string; readonly prompts?: number; readonly rows?: RowCounts };
  readonly cost: Cost;
  /** Of this machine on this model, from a second or two. */
  readonly speed: Speed;
  /** Of the whole run, rough. */
  readonly seconds: number;
  readonly engine: string;
  /** What to know of the rows before a run. */
  readonly remarks: readonly string[];
  /** A small dataset of the scenario, and what is wrong with it. */
  readonly sample: { readonly rows: number; readonly problems: readonly Problem[] };
}

const SAMPLE = { train: 200, other: 40 };

/**
 * Everything but the compute: scenario, tokenizer, sizes, a sample of the data, cost. `clock` in milliseconds.
 *
 * @throws UserError (exit code 2) where a part of the experiment cannot be built, such as rows too long for the context.
 */
export async function checkExperiment(experiment: Experiment, tables: Tables, clock: () => number): Promise<Check> {
  try {
    return await check(experiment, tables, clock);
  } catch (error) {
    throw error instanceof UserError ? new UserError(error.message, 2) : error;
  }
}

async function check(experiment: Experiment, tables: Tables, clock: () => number): Promise<Check> {
  const arms = planArms(experiment, tables);
  expectPossible(experiment, arms, tables);
  const bench = await prepare(experiment, tables);
  expectApplicable(arms, bench);
  const told = remarks(experiment, arms, bench);
  const { trigger, behavior, corpus } = bench.scenario;
  const sizes = defaultSizes(bench.scenario, SAMPLE);
  const { files, problems } = await datasetOf(experiment, bench, sizes);
  const rows = DATASET_SPLITS.reduce((sum, split) => sum + (files[`${split}.jsonl`] ?? '').split('\n').length - 1, 0);
  await expectFits(arms, bench);
  const cost = await costOf(arms, bench);
  const engine = await startEngine(experiment.engine);
  try {
    const speed = await measureSpeed(arms, bench, engine, clock);
    return {
      trigger: trigger.label,
      behavior: behavior.label,
      corpus: { label: corpus.label, ...defined({ prompts: corpus.size, rows: corpus.rows }) },
      cost,
      speed,
      seconds: secondsOf(cost, speed),
      engine: engine.description,
      remarks: told,
      sample: { rows, problems },
    };
  } finally {
    await engine.dispose();
  }
}
