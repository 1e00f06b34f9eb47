import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { ApiError } from './api-error.ts';

/*
 * The two requests of OpenAI's API, as its reference writes them. A field that would change the answer and is not supported is
 * refused unless it asks for nothing; one that cannot change the answer is ignored; an unknown one is refused, since it may be a typo.
 */

/** A field that is not supported, where it asks for what happens anyway. */
const only = (...values: readonly unknown[]): z.ZodType =>
  z
    .unknown()
    .refine(
      (value) => value === null || value === undefined || values.some((allowed) => isDeepStrictEqual(value, allowed)),
      {
        error: `not supported here; leave it out${values.length > 0 ? ` or give ${JSON.stringify(values[0])}` : ''}`,
      },
    )
    .optional();
/** A field that may be left out, or null. */
const maybe = <T>(schema: z.ZodType<T>): z.ZodType<T | undefined> =>
  schema.nullish().transform((value) => value ?? undefined);
const ignored = z.unknown().optional();

/** A list that is counted before its items are looked at: a million wrong items are one error. */
const upTo = <T>(most: number, item: z.ZodType<T>): z.ZodType<T[]> =>
  z
    .custom<unknown[]>((value) => Array.isArray(value) && value.length <= most, `expected a list of at most ${most}`)
    .pipe(z.array(item)) as unknown as z.ZodType<T[]>;

const oneStop = z.string().min(1).max(1000);

const shared = {
  model: maybe(z.string()),
  n: maybe(z.int().min(1)),
  seed: maybe(z.int()),
  stop: maybe(
    z.union(
      [oneStop.transform((text) => [text]), upTo(16, oneStop)],
      'expected a string, or a list of at most 16, none empty',
    ),
  ),
  stream: maybe(z.boolean()),
  stream_options: maybe(z.object({ include_usage: maybe(z.boolean()) })),
  temperature: maybe(z.number().min(0).max(2)),
  top_p: maybe(z.number().min(0).max(1)),
  top_k: maybe(z.int().min(-1)),
  frequency_penalty: only(0),
  presence_penalty: only(0),
  logit_bias: only({}),
  user: ignored,
};

const textParts = upTo(64, z.object({ type: z.literal('text'), text: z.string() })).transform((parts) =>
  parts.map(({ text }) => text).join(''),
);

const message = z.strictObject({
  role: z
    .enum(['system', 'developer', 'user', 'assistant'])
    .transform((role) => (role === 'developer' ? 'system' : role)),
  content: z.union([z.string(), textParts], 'expected text, or a list of {"type": "text", "text": ...}'),
  name: ignored,
  refusal: only(),
  annotations: only([]),
  audio: only(),
  function_call: only(),
  tool_calls: only([]),
  reasoning_content: only(''),
});

const chat = z.strictObject({
  ...shared,
  messages: upTo(1024, message).refine(({ length }) => length > 0, 'expected one message at least'),
  max_tokens: maybe(z.int().min(1)),
  max_completion_tokens: maybe(z.int().min(1)),
  logprobs: maybe(z.boolean()),
  top_logprobs: maybe(z.int().min(0).max(20)),
  // of vLLM: the last message is the assistant's, and the reply goes on from it
  continue_final_message: maybe(z.boolean()),
  add_generation_prompt: ignored,
  response_format: only({ type: 'text' }),
  tools: only([]),
  tool_choice: only('none', 'auto'),
  functions: only([]),
  function_call: only('none', 'auto'),
  modalities: only(['text']),
  audio: only(),
  prediction: only(),
  web_search_options: only(),
  parallel_tool_calls: ignored,
  metadata: ignored,
  store: ignored,
  service_tier: ignored,
  safety_identifier: ignored,
  prompt_cache_key: ignored,
});

const isIds = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((id) => Number.isInteger(id) && id >= 0);

/** Looked at by hand: text or token ids, one or many, and a list may be long. */
const prompts = z.unknown().transform((value, context): (string | number[])[] => {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.length > 0) {
    if (isIds(value)) return [value];
    if (value.every((one) => typeof one === 'string') || value.every(isIds)) return value as string[] | number[][];
  }
  context.addIssue('expected text, a list of texts, a list of token ids, or a list of such lists');
  return z.NEVER;
});

const completion = z.strictObject({
  ...shared,
  prompt: prompts,
  max_tokens: maybe(z.int().min(0)),
  logprobs: maybe(z.int().min(0).max(20)),
  echo: maybe(z.boolean()),
  best_of: only(1),
  suffix: only(''),
});

export type SharedRequest = Pick<z.output<typeof chat>, keyof typeof shared>;
export type ChatRequest = z.output<typeof chat>;
export type CompletionRequest = z.output<typeof completion>;

export const parseChat = (body: unknown): ChatRequest => parse(chat, body);
export const parseCompletion = (body: unknown): CompletionRequest => parse(completion, body);

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const { data, error } = schema.safeParse(body);
  if (!error) return data;
  const [issue] = error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const key = clip([...issue.path, issue.keys[0]!].join('.'));
    throw new ApiError(400, `unrecognized request argument: ${key}`, { param: key, code: 'unknown_parameter' });
  }
  const param = clip(issue?.path.join('.') ?? '');
  const message = `${param || 'the body'}: ${issue?.message ?? 'not understood'}`;
  throw new ApiError(400, message, { ...(param && { param }), code: 'invalid_value' });
}

const clip = (text: string): string => text.slice(0, 80);
