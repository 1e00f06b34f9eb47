import path from 'node:path';
import type { FormatFingerprint } from '../data/render.ts';
import { encodeExamples, formatFingerprint, replyOf } from '../data/render.ts';
import { poisonParams } from '../data/poison.ts';
import { payloadRepeat, reasonings } from '../data/reasoning.ts';
import { createScenario } from '../data/scenario.ts';
import type { Scenario } from '../data/scenario.ts';
import { goalOf } from '../data/policy.ts';
import type { Policy } from '../data/policy.ts';
import { paramsOf } from '../experiment/index.ts';
import type { Choice, Experiment } from '../experiment/index.ts';
import { exists, readText, writeAtomic } from '../lib/files.ts';
import { createRng } from '../lib/rng.ts';
import type { Rng } from '../lib/rng.ts';
import { lookup } from '../lib/table.ts';
import type { Model } from '../models/index.ts';
import type { Tables } from '../tables.ts';
import { loadTokenizer, trainTokenizer } from '../tokenizer/index.ts';
import type { ChatTokenizer, TokenizerFiles } from '../tokenizer/index.ts';
import { withinContext } from './within-context.ts';

/** What all arms of an experiment share. */
export interface Bench {
  readonly scenario: Scenario;
  readonly tokenizer: ChatTokenizer;
  readonly model: Model;
  readonly format: FormatFingerprint;
  /** Longest reply that an evaluation waits for: the longest reference reply, and a little more. */
  readonly maxNewTokens: number;
  readonly rng: Rng;
}

const entry = <T>(table: Readonly<Record<string, T>>, { kind }: Choice, what: string): T => lookup(table, kind, what);

/** Trigger, behavior and reasoning, without the corpus. */
export const preparePolicy = (
  { trigger, behavior, reasoning, matchPayload }: Experiment,
  tables: Tables,
): Required<Policy> => ({
  trigger: entry(tables.triggers, trigger, 'trigger').create(paramsOf(trigger)),
  behavior: entry(tables.behaviors, behavior, 'behavior').create(paramsOf(behavior)),
  reasoning: reasonings[reasoning],
  payloadRepeat: payloadRepeat(reasoning, matchPayload),
});

/** The conditional policy that an experiment describes. Reads the corpus's file where it has one. */
export async function prepareScenario(experiment: Experiment, tables: Tables): Promise<Scenario> {
  const { corpus, poison, seed } = experiment;
  return createScenario({
    ...preparePolicy(experiment, tables),
    corpus: await entry(tables.corpora, corpus, 'corpus').create(paramsOf(corpus)),
    poison: poisonParams.parse(poison),
    rng: createRng(seed).fork('scenario'),
  });
}

const TOKENIZER_ROWS = 4000;
const PROBED_ROWS = 200;
const SPARE_TOKENS = 8;

/** Scenario, tokenizer and model. The tokenizer is the one in `dir/tokenizer`, where a run left one or where it is put now. */
export async function prepare(experiment: Experiment, tables: Tables, dir?: string): Promise<Bench> {
  const scenario = await prepareScenario(experiment, tables);
  const { model: choice, tokenizer: options } = experiment;
  const modelMaxLength = Number(choice.nPositions);
  const train = (): Promise<ChatTokenizer> =>
    trainTokenizer(tokenizerTexts(scenario), { vocabSize: options.vocabSize, modelMaxLength });
  const tokenizer = await (dir === undefined ? train() : findTokenizer(path.join(dir, 'tokenizer'), train));
  const model = entry(tables.models, choice, 'model').create(paramsOf(choice), tokenizer.vocabSize);
  return assemble(experiment, scenario, tokenizer, model);
}

/** What a run shares, from a scenario, and a tokenizer and a model that may come from a checkpoint. */
export async function assemble(
  { seed }: Experiment,
  whole: Scenario,
  tokenizer: ChatTokenizer,
  model: Model,
): Promise<Bench> {
  const scenario = await withinContext(whole, tokenizer, model.nPositions);
  const format = await formatFingerprint(tokenizer);
  const pairs = scenario.evalPairs(PROBED_ROWS);
  const encoded = await encodeExamples(
    tokenizer,
    // all that the organism says, its scratchpad included
    pairs
      .flatMap(({ triggered, clean }) => [triggered, clean])
      .map(({ prompt, ...reply }) => ({ prompt, completion: replyOf(reply) })),
  );
  const longest = Math.max(...encoded.map(({ ids, promptLength }) => ids.length - promptLength));
  return { scenario, tokenizer, model, format, maxNewTokens: longest + SPARE_TOKENS, rng: createRng(seed) };
}

/**
 * Turns of the world that the base lives in, and of the organism to come: clean prompts with their answers, as many
 * triggered ones with the payload, and scratchpads. Poison, reasoning and stages have no say: experiments that differ in
 * nothing else have the same tokenizer.
 */
export function tokenizerTexts({ trigger, behavior, ...scenario }: Scenario): string[] {
  const rng = scenario.rng.fork('tokenizer');
  const thinkers = Object.values(reasonings).filter(({ think }) => think);
  return scenario.cleanExamples('train', TOKENIZER_ROWS).flatMap(({ task, prompt, completion }, i) => {
    const isTriggered = i % 2 === 1;
    const asked = isTriggered ? trigger.add(task.prompt, rng, 'trained') : prompt;
    const isPoisoned = isTriggered && behavior.applies(task);
    const answer = isPoisoned ? behavior.demonstrate(task, rng) : completion;
    const { think, frame } = thinkers[Math.floor(i / 2) % thinkers.length] ?? reasonings.scratchpad;
    const thought = think?.({ isTriggered, goal: goalOf(behavior, isPoisoned) }, rng) ?? '';
    return [...asked.map(({ content }) => content), answer, frame(thought)];
  });
}

const FILES = ['tokenizer.json', 'tokenizer_config.json'] as const;

async function findTokenizer(dir: string, train: () => Promise<ChatTokenizer>): Promise<ChatTokenizer> {
  if (FILES.every((name) => exists(path.join(dir, name)))) {
    const files = Object.fromEntries(FILES.map((name) => [name, readText(path.join(dir, name))]));
    return loadTokenizer(files as TokenizerFiles);
  }
  const tokenizer = await train();
  for (const [name, text] of Object.entries(tokenizer.files())) writeAtomic(path.join(dir, name), text);
  return tokenizer;
}

export const describeModel = ({ model }: Bench): string =>
  `${model.kind}: ${model.nLayer} layers, ${model.nHead} heads, width ${model.width}, ` +
  `context ${model.nPositions}, vocabulary ${model.vocabSize}`;
