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

/** The last turn is not closed but goes on (vLLM's and Hugging Face's words for it). */
export const CONTINUE = { add_generation_prompt: false, continue_final_message: true } as const;

/** The prompt's own log-probabilities come back with one token more, which is thrown away: not every server generates none. */
export const ECHO = { max_tokens: 1, temperature: 0, echo: true, logprobs: 1 } as const;

/** Why what needs token ids cannot be done. */
export const NO_TOKENIZER =
  "needs the model's own tokenizer: add --tokenizer DIR, a folder with its tokenizer.json and tokenizer_config.json";
