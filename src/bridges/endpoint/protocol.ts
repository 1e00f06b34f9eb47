import { z } from 'zod';

/** OpenAI's chat completions, completions and list of models, as far as they are used here; other fields are let be. */

const usage = z.object({ prompt_tokens: z.int().nullish() }).nullish();

/** A reply, by either way. */
export interface Said {
  readonly text: string;
  /** `stop`, `length`, `content_filter`, ...; '' where the endpoint does not say. */
  readonly finish: string;
  /** Tokens of the prompt as the endpoint counts them. */
  readonly promptTokens?: number;
}

/** A completion: with `echo` and `logprobs`, also log p of every token given what is before it (null: the first has nothing before it). */
export interface Completed extends Said {
  readonly logProbs?: readonly (number | null)[];
}

const said = (text: string, finish: string | null | undefined, used: z.output<typeof usage>): Said => ({
  text,
  finish: finish ?? '',
  ...(typeof used?.prompt_tokens === 'number' && { promptTokens: used.prompt_tokens }),
});

const chatChoice = z.object({
  message: z.object({ content: z.string().nullish() }),
  finish_reason: z.string().nullish(),
});
export const chatCompletion = z
  .object({ choices: z.array(chatChoice).min(1), usage })
  .transform(({ choices: [first], usage: used }): Said =>
    said(first?.message.content ?? '', first?.finish_reason, used),
  );

/** Rounding may put the log-probability of what is certain a little above 0. */
const logProb = z.number().max(1e-3, 'a log-probability above 0').nullable();

const textChoice = z.object({
  text: z.string(),
  finish_reason: z.string().nullish(),
  logprobs: z.object({ token_logprobs: z.array(logProb).nullish() }).nullish(),
});
export const completion = z
  .object({ choices: z.array(textChoice).min(1), usage })
  .transform(({ choices: [first], usage: used }): Completed => {
    const logProbs = first?.logprobs?.token_logprobs;
    return { ...said(first?.text ?? '', first?.finish_reason, used), ...(logProbs && { logProbs }) };
  });

/** `max_model_len`: the context in tokens, where the server says it (vLLM's name for it). */
export const modelList = z.object({
  data: z.array(z.object({ id: z.string(), max_model_len: z.int().positive().nullish() })),
});

/** Where each is asked, under the endpoint's URL. */
export const PATHS = { chat: '/chat/completions', complete: '/completions', models: '/models' } as const;
