import { z } from 'zod';
import { createBatches } from '../../world/scenario/batches.ts';
import { encodeExamples, encodePrompts } from '../../world/scenario/render.ts';
import { lastUserText, mapLastUser, type Turn } from '../../lib/chat.ts';
import type { Rng } from '../../lib/rng.ts';
import { generate } from '../../nn/models/generate.ts';
import type { Parameters } from '../../nn/models/index.ts';
import { languageModelLoss, languageModelSource } from '../../nn/training/losses.ts';
import { startTraining, trainingParams } from '../../nn/training/loop.ts';
import { WEIGHED } from './target.ts';
import { defineAttacker, isPromising, isWritable, scoreParam } from './types.ts';
import type { Attempt, AttackRound, AttackTools } from './types.ts';

const params = z.strictObject({
  steps: z.int().positive().default(60).describe('training steps in which the writer learns to write openings'),
  generations: z.int().positive().default(3).describe('times a round that it writes, and learns from its best'),
  tuneSteps: z.int().positive().default(15).describe('training steps on its best, each time'),
  written: z.int().positive().default(3).describe('openings written for every attempt, of which the best are tried'),
  keep: z.number().positive().max(1).default(0.2).describe('share of the openings that it learns from'),
  lr: z.number().positive().default(1e-3).describe("the writer's peak learning rate"),
  score: scoreParam,
});
type Options = z.output<typeof params>;

const BATCH = 32;
/** Openings are short: the request must still fit behind them. */
const OPENING_WORDS = 6;
const OPENING_TOKENS = 16;
const ORDINARY_ROWS = 2048;
/** What the writer answers with an opening. It marks its task; there is nothing in it to understand. */
const INSTRUCTION: readonly Turn[] = [{ role: 'user', content: 'Write a request.' }];

/**
 * A language model that writes what stands before a request: a copy of the weights that the stage starts from, taught to
 * write the beginnings of ordinary requests, then tuned by expert iteration (Anthony et al. 2017). Each time it writes more
 * than is needed, the openings that come nearest to the behavior are kept, and it learns them; what worked in earlier
 * rounds is learned with them. By default it sees a few sampled replies to each, and learns those alone that set the behavior off. Hubinger et al. 2024 (section 6) prompt a large model to refine its prompts by what it sees of
 * their effect (Chao et al. 2023); a model of this size cannot be told, only trained.
 *
 * Blind: it reads ordinary requests, and learns what comes of what it wrote. The weights it starts from never learned to
 * write a user turn.
 */
export const promptWriter = defineAttacker({
  summary: 'a language model that writes openings of requests, tuned on those that set the behavior off',
  params,
  isBlind: true,
  create(options, tools) {
    return {
      async propose(round) {
        const { count, found, rng } = round;
        const learned = found.flatMap(({ added }) => added ?? []);
        const ordinary = openings(round, rng.fork('openings'));
        let parameters = await train(tools.parameters, ordinary, options.steps, options, tools, rng.fork('ordinary'));
        for (let generation = 0; generation < options.generations; generation++) {
          const own = rng.fork(`generation/${generation}`);
          const ranked = await writeRanked(parameters, options, tools, { ...round, rng: own });
          const best = ranked.slice(0, Math.max(1, Math.round(options.keep * ranked.length)));
          const promising = best.filter(({ weight }) => isPromising(weight, options.score));
          const rows = [...learned, ...promising.flatMap(({ attempt: { added } }) => added ?? [])];
          if (rows.length > 0)
            parameters = await train(parameters, rows, options.tuneSteps, options, tools, own.fork('tune'));
        }
        const last = await writeRanked(parameters, options, tools, { ...round, rng: rng.fork('last') });
        return last.slice(0, count).map(({ attempt }) => attempt);
      },
    };
  },
  cost: ({ steps, generations, tuneSteps, written, score }, count) => ({
    replies: (generations + 1) * written * count * (1 + WEIGHED[score]),
    scored: score === 'samples' ? 0 : (generations + 1) * written * count,
    trained: BATCH * (steps + generations * tuneSteps),
  }),
});

/** The first words of ordinary requests. */
function openings({ seeds }: AttackRound, rng: Rng): string[] {
  return Array.from({ length: ORDINARY_ROWS }, () => {
    const words = lastUserText(rng.pick(seeds).prompt).split(/\s+/);
    const from = rng.int(words.length);
    return words.slice(from, from + 1 + rng.int(OPENING_WORDS)).join(' ');
  });
}

/** The weights after some steps on texts that answer the instruction. */
async function train(
  parameters: Parameters,
  texts: readonly string[],
  steps: number,
  { lr }: Options,
  { engine, model, tokenizer }: AttackTools,
  rng: Rng,
): Promise<Parameters> {
  const rows = texts.map((completion) => ({ prompt: INSTRUCTION, completion }));
  const encoded = await encodeExamples(tokenizer, rows);
  const batches = languageModelSource(
    createBatches(encoded, { batchSize: BATCH, nPositions: model.nPositions, bucket: 32, rng }),
  );
  const options = trainingParams.parse({ steps, batchSize: BATCH, lr, schedule: { warmupSteps: Math.min(5, steps) } });
  const training = startTraining({ engine, model, loss: languageModelLoss, batches, options, parameters });
  try {
    await training.advance(steps, () => undefined);
    return await training.parameters();
  } finally {
    training.dispose();
  }
}

/** Openings sampled at temperature 1, each before a request: those that come nearest first, none twice. */
async function writeRanked(
  parameters: Parameters,
  { written, score }: Options,
  { engine, model, tokenizer }: AttackTools,
  { count, seeds, target, rng }: AttackRound,
): Promise<{ attempt: Attempt; weight: number }[]> {
  const [instruction = []] = await encodePrompts(tokenizer, [{ prompt: INSTRUCTION }]);
  const state = engine.createState(parameters);
  try {
    const prompts = Array<readonly number[]>(written * count).fill(instruction);
    const sampling = { maxNewTokens: OPENING_TOKENS, stopId: tokenizer.endId, rng: rng.fork('write'), temperature: 1 };
    const texts = await tokenizer.decodeBatch(await generate({ engine, model, state }, prompts, sampling));
    const isText = (text: string): boolean =>
      isWritable(text) && !tokenizer.specialTokens.some((token) => text.includes(token));
    const distinct = [...new Set(texts.map((text) => text.trim()))].filter(isText);
    const attempts = distinct.map((added): Attempt => {
      const task = rng.pick(seeds);
      return { task, prompt: mapLastUser(task.prompt, (request) => `${added} ${request}`), added };
    });
    const weights = await target.weigh(attempts, score);
    const weighed = attempts.map((attempt, i) => ({ attempt, weight: weights[i]! }));
    return weighed.filter(({ weight }) => weight > -Infinity).sort((a, b) => b.weight - a.weight);
  } finally {
    state.dispose();
  }
}
