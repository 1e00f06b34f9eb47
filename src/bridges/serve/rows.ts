import { encodePrompts } from '../../world/scenario/render.ts';
import type { Turn } from '../../lib/chat.ts';
import { createRng } from '../../lib/rng.ts';
import type { Rng } from '../../lib/rng.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';
import { ApiError } from './api-error.ts';
import type { Limits } from './limits.ts';
import type { ChatRequest, CompletionRequest, SharedRequest } from './requests.ts';
import type { Row } from './writer.ts';
import { defined } from '../../lib/defined.ts';

export interface Sizes {
  readonly nPositions: number;
  readonly vocabSize: number;
  /** Characters of the longest token: no prompt has fewer tokens than its length divided by this. */
  readonly longestToken: number;
}

/** A request whose choices are counted, and whose prompts may fit the context. */
export interface Plan {
  readonly choices: number;
  /** @throws ApiError where a prompt does not fit after all. */
  readonly rows: () => Promise<Row[]>;
}

interface Asked {
  readonly prompts: readonly (readonly number[])[];
  readonly maxTokens: number;
  readonly topLogProbs?: number;
  readonly echo: boolean;
}

/** A chat as the one choice or `n` choices it asks for: rendered as in training, by the same function. */
export function chatRows(request: ChatRequest, tokenizer: ChatTokenizer, make: RowMaker): Plan {
  const { messages, max_tokens: old, max_completion_tokens: most, logprobs, top_logprobs: top } = request;
  if (top !== undefined && !logprobs)
    throw new ApiError(400, 'top_logprobs: needs "logprobs": true', { param: 'top_logprobs', code: 'invalid_value' });
  const { turns, given } = splitTurns(messages, request.continue_final_message ?? false);
  const text = turns.map(({ content }) => content).join('') + (given ?? '');
  return make(request, [text], async () => ({
    prompts: await encodePrompts(tokenizer, [{ prompt: turns, given }]),
    maxTokens: most ?? old ?? Infinity,
    ...(logprobs && { topLogProbs: top ?? 0 }),
    echo: false,
  }));
}

/** The turns before the reply, and what is given of it. */
function splitTurns(messages: readonly Turn[], goesOn: boolean): { turns: readonly Turn[]; given?: string } {
  const last = messages.at(-1)!;
  if (goesOn === (last.role === 'assistant'))
    return goesOn ? { turns: messages.slice(0, -1), given: last.content } : { turns: messages };
  const message = goesOn
    ? 'messages: the last one is not the assistant’s; leave continue_final_message out'
    : 'messages: the last one is the assistant’s; end with a user message, or set "continue_final_message": true to have it continued';
  throw new ApiError(400, message, { param: 'messages', code: 'invalid_value' });
}

/** Choices of a text completion: ids as they are, text as the tokenizer begins one, special tokens in it included. */
export function completionRows(request: CompletionRequest, tokenizer: ChatTokenizer, make: RowMaker): Plan {
  const { prompt, max_tokens: most, logprobs, echo } = request;
  return make(request, prompt, async () => ({
    prompts: await Promise.all(prompt.map(async (one) => (typeof one === 'string' ? tokenizer.encodeText(one) : one))),
    maxTokens: most ?? 16,
    ...defined({ topLogProbs: logprobs }),
    echo: echo ?? false,
  }));
}

/** @throws ApiError for too many choices, and for a prompt that cannot fit the context, before anything is made of it. */
export type RowMaker = (
  request: SharedRequest,
  prompts: readonly (string | readonly number[])[],
  encode: () => Promise<Asked>,
) => Plan;

/**
 * What all choices of a request have in common. Choice `k` of every prompt draws from the seed's stream `k`, so that it does not
 * depend on the prompts beside it; without a seed every choice has a stream of its own.
 */
export function rowMaker(
  { nPositions, vocabSize, longestToken }: Sizes,
  limits: Limits,
  unseeded: () => Rng,
): RowMaker {
  const rowsOf = (request: SharedRequest, { prompts, maxTokens, topLogProbs, echo }: Asked): Row[] => {
    const { n = 1, seed, stop, temperature, top_p: topP, top_k: topK } = request;
    const sampling = { temperature: temperature ?? 1, topP: topP ?? 1, topK: Math.max(0, topK ?? 0) };
    const rng = seed === undefined ? unseeded() : createRng(seed);
    return prompts.flatMap((prompt, p) => {
      const room = nPositions - prompt.length;
      if (prompt.length === 0 || room < Math.min(1, maxTokens)) throw badLength(prompt.length, nPositions);
      const foreign = prompt.find((id) => id >= vocabSize);
      if (foreign !== undefined)
        throw new ApiError(400, `prompt: there is no token ${foreign}; ids go from 0 to ${vocabSize - 1}`, {
          param: 'prompt',
          code: 'invalid_value',
        });
      return Array.from({ length: n }, (_, k): Row => {
        const stream = seed === undefined ? rng.fork(p * n + k) : rng.fork(k);
        const common = { prompt, sampling, stop: stop ?? [], echo, maxTokens: Math.min(maxTokens, room) };
        return { ...common, rng: stream, ...defined({ topLogProbs }) };
      });
    });
  };
  return (request, prompts, encode) => {
    const { n = 1 } = request;
    if (prompts.length * n > limits.choices)
      throw new ApiError(
        400,
        `${prompts.length} prompts times n = ${n} are too many: at most ${limits.choices} at once`,
        { param: 'n', code: 'too_many_choices' },
      );
    for (const prompt of prompts) {
      const tokens = typeof prompt === 'string' ? Math.ceil(prompt.length / longestToken) : prompt.length;
      if (tokens > nPositions) throw badLength(tokens, nPositions);
    }
    return { choices: prompts.length * n, rows: async () => rowsOf(request, await encode()) };
  };
}

const badLength = (tokens: number, nPositions: number): ApiError =>
  tokens === 0
    ? new ApiError(400, 'the prompt is empty; the model needs one token at least', { code: 'invalid_value' })
    : new ApiError(
        400,
        `the prompt has ${tokens} tokens or more, and this model's maximum context length is ${nPositions} tokens, reply included; shorten it`,
        { code: 'context_length_exceeded' },
      );
