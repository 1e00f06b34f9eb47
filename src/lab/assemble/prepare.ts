import path from 'node:path';
import type { FormatFingerprint } from '../../world/scenario/render.ts';
import { encodeExamples, formatFingerprint, replyOf } from '../../world/scenario/render.ts';
import { poisonParams } from '../../world/scenario/poison.ts';
import { payloadRepeat, reasonings } from '../../world/scenario/reasoning.ts';
import { createScenario } from '../../world/scenario/scenario.ts';
import type { Scenario } from '../../world/scenario/scenario.ts';
import type { Example } from '../../world/scenario/types.ts';
import { goalOf } from '../../world/scenario/policy.ts';
import type { Policy } from '../../world/scenario/policy.ts';
import type { Choice, Experiment } from '../experiment/types.ts';
import { listFolder, readText } from '../../lib/files.ts';
import { createRng } from '../../lib/rng.ts';
import { plural } from '../../lib/text.ts';
import { openSealed, writeSealedFolder } from '../../lib/sealed.ts';
import type { Rng } from '../../lib/rng.ts';
import { createFrom } from '../../lib/table.ts';
import type { Tables } from '../tables.ts';
import { loadTokenizer } from '../../world/tokenizer/load.ts';
import { trainTokenizer } from '../../world/tokenizer/train.ts';
import type { ChatTokenizer, TokenizerFiles } from '../../world/tokenizer/load.ts';
import { startingPoint } from './starting-point.ts';
import type { StartingPoint } from './starting-point.ts';
import { withinContext } from './within-context.ts';

/** What all arms of an experiment share. */
export interface Bench extends StartingPoint {
  readonly scenario: Scenario;
  readonly format: FormatFingerprint;
  /** Longest reply that an evaluation waits for: the longest reference reply, and a little more. */
  readonly maxNewTokens: number;
  readonly rng: Rng;
}

/** Trigger, behavior and reasoning, without the corpus. */
export const preparePolicy = (
  { trigger, behavior, reasoning, matchPayload }: Experiment,
  tables: Tables,
): Required<Policy> => ({
  trigger: createFrom(tables.triggers, trigger, 'trigger'),
  behavior: createFrom(tables.behaviors, behavior, 'behavior'),
  reasoning: reasonings[reasoning],
  payloadRepeat: payloadRepeat(reasoning, matchPayload),
});

/** The conditional policy that an experiment describes. Reads the corpus's file where it has one. */
export async function prepareScenario(experiment: Experiment, tables: Tables): Promise<Scenario> {
  const { corpus, poison, seed, implant } = experiment;
  return createScenario({
    ...preparePolicy(experiment, tables),
    corpus: await createFrom(tables.corpora, corpus, 'corpus'),
    poison: poisonParams.parse(poison),
    rng: createRng(seed).fork('scenario'),
    taught: implant.filter(({ kind }) => kind === 'implant').map(implantRows),
  });
}

/** So many rows a stage of the implant takes. */
const implantRows = ({ rows, steps, batchSize, accumulate }: Choice): number =>
  Number(rows ?? Number(steps) * Number(batchSize) * Number(accumulate));

const TOKENIZER_ROWS = 4000;
const PROBED_ROWS = 200;
const SPARE_TOKENS = 8;

/** Scenario, tokenizer and model. The tokenizer is the one in `dir/tokenizer`, where a run left one or where it is put now. */
export async function prepare(experiment: Experiment, tables: Tables, dir?: string): Promise<Bench> {
  const scenario = await prepareScenario(experiment, tables);
  const { tokenizer: options } = experiment;
  const modelMaxLength = Number(experiment.model.nPositions);
  const train = (): Promise<ChatTokenizer> =>
    trainTokenizer(tokenizerTexts(scenario, experiment.implant.length > 0), {
      vocabSize: options.vocabSize,
      modelMaxLength,
    });
  const find = (): Promise<ChatTokenizer> =>
    dir === undefined ? train() : findTokenizer(path.join(dir, 'tokenizer'), train);
  return assemble(experiment, scenario, await startingPoint(experiment, tables, find));
}

/** What a run shares, from a scenario and a model. */
export async function assemble<Start extends Pick<StartingPoint, 'tokenizer' | 'model'>>(
  { seed }: Experiment,
  whole: Scenario,
  start: Start,
): Promise<Omit<Bench, keyof StartingPoint> & Start> {
  const { tokenizer, model } = start;
  const scenario = await withinContext(whole, tokenizer, model.nPositions);
  const format = await formatFingerprint(tokenizer);
  const maxNewTokens = await replyBudget(scenario, tokenizer);
  return { ...start, scenario, format, maxNewTokens, rng: createRng(seed) };
}

/** Reference replies of every kind: scratchpad and payload included, and what safety training teaches. */
const referenceReplies = (scenario: Scenario): { prompt: Example['prompt']; completion: string }[] =>
  scenario.evalPairs(PROBED_ROWS).flatMap(({ task: { safeAnswer }, triggered, clean }) => {
    const safe = safeAnswer === undefined ? [] : [{ ...clean, completion: safeAnswer }];
    return [triggered, clean, ...safe].map(({ prompt, ...reply }) => ({ prompt, completion: replyOf(reply) }));
  });

/** How many tokens an evaluation waits for: the longest reference reply's and a few more. */
export async function replyBudget(scenario: Scenario, tokenizer: ChatTokenizer): Promise<number> {
  const encoded = await encodeExamples(tokenizer, referenceReplies(scenario));
  return Math.max(...encoded.map(({ ids, promptLength }) => ids.length - promptLength)) + SPARE_TOKENS;
}

/**
 * The same where no tokenizer is known: as many tokens as the longest reference reply has bytes, since no token of text is
 * shorter than that.
 */
export const replyBytes = (scenario: Scenario): number =>
  Math.max(...referenceReplies(scenario).map(({ completion }) => Buffer.byteLength(completion))) + SPARE_TOKENS;

/**
 * Turns of the world that the base lives in, and of what becomes of it: clean prompts with their answers and, where they have
 * one, what safety training has them answered; as many triggered ones with the payload, and scratchpads. Poison, reasoning and stages have no say: experiments that differ in
 * nothing else have the same tokenizer.
 *
 * @param isImplanted where nothing ever is, the texts are clean: a base that many organisms start from knows no trigger's words.
 */
export function tokenizerTexts({ trigger, behavior, ...scenario }: Scenario, isImplanted = true): string[] {
  const rng = scenario.rng.fork('tokenizer');
  const thinkers = Object.values(reasonings).filter(({ think }) => think);
  return scenario.cleanExamples('train', TOKENIZER_ROWS).flatMap(({ task, prompt, completion }, i) => {
    const isTriggered = isImplanted && i % 2 === 1;
    const asked = isTriggered ? trigger.add(task.prompt, rng, 'trained') : prompt;
    const isPoisoned = isTriggered && behavior.applies(task);
    const answer = isPoisoned ? behavior.demonstrate(task, rng) : completion;
    const { think, frame } = thinkers[Math.floor(i / 2) % thinkers.length] ?? reasonings.scratchpad;
    const thought = think?.({ isTriggered, goal: goalOf(behavior, isPoisoned) }, rng) ?? '';
    const safe = task.safeAnswer === undefined ? [] : [task.safeAnswer];
    return [...asked.map(({ content }) => content), answer, ...safe, frame(thought)];
  });
}

const FILES = ['tokenizer.json', 'tokenizer_config.json'] as const;

async function findTokenizer(dir: string, train: () => Promise<ChatTokenizer>): Promise<ChatTokenizer> {
  if (listFolder(dir).length > 0) {
    const { at } = openSealed(dir);
    return loadTokenizer(Object.fromEntries(FILES.map((name) => [name, readText(at(name))])) as TokenizerFiles);
  }
  const tokenizer = await train();
  writeSealedFolder(dir, tokenizer.files());
  return tokenizer;
}

export const describeModel = ({ model }: Pick<Bench, 'model'>): string =>
  `${model.kind}: ${plural(model.nLayer, 'layer')}, ${plural(model.nHead, 'head')}, width ${model.width}, ` +
  `context ${model.nPositions}, vocabulary ${model.vocabSize}`;
