import path from 'node:path';
import { finishArm, runArm } from './lab/run/arm-run.ts';
import { saveArm } from './archive/arm-files.ts';
import { inTurn, planArms, stepsOf } from './lab/assemble/arms.ts';
import type { Arm } from './lab/assemble/arm.ts';
import { sharedBases } from './lab/run/base-cache.ts';
import type { ArmResult, RunContext } from './lab/run/context.ts';
import { claimRunFolder, expectRunFolder } from './archive/run-folder.ts';
import { expectFits } from './lab/check/fits.ts';
import { experimentHash } from './lab/experiment/compare.ts';
import { baseStages } from './lab/experiment/shipped-base.ts';
import type { Experiment } from './lab/experiment/types.ts';
import { Diverged, messageOf } from './lib/errors.ts';
import { withLock } from './lib/lock.ts';
import { keepIn } from './lab/run/keep.ts';
import { startEngine } from './lab/assemble/start-engine.ts';
import { expectApplicable } from './lab/assemble/applicable.ts';
import { remarks } from './lab/assemble/enough-rows.ts';
import { prepare } from './lab/assemble/prepare.ts';
import { NO_ARM, timed, timedEngine } from './lab/run/profile.ts';
import type { Io } from './lab/run/progress.ts';
import type { Results } from './results/types.ts';
import { writeResults } from './archive/results-file.ts';
import { collectResults } from './archive/results.ts';
import type { Tables } from './lab/tables.ts';

export interface RunOptions {
  readonly experiment: Experiment;
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

/**
 * The whole story: implant once, try each intervention on a copy of the same weights, evaluate, collect the rows.
 * Running it again on the same folder continues where it stopped, and ends with the same bytes.
 *
 * @throws UserError where the folder holds a different experiment; `Interrupted` after a Ctrl-C, with everything saved.
 */
export async function runExperiment(options: RunOptions): Promise<Results> {
  const { experiment, tables, dir, command, io, baseCache, autoThreads } = options;
  expectRunFolder(dir);
  const engine = timedEngine(await startEngine(experiment.engine, autoThreads), io); // without one, no folder
  try {
    return await withLock(dir, async () => {
      claimRunFolder(dir, experiment, tables);
      io.progress({ kind: 'note', text: engine.description });
      const arms = planArms(experiment, tables);
      const bench = await timed(io, 'prepare', () => prepare(experiment, tables, dir));
      expectApplicable(arms, bench);
      const told = remarks(experiment, arms, bench);
      await expectFits(arms, bench);
      for (const text of told) io.progress({ kind: 'note', text });
      const stepsIn = (some: readonly Arm[]): number =>
        some.flatMap((arm) => arm.stages).reduce((sum, s) => sum + stepsOf(s), 0);
      const done = new Map<string, ArmResult>();
      const shared = {
        ...{ experiment, hash: experimentHash(experiment), bench, models: tables.models, engine, io },
        keep: keepIn(path.join(dir, 'kept'), io),
        bases:
          baseCache === undefined || baseStages(experiment).length === 0
            ? undefined
            : sharedBases(baseCache, experiment, bench),
        totalSteps: stepsIn(arms),
        base: () => done.get('base')?.parameters,
        replies: new Map<string, Map<string, string>>(),
      };

      const failed = new Map<string, string>();
      const fail = ({ name }: Arm, reason: string): void => {
        failed.set(name, reason);
        io.progress({ kind: 'arm', arm: name, state: 'failed', reason });
      };
      const turns = inTurn(arms);
      for (const [i, arm] of turns.entries()) {
        if (arm.from !== undefined && failed.has(arm.from)) {
          fail(arm, `${arm.from}, which it starts from, failed`);
          continue;
        }
        const context: RunContext = { ...shared, stepsBefore: stepsIn(turns.slice(0, i)) };
        const armDir = path.join(dir, arm.name);
        try {
          const result = await runArm(arm, armDir, arm.from === undefined ? undefined : done.get(arm.from), context);
          await timed(io, 'save', () => saveArm(arm, armDir, result, { experiment, arms, bench, command, done }));
          done.set(arm.name, finishArm(armDir, tables.models));
          io.progress({ kind: 'arm', arm: arm.name, state: 'done', step: stepsIn([arm]) });
        } catch (error) {
          // without an organism there is nothing to compare; any other arm fails alone
          if (!(error instanceof Diverged) || arm.role === 'base' || arm.role === 'organism') throw error;
          fail(arm, messageOf(error));
        }
      }

      io.profiler?.at(NO_ARM, 'results');
      const results = collectResults({ experiment, bench, arms, done, failed, command, remarks: told });
      writeResults(dir, results);
      return results;
    });
  } finally {
    await engine.dispose();
  }
}
