import { UserError } from '../../lib/errors.ts';
import { createRng } from '../../lib/rng.ts';
import { valueCount } from '../../nn/models/index.ts';
import { evaluatedSteps } from '../../nn/training/loop.ts';
import type { ArmSummary } from '../../results/types.ts';
import { stepsOf } from '../../results/select.ts';
import { planOrganism } from '../assemble/organism-arms.ts';
import { startEngine } from '../assemble/start-engine.ts';
import type { OrganismExperiment } from '../experiment/types.ts';
import { examineOrganism } from '../run/organism-run.ts';
import type { Tables } from '../tables.ts';

/** What can be said of an organism's experiment before it is run. */
export interface OrganismCheck {
  readonly organism: string;
  readonly cue: string;
  readonly behavior: string;
  readonly model: string;
  readonly parameters: number;
  /** How often each arm is measured; the contexts of one measurement are `contexts`. */
  readonly arms: readonly (ArmSummary & { readonly evaluations: number })[];
  readonly contexts: number;
  readonly steps: number;
  /** On this machine, of the organism itself: of a step of its recipe, and of measuring it once. */
  readonly stepSeconds: number;
  readonly measureSeconds: number;
  /** Of the whole run, rough. */
  readonly seconds: number;
  readonly engine: string;
}

/** No further step is timed after so long, in milliseconds. */
const PROBE_MS = 1000;
const PROBE_STEPS = 20;

/**
 * Times a few steps of the organism's recipe and one measurement; the other arms are taken to cost the same. `clock` in milliseconds.
 *
 * @throws UserError (exit code 2) where it cannot be built.
 */
export async function checkOrganism(
  experiment: OrganismExperiment,
  tables: Tables,
  clock: () => number,
  threads?: number,
): Promise<OrganismCheck> {
  try {
    return await check(experiment, tables, clock, threads);
  } catch (error) {
    throw error instanceof UserError ? new UserError(error.message, 2) : error;
  }
}

async function check(
  experiment: OrganismExperiment,
  tables: Tables,
  clock: () => number,
  threads?: number,
): Promise<OrganismCheck> {
  const { definition, arms } = planOrganism(experiment, tables);
  const first = arms[0]!;
  const rng = createRng(experiment.seed);
  const engine = await startEngine(experiment.engine, threads);
  try {
    const parameters = await first.organism.initial(rng.fork('parameters'));
    const training = await first.organism.train({ engine, rng: rng.fork('probe'), parameters });
    try {
      const timed = async (run: () => Promise<unknown>): Promise<number> => {
        const start = clock();
        await run();
        return (clock() - start) / 1000;
      };
      await training.advance(1, () => undefined); // compiles
      const most = Math.max(2, Math.min(first.options.steps, PROBE_STEPS));
      let spent = 0;
      while (training.step < most && spent < PROBE_MS / 1000)
        spent += await timed(() => training.advance(training.step + 1, () => undefined));
      const stepSeconds = spent / (training.step - 1);
      const measure = (isEnd: boolean): Promise<unknown> => examineOrganism(first, training.state, { engine, rng }, isEnd); // prettier-ignore
      const firstSeconds = await timed(() => measure(false)); // with what an organism works out once
      const measureSeconds = Math.min(firstSeconds, await timed(() => measure(false)));
      const endSeconds = await timed(() => measure(true));
      const counted = arms.map(({ summary, options }) => ({
        ...summary,
        evaluations: 1 + evaluatedSteps(options).length, // the first before any step
      }));
      const steps = counted.reduce((sum, arm) => sum + stepsOf(arm), 0);
      const evaluations = counted.reduce((sum, arm) => sum + arm.evaluations, 0);
      return {
        organism: definition.summary,
        ...{ cue: definition.words.cue, behavior: definition.words.behavior, model: definition.words.model },
        parameters: valueCount(parameters),
        ...{ arms: counted, contexts: first.options.contexts, steps, stepSeconds, measureSeconds },
        seconds:
          steps * stepSeconds +
          (evaluations - arms.length) * measureSeconds +
          arms.length * (firstSeconds - measureSeconds + endSeconds),
        engine: engine.description,
      };
    } finally {
      training.dispose();
    }
  } finally {
    await engine.dispose();
  }
}
