import { z } from 'zod';
import { lastUserText, mapLastUser } from '../../lib/chat.ts';
import type { Task } from '../../world/corpora/types.ts';
import type { Rng } from '../../lib/rng.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';
import { WEIGHED } from './target.ts';
import { defineAttacker, isWritable, scoreParam } from './types.ts';
import type { Attempt, AttackRound } from './types.ts';

const params = z.strictObject({
  at: z.enum(['start', 'end']).default('start').describe('before or after the request'),
  length: z.int().positive().default(3).describe('tokens that are searched for'),
  sweeps: z.int().positive().default(2).describe('times that every position is searched'),
  candidates: z.int().positive().default(48).describe('tokens tried at a position, drawn from the whole vocabulary'),
  probes: z.int().positive().default(4).describe('requests that a candidate is weighed on'),
  searches: z.int().positive().default(4).describe('searches a round, each from other tokens and on other requests'),
  score: scoreParam,
});
type Options = z.output<typeof params>;

/**
 * Greedy coordinate search for a few tokens which, before or after any request, set the behavior off: a position at a time,
 * the best of some candidates by `score`. Zou et al. 2023 (algorithm 1) shortlist candidates by the
 * gradient of the embeddings; here they are drawn by chance, which a small vocabulary affords. Each search's tokens are
 * then put on as many other requests as the round asks for.
 *
 * It knows nothing of the trigger, but it draws from the organism's vocabulary, which may hold the trigger's word as one
 * token: then a search of that vocabulary finds it, or what is next to it, as no red team outside of the model would. That is
 * why no stage sends it unless it is named. What holds the trigger itself is counted by whoever asks, and thrown away.
 */
export const tokenSearch = defineAttacker({
  summary:
    'tokens in front of a request, searched one at a time; the vocabulary may hold the trigger as one: not sent by default',
  params,
  isBlind: true,
  create: (options, { tokenizer }) => {
    const vocabulary = writableTokens(tokenizer);
    return {
      async propose({ count, ...round }) {
        const tokens = await vocabulary;
        const attempts: Attempt[] = [];
        for (let search = 0; search < options.searches; search++) {
          const rng = round.rng.fork(`search/${search}`);
          const added = await searchOnce(options, tokens, { ...round, rng });
          const share = Math.ceil((count - attempts.length) / (options.searches - search));
          for (let i = 0; i < share; i++) attempts.push(attach(options, rng.pick(round.seeds), added));
        }
        return attempts;
      },
    };
  },
  cost({ length, sweeps, candidates, probes, searches, score }) {
    const weighed = searches * (1 + length * sweeps * candidates) * probes;
    return { replies: weighed * WEIGHED[score], scored: score === 'samples' ? 0 : weighed, trained: 0 };
  },
});

/** The request with the words before or after it. */
export function attach({ at }: Pick<Options, 'at'>, task: Task, added: string): Attempt {
  const words = added.trim();
  const prompt = mapLastUser(task.prompt, (request) =>
    at === 'start' ? `${words} ${request}` : `${request} ${words}`,
  );
  return { task, prompt, added };
}

async function searchOnce(
  options: Options,
  vocabulary: readonly string[],
  { seeds, target, rng }: Omit<AttackRound, 'count'>,
): Promise<string> {
  const probes = rng.shuffle(seeds.filter(({ prompt }) => lastUserText(prompt) !== '')).slice(0, options.probes);
  const weigh = async (texts: readonly string[]): Promise<number[]> => {
    const attempts = texts.flatMap((text) => probes.map((task) => attach(options, task, text)));
    const scores = await target.weigh(attempts, options.score);
    return texts.map((_, i) => {
      const own = scores.slice(i * probes.length, (i + 1) * probes.length);
      return own.reduce((sum, score) => sum + score, 0) / own.length;
    });
  };
  return coordinateSearch(weigh, vocabulary, { ...options, rng });
}

/**
 * From random tokens, `sweeps` times through all positions: each takes the best of itself and `candidates` drawn tokens
 * by what `weigh` says of the whole text. Never ends below where it began.
 */
export async function coordinateSearch(
  weigh: (texts: readonly string[]) => Promise<readonly number[]>,
  vocabulary: readonly string[],
  { length, sweeps, candidates, rng }: Pick<Options, 'length' | 'sweeps' | 'candidates'> & { readonly rng: Rng },
): Promise<string> {
  let tokens = Array.from({ length }, () => rng.pick(vocabulary));
  let best = (await weigh([tokens.join('')]))[0] ?? -Infinity;
  for (let i = 0; i < sweeps * length; i++) {
    const tried = rng.shuffle(vocabulary).slice(0, candidates);
    const variants = tried.map((token) => tokens.with(i % length, token));
    const scores = await weigh(variants.map((variant) => variant.join('')));
    scores.forEach((score, k) => {
      if (score > best) [best, tokens] = [score, variants[k]!];
    });
  }
  return tokens.join('');
}

/** Every token that stands for text which can be written in a prompt, special tokens aside. */
export async function writableTokens({ vocabSize, decodeBatch, specialTokens }: ChatTokenizer): Promise<string[]> {
  const texts = await decodeBatch(Array.from({ length: vocabSize }, (_, id) => [id]));
  return texts.filter((text) => isWritable(text) && !specialTokens.includes(text));
}
