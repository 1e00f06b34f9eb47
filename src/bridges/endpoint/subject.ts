import { CONTINUE, ECHO, NO_TOKENIZER } from './protocol.ts';
import { encodeExamples, encodePrompts } from '../../world/scenario/render.ts';
import { fitsContext } from '../../world/scenario/batches.ts';
import type { Scenario } from '../../world/scenario/scenario.ts';
import { NotOffered } from '../../lab/evals/subject.ts';
import type { Decoding, Subject } from '../../lab/evals/subject.ts';
import type { Turn } from '../../lib/chat.ts';
import type { Rng } from '../../lib/rng.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';
import { Refused } from './client.ts';
import { inParallel } from './parallel.ts';
import type { Offer } from './probe.ts';
import type { Said } from './protocol.ts';
import type { Wire } from './wire.ts';

export interface EndpointParts {
  readonly wire: Wire;
  readonly offer: Offer;
  readonly scenario: Scenario;
  readonly rng: Rng;
  /** The model's own, where it was given: what is sent as ids is rendered and encoded by it. */
  readonly tokenizer?: ChatTokenizer | undefined;
  /** Context of the model in tokens, where it is known. */
  readonly nPositions?: number | undefined;
  /** Longest reply that is waited for, in tokens. */
  readonly maxTokens: number;
  /** Requests at once. */
  readonly concurrency: number;
  /** Told of every reply, also of those that were kept. */
  readonly onReply?: (reply: Said) => void;
}

/**
 * A model behind an endpoint, as evals see it. Prompts go as messages and are rendered by the endpoint's own template;
 * scratchpads that are given, and completions that are scored, go as the offer says, or not at all.
 *
 * Sampled replies have a seed each, so that where the endpoint honors it they can be drawn again.
 */
export function endpointSubject(parts: EndpointParts): Subject {
  const { wire, offer, scenario, rng, tokenizer, nPositions, maxTokens, concurrency, onReply } = parts;

  const settings = (decoding: Decoding, draw: number, prompt: readonly Turn[]): Record<string, unknown> =>
    decoding === 'greedy'
      ? { temperature: 0 }
      : { temperature: 1, top_p: 1, seed: rng.fork(`replies/${draw}/${JSON.stringify(prompt)}`).int(2 ** 31) };

  async function say(prompt: readonly Turn[], given: string, sampling: Record<string, unknown>): Promise<Said> {
    const messages = prompt.map(({ role, content }) => ({ role, content }));
    const limit = { [offer.limitName]: maxTokens };
    if (given === '') return wire.chat({ messages, ...limit, ...sampling });
    const { prefill } = offer;
    if ('lacking' in prefill) throw new NotOffered(prefill.lacking);
    if (prefill.by === 'chat')
      return wire.chat({
        messages: [...messages, { role: 'assistant', content: given }],
        ...limit,
        ...sampling,
        ...CONTINUE,
      });
    const own = expectTokenizer(tokenizer);
    const [ids = []] = await encodePrompts(own, [{ prompt, given }]);
    return wire.complete({ prompt: ids, max_tokens: maxTokens, ...sampling, stop: [await own.decode([own.endId])] });
  }

  return {
    scenario,
    rng,
    async reply(examples, decoding = 'greedy', { given = [], whole = false, draw = 0 } = {}) {
      const turns = await offered(() =>
        inParallel(examples, concurrency, async ({ prompt }, i) => {
          const reply = await say(prompt, given[i] ?? '', settings(decoding, draw, prompt));
          onReply?.(reply);
          return (given[i] ?? '') + reply.text;
        }),
      );
      return turns.map((turn) => (whole ? turn : scenario.reasoning.split(turn).answer).trim());
    },
    async score(examples) {
      if ('lacking' in offer.scores) throw new NotOffered(offer.scores.lacking);
      const encoded = await encodeExamples(expectTokenizer(tokenizer), examples);
      return offered(() =>
        inParallel(encoded, concurrency, async ({ ids, promptLength }) => {
          const { logProbs = [] } = await wire.complete({ prompt: ids, ...ECHO });
          const own = logProbs.slice(promptLength, ids.length);
          if (own.length < ids.length - promptLength || own.includes(null))
            throw new NotOffered(
              `the endpoint gave ${own.length} log-probabilities of ${ids.length - promptLength} tokens`,
            );
          return { logProb: own.reduce<number>((sum, x) => sum + (x ?? 0), 0), tokens: own.length };
        }),
      );
    },
    ...(tokenizer &&
      nPositions !== undefined && {
        async fits(examples) {
          return (await encodeExamples(tokenizer, examples)).map((example) => fitsContext(example, nPositions));
        },
      }),
  };
}

/** What the endpoint refuses, it does not offer; whatever else goes wrong is an error. */
async function offered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Refused ? new NotOffered(error.message) : error;
  }
}

function expectTokenizer(tokenizer: ChatTokenizer | undefined): ChatTokenizer {
  if (!tokenizer) throw new NotOffered(NO_TOKENIZER);
  return tokenizer;
}
