import { encodePrompts } from '../../world/scenario/render.ts';
import { UserError } from '../../lib/errors.ts';
import { nearest } from '../../lib/table.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';
import type { Address } from './address.ts';
import { Refused } from './client.ts';
import type { Client } from './client.ts';
import type { Clock } from './clock.ts';
import { chatCompletion, completion, modelList, PATHS, CONTINUE, ECHO, NO_TOKENIZER } from './protocol.ts';
import type { Said } from './protocol.ts';

/** What an endpoint can do of what evals ask, found out by asking it. */
export interface Offer {
  readonly model: string;
  /** What the limit of a reply is called: newer hosted models refuse the older name. */
  readonly limitName: 'max_tokens' | 'max_completion_tokens';
  /** Context in tokens, where the endpoint says it. */
  readonly nPositions?: number;
  /** How a reply is continued whose beginning is given. */
  readonly prefill: { readonly by: 'completions' | 'chat' } | Lacking;
  /** How a given completion is scored. */
  readonly scores: { readonly by: 'echo' } | Lacking;
  /** Of one short reply, asked alone. */
  readonly ms: number;
  /** What a reader of the numbers should know. */
  readonly notes: readonly string[];
}

interface Lacking {
  /** Why it cannot be done, and what would help. */
  readonly lacking: string;
}

const QUESTION = [{ role: 'user', content: 'What is 12 + 30?' }] as const;
const GIVEN = 'Let me think about that. It is';
/** Somebody is waiting to hear that the address is wrong. */
const FEW = 1;

export interface ProbeOptions {
  readonly client: Client;
  readonly address: Address;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly tokenizer?: ChatTokenizer | undefined;
  readonly maxTokens: number;
  readonly clock: Clock;
}

/** Half a dozen requests. @throws UserError where no chat completion comes back, saying why. */
export async function probe(options: ProbeOptions): Promise<Offer> {
  const { client, address, extra, tokenizer, maxTokens, clock } = options;
  const { id: model, max_model_len: nPositions, hint = '' } = await findModel(client, address);
  const chat = (body: object) =>
    client.post(PATHS.chat, { model, temperature: 0, ...body, ...extra }, chatCompletion, FEW);
  const complete = (body: object) => client.post(PATHS.complete, { model, ...body, ...extra }, completion, FEW);

  const { limitName, promptTokens, ms } = await firstReply();
  const ids = tokenizer && (await encodePrompts(tokenizer, [{ prompt: QUESTION }]))[0];
  const scores = await (ids ? echoes(ids) : { lacking: `scoring a given text ${NO_TOKENIZER}` });
  const continues = ids && (await completes(ids));
  return {
    ...{ model, limitName, ms, scores },
    ...(typeof nPositions === 'number' && { nPositions }),
    prefill: continues === true ? { by: 'completions' } : await prefills(continues),
    notes: formatNotes(),
  };

  async function firstReply() {
    const ask = async (name: Offer['limitName']) => {
      const begin = clock.now();
      const { promptTokens: counted } = await chat({ messages: QUESTION, [name]: maxTokens });
      return { limitName: name, promptTokens: counted, ms: clock.now() - begin };
    };
    try {
      return await ask('max_tokens');
    } catch (error) {
      if (error instanceof Refused && error.message.includes('max_completion_tokens'))
        return ask('max_completion_tokens');
      if (!(error instanceof Refused)) throw error;
      const where = error.status === 404 ? '; does the URL end as in http://HOST/v1?' : '';
      throw new UserError(`${error.message}${hint}${where}`);
    }
  }

  /** Log-probabilities of a prompt given as ids: one for each, but for the first. */
  async function echoes(prompt: readonly number[]): Promise<Offer['scores']> {
    const answer = await refusable(complete({ prompt, ...ECHO }));
    if (typeof answer === 'string') return { lacking: `no log-probabilities of a given text: ${answer}` };
    const { logProbs = [] } = answer;
    const own = logProbs.slice(1, prompt.length);
    const isWhole = logProbs[0] === null && own.length === prompt.length - 1 && !own.includes(null);
    // with the one token that comes after it, or without
    if (isWhole && logProbs.length - prompt.length <= 1) return { by: 'echo' };
    return {
      lacking:
        `no log-probabilities of a given text: of a prompt of ${prompt.length} tokens, ` +
        `${PATHS.complete} with echo and logprobs gives ${logProbs.length} (vLLM and dormouse serve give one for each)`,
    };
  }

  /** True, or why a prompt given as ids is not continued. */
  async function completes(prompt: readonly number[]): Promise<true | string> {
    const answer = await refusable(complete({ prompt, temperature: 0, max_tokens: 1 }));
    if (typeof answer === 'string') return answer;
    if (answer.promptTokens === undefined || answer.promptTokens === prompt.length) return true;
    return `${PATHS.complete} counts ${answer.promptTokens} tokens of ${prompt.length} that were given`;
  }

  /**
   * Does the endpoint go on with an assistant turn where it is told to? One that does not know the words lets them be and opens
   * another turn, without a word: it is told by its count, which is smaller where the turn was left open.
   */
  async function prefills(completions: string | undefined): Promise<Offer['prefill']> {
    const messages = [...QUESTION, { role: 'assistant', content: GIVEN }];
    const limit = { [limitName]: 1 };
    const open = await refusable(chat({ messages, ...limit, ...CONTINUE }));
    const closed = typeof open === 'string' ? open : await refusable(chat({ messages, ...limit }));
    // some refuse an assistant's turn at the end that is not to be continued: they tell the two apart, too
    const differ = typeof closed === 'string' || (typeof open !== 'string' && isFewer(open, closed));
    if (typeof open !== 'string' && differ) return { by: 'chat' };
    const why = typeof open === 'string' ? open : 'it does not honor continue_final_message';
    return {
      lacking:
        `the endpoint does not continue a reply that was begun (${why}), ` +
        (completions === undefined
          ? `and without that it ${NO_TOKENIZER}`
          : `nor a prompt given as ids (${completions})`),
    };
  }

  function formatNotes(): string[] {
    if (!ids || promptTokens === undefined || promptTokens === ids.length) return [];
    return [
      `the endpoint builds a prompt of ${promptTokens} tokens where the tokenizer and its template make ${ids.length}: ` +
        'what it reads is not what --tokenizer says; check its chat template',
    ];
  }
}

const isFewer = (a: Said, b: Said): boolean =>
  a.promptTokens !== undefined && b.promptTokens !== undefined && a.promptTokens < b.promptTokens;

interface Model {
  readonly id: string;
  readonly max_model_len?: number | null | undefined;
  /** For the case that it is not there after all. */
  readonly hint?: string;
}

/**
 * The model asked for, or the only one there. One that is not in the list is tried all the same: there are lists without
 * aliases, and lists of what is loaded already.
 */
async function findModel(client: Client, { url, model }: Address): Promise<Model> {
  const list = await refusable(client.get(PATHS.models, modelList, FEW));
  if (typeof list === 'string') {
    if (model !== undefined) return { id: model };
    throw new UserError(`which model? ${url} has no list of them (${list}); write openai:${url}#MODEL`, 2);
  }
  const ids = list.data.map(({ id }) => id);
  const found = list.data.find(({ id }) => (model === undefined ? ids.length === 1 : id === model));
  if (found) return found;
  const shown = ids.slice(0, 10).join(', ') + (ids.length > 10 ? `, ... (${ids.length} in all)` : '');
  if (model === undefined)
    throw new UserError(`which model? write openai:${url}#MODEL; there are ${shown || 'none'}`, 2);
  const near = nearest(model, ids);
  return {
    id: model,
    hint: `; ${near === undefined ? '' : `did you mean ${near}? `}${url} lists ${shown || 'no model'}`,
  };
}

/** The answer, or what the endpoint says against it. */
async function refusable<T>(answer: Promise<T>): Promise<T | string> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}
