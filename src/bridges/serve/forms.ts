import type { Written } from './queue.ts';
import type { FinishReason, Row, WrittenToken } from './writer.ts';

/** What every object of one answer begins with. */
export interface Head {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

/** One choice, whole. */
interface Choice {
  readonly text: string;
  readonly tokens: readonly WrittenToken[];
  readonly finish: FinishReason;
  readonly written: number;
}

/** How one of the two APIs writes its answers down. */
export interface Form {
  readonly prefix: string;
  readonly object: string;
  readonly chunkObject: string;
  /** The first thing that a stream says of every choice, if anything. */
  readonly opening?: (index: number) => object;
  choice(index: number, choice: Choice, hasLogProbs: boolean): object;
  /** One or two: OpenAI says how a chat ended in a chunk of its own. */
  chunks(written: Written, hasLogProbs: boolean): object[];
}

const chatTokens = (tokens: readonly WrittenToken[]): object => ({
  content: tokens.map(({ name, logProb, top }) => ({
    ...spelled(name, logProb),
    top_logprobs: top.map((token) => spelled(token.name, token.logProb)),
  })),
  refusal: null,
});
const spelled = (name: string, logProb: number | null): object => ({
  token: name,
  logprob: logProb,
  bytes: name.startsWith('token_id:') ? null : [...Buffer.from(name)],
});

export const chatForm: Form = {
  prefix: 'chatcmpl',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  opening: (index) => ({ index, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }),
  choice: (index, { text, tokens, finish }, hasLogProbs) => ({
    index,
    message: { role: 'assistant', content: text, refusal: null },
    logprobs: hasLogProbs ? chatTokens(tokens) : null,
    finish_reason: finish,
  }),
  chunks: ({ choice: index, text, tokens, finish }, hasLogProbs) => [
    ...(text === '' && tokens.length === 0
      ? []
      : [{ index, delta: { content: text }, logprobs: hasLogProbs ? chatTokens(tokens) : null, finish_reason: null }]),
    ...(finish ? [{ index, delta: {}, logprobs: null, finish_reason: finish.reason }] : []),
  ],
};

const completionTokens = (tokens: readonly WrittenToken[]): object => ({
  tokens: tokens.map(({ name }) => name),
  token_logprobs: tokens.map(({ logProb }) => logProb),
  // the likeliest and, where it is not among them, the token itself
  top_logprobs: tokens.map(({ name, logProb, top }) =>
    logProb === null
      ? null
      : Object.fromEntries([[name, logProb], ...top.toReversed().map((token) => [token.name, token.logProb])]),
  ),
  text_offset: tokens.map(({ offset }) => offset),
});

export const completionForm: Form = {
  prefix: 'cmpl',
  object: 'text_completion',
  chunkObject: 'text_completion',
  choice: (index, { text, tokens, finish }, hasLogProbs) => ({
    index,
    text,
    logprobs: hasLogProbs ? completionTokens(tokens) : null,
    finish_reason: finish,
  }),
  chunks: ({ choice: index, text, tokens, finish }, hasLogProbs) => [
    { index, text, logprobs: hasLogProbs ? completionTokens(tokens) : null, finish_reason: finish?.reason ?? null },
  ],
};

/** Everything a request asked for, as one object. */
export async function wholeAnswer(
  form: Form,
  head: Head,
  rows: readonly Row[],
  pieces: AsyncIterable<Written>,
): Promise<object> {
  const choices = rows.map((): Choice => ({ text: '', tokens: [], finish: 'length', written: 0 }));
  for await (const { choice, text, tokens, finish } of pieces) {
    const before = choices[choice]!;
    choices[choice] = {
      text: before.text + text,
      tokens: [...before.tokens, ...tokens],
      finish: finish?.reason ?? before.finish,
      written: finish?.tokens ?? 0,
    };
  }
  return {
    ...{ id: head.id, object: form.object, created: head.created, model: head.model },
    choices: choices.map((choice, index) => form.choice(index, choice, hasLogProbs(rows))),
    usage: usageOf(rows, choices),
  };
}

/** The same in parts, as they come. */
export async function* answerChunks(
  form: Form,
  head: Head,
  rows: readonly Row[],
  pieces: AsyncIterable<Written>,
  includeUsage: boolean,
): AsyncGenerator<object> {
  const chunk = (choices: readonly object[], usage: object | null = null): object => ({
    ...{ id: head.id, object: form.chunkObject, created: head.created, model: head.model, choices },
    ...(includeUsage && { usage }),
  });
  if (form.opening) for (const index of rows.keys()) yield chunk([form.opening(index)]);
  const counts: { written: number }[] = [];
  for await (const written of pieces) {
    if (written.finish) counts.push({ written: written.finish.tokens });
    for (const choice of form.chunks(written, hasLogProbs(rows))) yield chunk([choice]);
  }
  if (includeUsage) yield chunk([], usageOf(rows, counts));
}

const hasLogProbs = ([row]: readonly Row[]): boolean => row?.topLogProbs !== undefined;

/** A prompt counts once, however many choices it has; they share its list of ids. */
function usageOf(rows: readonly Row[], choices: readonly { written: number }[]): object {
  const prompt_tokens = [...new Set(rows.map(({ prompt }) => prompt))].reduce((sum, { length }) => sum + length, 0);
  const completion_tokens = choices.reduce((sum, { written }) => sum + written, 0);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}
