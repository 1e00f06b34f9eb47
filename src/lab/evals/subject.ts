import { fitsContext } from '../../world/scenario/batches.ts';
import { encodeExamples, encodePrompts, expectSameFormat, formatFingerprint } from '../../world/scenario/render.ts';
import type { Asked, FormatFingerprint, Rendered } from '../../world/scenario/render.ts';
import type { Scenario } from '../../world/scenario/scenario.ts';
import type { Example } from '../../world/scenario/types.ts';
import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import type { LanguageModel } from '../../nn/models/language-model.ts';
import { expectFinite } from '../../nn/models/sampling.ts';
import type { CompletionScore } from '../../nn/models/score.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';

export type Decoding = 'greedy' | 'sampled';

/** How a score names it. */
export const DECODING_LABEL: Readonly<Record<Decoding, string>> = { greedy: 'greedy', sampled: 'temperature 1' };

/**
 * What is evaluated: a model at one moment, with the scenario that asks the questions. An eval sees text and
 * log-probabilities; it cannot see how the model was made.
 */
export interface Subject {
  readonly scenario: Scenario;
  readonly rng: Rng;
  /**
   * The answer to each prompt: what comes after the scratchpad, if there is one; nothing where it never ends. Equal
   * questions of several evals are answered once.
   */
  reply(examples: readonly Example[], decoding?: Decoding, options?: ReplyOptions): Promise<string[]>;
  /** Which examples fit the context whole, prompt and completion. A subject that does not say takes all. */
  fits?(examples: readonly Rendered[]): Promise<boolean[]>;
  /** Teacher-forced log-probability of each example's own completion, after what is given of its turn. */
  score(examples: readonly Rendered[]): Promise<CompletionScore[]>;
}

/** Thrown by a subject that cannot do what is asked of it: the eval is left out, and the others go on. */
export class NotOffered extends UserError {
  override readonly name = 'NotOffered';
}

interface ReplyOptions {
  /** How the assistant's turn begins, for each example: another scratchpad than its own, say. */
  readonly given?: readonly string[];
  /** The whole turn, scratchpad and what was given of it included. */
  readonly whole?: boolean;
  /** Which of a prompt's sampled replies (default 0): other draws, other replies. */
  readonly draw?: number;
}

export interface SubjectParts {
  readonly model: LanguageModel;
  readonly tokenizer: ChatTokenizer;
  readonly scenario: Scenario;
  readonly rng: Rng;
  /** How the training prompts were built. */
  readonly trainedFormat: FormatFingerprint;
  /** Longest reply that is waited for, in tokens. */
  readonly maxNewTokens: number;
  /** Greedy replies of these very weights, by what was asked: what is known is not generated again, what is new is added. */
  readonly known?: Replies | undefined;
}

export type Replies = Map<string, string>;

/** @throws UserError where prompts would be built otherwise than in training, showing the first difference. */
export async function createSubject(parts: SubjectParts): Promise<Subject> {
  const { model, tokenizer, scenario, rng, trainedFormat, maxNewTokens, known = new Map() } = parts;
  const encode = (asked: readonly Asked[]): Promise<number[][]> => encodePrompts(tokenizer, asked);
  expectSameFormat(trainedFormat, await formatFingerprint(tokenizer, encode));
  // a sampled one hangs on what else was asked with it: it is of this subject alone
  const replies: Readonly<Record<Decoding, Replies>> = { greedy: known, sampled: new Map() };
  return {
    scenario,
    rng,
    async reply(examples, decoding = 'greedy', { given = [], whole = false, draw = 0 } = {}) {
      const prompts = await encode(examples.map(({ prompt }, i) => ({ prompt, given: given[i] })));
      const answers = replies[decoding];
      const keys = prompts.map((prompt) => `${draw} ${prompt.join(',')}`);
      const missing = [...keys.keys()].filter((i) => !answers.has(keys[i]!) && keys.indexOf(keys[i]!) === i);
      const stream = rng.fork(draw === 0 ? 'replies' : `replies/${draw}`);
      const completions = await model.generate(
        missing.map((i) => prompts[i]!),
        { maxNewTokens, stopId: tokenizer.endId, rng: stream, temperature: decoding === 'greedy' ? 0 : 1 },
      );
      const texts = await tokenizer.decodeBatch(completions);
      missing.forEach((i, k) => answers.set(keys[i]!, texts[k]!));
      const turns = keys.map((key, i) => (given[i] ?? '') + answers.get(key)!);
      return turns.map((turn) => (whole ? turn : scenario.reasoning.split(turn).answer).trim());
    },
    async fits(examples) {
      const encoded = await encodeExamples(tokenizer, examples);
      return encoded.map((example) => fitsContext(example, model.nPositions));
    },
    async score(examples) {
      const scores = await model.score(await encodeExamples(tokenizer, examples));
      for (const { logProb } of scores) expectFinite(logProb);
      return scores;
    },
  };
}
