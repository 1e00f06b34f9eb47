import type { Load } from '../endpoint/wire.ts';
import type { EvalDefinition } from '../../lab/evals/types.ts';
import type { Subject } from '../../lab/evals/subject.ts';
import { experimentToYaml } from '../../lab/experiment/compare.ts';
import { resolveExperiment } from '../../lab/experiment/resolve.ts';
import type { Experiment } from '../../lab/experiment/types.ts';
import { readExperimentFile } from '../../lab/experiment/shipped.ts';
import { UserError } from '../../lib/errors.ts';
import type { Bound } from '../../lib/table.ts';
import { loadPlugins, pluginsIn } from '../../lab/plugins.ts';
import type { Tables } from '../../lab/tables.ts';

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
  readonly endpoint?: EndpointOptions;
}

/** How an endpoint is asked. */
export interface EndpointOptions {
  /** Sent as a bearer token, written nowhere. */
  readonly key?: string | undefined;
  /** Send the key even where others can read it on the way. */
  readonly sendsKeyInTheClear?: boolean;
  /** The model's own tokenizer: a folder with `tokenizer.json` and `tokenizer_config.json`. */
  readonly tokenizer?: string | undefined;
  /** Requests at once (8). */
  readonly concurrency?: number | undefined;
  /** Requests a minute, at most. */
  readonly rpm?: number | undefined;
  /** Tries after the first, where that may help (6). */
  readonly retries?: number | undefined;
  /** For one try (120). */
  readonly timeoutSeconds?: number | undefined;
  /** Longest reply (default: the longest reference reply, and a few more). */
  readonly maxTokens?: number | undefined;
  /** Put into every request, such as `{ top_k: -1 }`. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
  /** Where answers are kept (default: in `checkpoints/endpoints`). */
  readonly cache?: string | undefined;
  /** Forget the answers that are kept. */
  readonly fresh?: boolean | undefined;
  /** Called when the first request is about to be made; aborted: none is made any more. */
  readonly signal?: () => AbortSignal;
  /** Looks at what is to be asked, before it is; throws where that is too much. */
  readonly approve?: (cost: Cost) => Promise<void>;
  readonly onNote?: (text: string) => void;
  readonly onAnswer?: () => void;
}

/** What there is to ask of an endpoint. */
export interface Cost extends Load {
  /** About, for what is not answered yet. */
  readonly seconds: number;
  /** Where the answers are kept. */
  readonly cache: string;
}

/** Something that the evals can measure, ready to answer. */
export interface Target {
  /** What the numbers belong to, as `--json` says it: `{ checkpoint, arm }`. */
  readonly label: Readonly<Record<string, string>>;
  readonly experiment: Experiment;
  /** What the experiment names things in. */
  readonly tables: Tables;
  readonly subject: Subject;
  /** Called once, before the first question, with the evals to come: may look at what they will cost, and refuse. */
  prepare?(evals: readonly Bound<EvalDefinition>[]): Promise<void>;
  /** What a reader of the numbers should know; complete once they are there. */
  notes?(): readonly string[];
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
export async function askedExperiment(
  asked: Asked,
  tables: Tables,
  from: string,
  own?: Experiment,
): Promise<Pick<Target, 'experiment' | 'tables'>> {
  const { file, set, quick = false, full = false } = asked;
  const text = file !== undefined ? readExperimentFile(file) : own && experimentToYaml(own);
  if (text !== undefined) {
    const merged = await loadPlugins(tables, pluginsIn(text, file ?? from));
    const settings = { set, quick, full, plugins: merged.plugins };
    return { experiment: resolveExperiment(text, file ?? from, settings, merged), tables: merged };
  }
  throw new UserError(
    `no questions: ${from} does not say which experiment it belongs to; add --experiment FILE (see: dormouse list experiments)`,
    2,
  );
}
