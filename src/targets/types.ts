import type { Subject } from '../evals/index.ts';
import { experimentToYaml, resolveExperiment } from '../experiment/index.ts';
import type { Choice, Experiment } from '../experiment/index.ts';
import { readExperimentFile } from '../experiment/shipped.ts';
import { UserError } from '../lib/errors.ts';
import type { Tables } from '../tables.ts';

/** Which questions are asked: those of an experiment file, with some of its values changed. */
export interface Asked {
  /** An experiment file, or a shipped experiment's name; absent: the target's own experiment, if it has one. */
  readonly file?: string | undefined;
  readonly quick?: boolean;
  readonly full?: boolean;
  /** `path=value`. */
  readonly set: readonly string[];
}

/** How a target is opened; each takes what concerns it. */
export interface TargetOptions {
  readonly engine: Partial<Experiment['engine']>;
}

/** Something that the evals can measure, ready to answer. */
export interface Target {
  /** What the numbers belong to, as `--json` says it: `{ checkpoint, arm }`. */
  readonly label: Readonly<Record<string, string>>;
  readonly experiment: Experiment;
  readonly subject: Subject;
  /** Called once, before the first question, with the evals to come: may look at what they will cost, and refuse. */
  prepare?(choices: readonly Choice[]): Promise<void>;
  dispose(): Promise<void>;
}

export interface TargetDefinition {
  readonly summary: string;
  /** How it is written on the command line, such as `openai:URL#MODEL`. */
  readonly form: string;
  /** @param spec what stands after `kind:`. @throws UserError saying what is wrong with it. */
  open(spec: string, asked: Asked, tables: Tables, options: TargetOptions): Promise<Target>;
}

/**
 * The experiment whose evals are asked: the file that was named, else the target's `own`.
 *
 * @param from where `own` comes from, named in messages.
 * @throws UserError (exit code 2) for a bad experiment, and where there is none.
 */
export function askedExperiment(asked: Asked, tables: Tables, from: string, own?: Experiment): Experiment {
  const { file, set, quick = false, full = false } = asked;
  if (file !== undefined) return resolveExperiment(readExperimentFile(file), file, { set, quick, full }, tables);
  if (own) return resolveExperiment(experimentToYaml(own), from, { set }, tables);
  throw new UserError(
    `no questions: ${from} does not say which experiment it belongs to; add --experiment FILE (see: dormouse list experiments)`,
    2,
  );
}
