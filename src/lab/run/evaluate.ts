import type { FormatFingerprint } from '../../world/scenario/render.ts';
import { createSubject, NotOffered } from '../evals/subject.ts';
import type { EvalDefinition } from '../evals/types.ts';
import type { WholeEvaluation } from '../../results/evaluations.ts';
import type { Replies, Subject } from '../evals/subject.ts';
import type { Choice, Experiment } from '../experiment/types.ts';
import type { Bound } from '../../lib/table.ts';
import { languageModelOf } from '../../nn/models/language-model.ts';
import type { Generator } from '../../nn/models/generate.ts';
import { expectRows } from '../assemble/enough-rows.ts';
import type { Bench } from '../assemble/prepare.ts';

/** The weights that a generator holds, as an experiment's evals see them: one stream of randomness for all its arms. */
export const subjectOf = (
  { scenario, tokenizer, maxNewTokens, rng }: Pick<Bench, 'scenario' | 'tokenizer' | 'maxNewTokens' | 'rng'>,
  generator: Generator,
  trainedFormat: FormatFingerprint,
  known?: Replies,
): Promise<Subject> =>
  createSubject({
    ...{ model: languageModelOf(generator), rng: rng.fork('evals') },
    ...{ tokenizer, scenario, trainedFormat, maxNewTokens, known },
  });

/** An eval that a subject cannot answer, and why. */
export interface LeftOut {
  readonly eval: string;
  readonly reason: string;
}

export interface EvaluateOptions {
  /** Runs each eval inside it. */
  readonly around?: <T>(kind: string, run: () => Promise<T>) => Promise<T>;
  /** Told of evals that ask what the subject does not offer; absent: such an eval is an error. */
  readonly onLeftOut?: (one: LeftOut) => void;
}

/** Runs the evals one after another and merges what they bring back. */
export async function evaluate(
  evals: readonly Bound<EvalDefinition>[],
  subject: Subject,
  { around = (_, run) => run(), onLeftOut }: EvaluateOptions = {},
): Promise<WholeEvaluation> {
  let merged: WholeEvaluation = { scores: [], outcomes: {}, exchanges: [] };
  for (const { kind, definition, params } of evals) {
    const run = () => definition.run(params, subject);
    try {
      expectRows({ kind, definition, params }, subject.scenario);
      const { scores, outcomes = {}, exchanges = [] } = await around(kind, run);
      merged = {
        scores: [...merged.scores, ...scores],
        outcomes: { ...merged.outcomes, ...outcomes },
        exchanges: [...merged.exchanges, ...exchanges],
      };
    } catch (error) {
      if (!(error instanceof NotOffered) || !onLeftOut) throw error;
      onLeftOut({ eval: kind, reason: error.message });
    }
  }
  return merged;
}

/** The evals of an experiment by kind, in the order asked for; one it does not have comes with its defaults. */
export const chooseEvals = ({ evals }: Experiment, kinds: readonly string[] | undefined): readonly Choice[] =>
  kinds?.flatMap((kind) => {
    const own = evals.filter((choice) => choice.kind === kind);
    return own.length > 0 ? own : [{ kind }];
  }) ?? evals;
