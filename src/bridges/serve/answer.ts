import { createRng } from '../../lib/rng.ts';
import type { Generator } from '../../nn/models/generate.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';
import { ApiError, apiError } from './api-error.ts';
import { eventStream } from './event-stream.ts';
import { answerChunks, wholeAnswer } from './forms.ts';
import type { Form } from './forms.ts';
import { createInFlight } from './in-flight.ts';
import type { Limits } from './limits.ts';
import { createQueue } from './queue.ts';
import type { Queue } from './queue.ts';
import type { SharedRequest } from './requests.ts';
import { rowMaker } from './rows.ts';
import type { Plan, RowMaker } from './rows.ts';
import { tokenNames } from './token-text.ts';

/** What is served, and under which name. */
export interface Served {
  readonly name: string;
  readonly generator: Generator;
  readonly tokenizer: ChatTokenizer;
}

export interface AnswerOptions {
  readonly limits: Limits;
  /** Of requests that give none. */
  readonly seed: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told of what is nobody's mistake but ours. */
  readonly onFailure: (error: unknown) => void;
}

export interface Answerer {
  readonly makeRows: RowMaker;
  readonly load: Queue['size'];
  /** What was planned, written: as one object, or as a stream of events. `client` is aborted when nobody listens any more. */
  answer(form: Form, request: SharedRequest, plan: Plan, client: AbortSignal): Promise<Response>;
  /** Bytes that a request of so many prompts has room for: what its texts may come to, and no more. */
  bodyBytes(prompts: number): number;
  /** @throws ApiError 404 for another model than the one that is here. */
  expectModel(asked: string): void;
  /** What a client is told of an error; of one that is ours, the server's terminal is told all. */
  explain(error: unknown): ApiError;
  /** Ends everything that is being answered. */
  abort(): void;
}

/** Of everything in a request but its prompts, stop strings first. */
const SETTINGS_BYTES = 2 ** 17;
/** A character as JSON may write it. */
const ESCAPED_BYTES = 6;

export async function createAnswerer(
  { name, generator, tokenizer }: Served,
  { limits, seed, now, onFailure }: AnswerOptions,
): Promise<Answerer> {
  const names = await tokenNames(tokenizer, generator.model.vocabSize);
  const longestToken = names.reduce((longest, { length }) => Math.max(longest, length), 1);
  const { nPositions, vocabSize } = generator.model;
  const queue = createQueue(generator, { tokenizer, names }, limits);
  const inFlight = createInFlight(limits.answerMs);
  const draws = createRng(seed);
  const started = now();
  let requests = 0;

  function expectModel(asked: string): void {
    if (asked !== name)
      throw new ApiError(404, `no such model: ${asked.slice(0, 80)}; this server has ${name}`, {
        ...{ param: 'model', code: 'model_not_found' },
      });
  }

  function explain(error: unknown): ApiError {
    const told = apiError(error);
    if (told.status === 500) onFailure(error);
    return told;
  }

  return {
    makeRows: rowMaker({ nPositions, vocabSize, longestToken }, limits, () => draws.fork(requests)),
    bodyBytes: (prompts) =>
      Math.min(limits.bodyBytes, SETTINGS_BYTES + prompts * nPositions * ESCAPED_BYTES * longestToken),
    load: () => queue.size(),
    expectModel,
    explain,
    abort: inFlight.abortAll,
    async answer(form, request, { choices, rows: makeRows }, client) {
      const id = `${form.prefix}-${started.toString(36)}-${++requests}`;
      const head = { id, created: Math.floor(now() / 1000), model: name };
      const { signal, end } = inFlight.start(client);
      try {
        const rows = await queue.admit(choices, makeRows, signal);
        const pieces = queue.write(rows, signal);
        if (!request.stream) return Response.json(await wholeAnswer(form, head, rows, pieces).finally(end));
        const chunks = answerChunks(form, head, rows, pieces, request.stream_options?.include_usage ?? false);
        return eventStream(chunks, explain, end);
      } catch (error) {
        end();
        throw error;
      }
    },
  };
}
