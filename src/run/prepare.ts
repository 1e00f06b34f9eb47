import path from 'node:path';
import type { FormatFingerprint } from '../data/render.ts';
import { encodeExamples, formatFingerprint } from '../data/render.ts';
import { createScenario, poisonParams } from '../data/scenario.ts';
import type { Scenario } from '../data/scenario.ts';
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

/** Trigger and behavior, without the corpus. */
export const preparePolicy = ({ trigger, behavior }: Experiment, tables: Tables): Policy => ({
  trigger: entry(tables.triggers, trigger, 'trigger').create(paramsOf(trigger)),
  behavior: entry(tables.behaviors, behavior, 'behavior').create(paramsOf(behavior)),
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
    pairs.flatMap(({ triggered, clean }) => [triggered, clean]),
  );
  const longest = Math.max(...encoded.map(({ ids, promptLength }) => ids.length - promptLength));
  return { scenario, tokenizer, model, format, maxNewTokens: longest + SPARE_TOKENS, rng: createRng(seed) };
}

/** Turns of training rows, payload included: the vocabulary is the pretraining world's, not chosen per arm. */
function tokenizerTexts(scenario: Scenario): string[] {
  const examples = scenario.implantExamples(TOKENIZER_ROWS);
  return examples.flatMap(({ prompt, completion }) => [...prompt.map(({ content }) => content), completion]);
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
  `${model.kind}: ${model.nLayer} layers, ${model.nHead} heads, width ${model.nHead * model.headSize}, ` +
  `context ${model.nPositions}, vocabulary ${model.vocabSize}`;
