import { requestKey } from './answers.ts';
import type { Answers } from './answers.ts';
import type { Client } from './client.ts';
import { chatCompletion, completion, PATHS } from './protocol.ts';
import type { Completed, Said } from './protocol.ts';

/** How a subject asks. Equal requests are one. */
export interface Wire {
  chat(body: ChatBody): Promise<Said>;
  complete(body: CompletionBody): Promise<Completed>;
}

interface ChatBody {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly [setting: string]: unknown;
}

interface CompletionBody {
  /** Ids: what the model reads, token for token. */
  readonly prompt: readonly number[];
  readonly [setting: string]: unknown;
}

export interface WireOptions {
  readonly url: string;
  readonly model: string;
  /** Put into every request. */
  readonly extra: Readonly<Record<string, unknown>>;
  readonly answers: Answers;
}

/** Asks the endpoint what was not answered before. */
export function createWire(client: Client, options: WireOptions, onAnswer: () => void): Wire {
  const { url, model, extra, answers } = options;
  const underway = new Map<string, Promise<unknown>>();
  const ask = <T>(path: string, body: object, fetched: (whole: object) => Promise<T>): Promise<T> => {
    const whole = { model, ...body, ...extra };
    const key = requestKey(url + path, whole);
    if (answers.has(key)) return Promise.resolve(answers.get(key) as T);
    let answer = underway.get(key) as Promise<T> | undefined;
    if (!answer) {
      answer = fetched(whole).then((said) => {
        answers.put(key, said);
        onAnswer();
        return said;
      });
      underway.set(key, answer);
      const done = (): boolean => underway.delete(key);
      answer.then(done, done);
    }
    return answer;
  };
  return {
    chat: (body) => ask(PATHS.chat, body, (whole) => client.post(PATHS.chat, whole, chatCompletion)),
    complete: (body) => ask(PATHS.complete, body, (whole) => client.post(PATHS.complete, whole, completion)),
  };
}

/** What is to be asked, counted before it is. */
export interface Load {
  /** Different requests, and how many of them are answered already. */
  readonly requests: number;
  readonly answered: number;
  /** Of what is left: about so many, four characters each where no tokenizer counts them. */
  readonly promptTokens: number;
  /** At most. */
  readonly completionTokens: number;
}

const CHARACTERS = 4;
/** What a chat template adds to a turn, about. */
const TURN_TOKENS = 4;

/** A wire that asks nobody, says nothing, and counts what it was asked. */
export function rehearse({ url, model, extra, answers }: WireOptions, maxTokens: number): { wire: Wire; load(): Load } {
  const seen = new Set<string>();
  let [answered, promptTokens, completionTokens] = [0, 0, 0];
  const count = (path: string, body: object, prompt: number, longest: number): void => {
    const key = requestKey(url + path, { model, ...body, ...extra });
    if (seen.has(key)) return;
    seen.add(key);
    if (answers.has(key)) answered++;
    else [promptTokens, completionTokens] = [promptTokens + prompt, completionTokens + longest];
  };
  const wire: Wire = {
    async chat(body) {
      const tokens = body.messages.map(({ content }) => TURN_TOKENS + Math.ceil(content.length / CHARACTERS));
      count(PATHS.chat, body, tokens.reduce((a, b) => a + b, 0), maxTokens); // prettier-ignore
      return { text: '', finish: 'stop' };
    },
    async complete(body) {
      count(PATHS.complete, body, body.prompt.length, body.echo === true ? 1 : maxTokens);
      return { text: '', finish: 'stop', logProbs: [null, ...body.prompt.map(() => 0)] };
    },
  };
  return { wire, load: () => ({ requests: seen.size, answered, promptTokens, completionTokens }) };
}
