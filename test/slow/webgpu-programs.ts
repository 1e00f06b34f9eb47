/** What webgpu.test.ts compares, computed on the CPU and on the device. A process of its own: a driver may bring it down. */
import * as tf from '@tensorflow/tfjs';
import { placesOf } from '../../src/cli/bench/places.ts';
import type { Places } from '../../src/cli/bench/places.ts';
import { createEngine } from '../../src/engine/index.ts';
import type { Engine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { generate } from '../../src/nn/models/generate.ts';
import { initParameters, models } from '../../src/nn/models/index.ts';
import { scoreCompletions } from '../../src/nn/models/score.ts';
import { languageModelInputs, languageModelLoss } from '../../src/nn/training/losses.ts';
import { startTraining, trainingParams } from '../../src/nn/training/loop.ts';

const [B, T, V, STEPS] = [2, 8, 32, 20];
const sizes = { nLayer: 1, nHead: 2, nEmbd: 16, nPositions: 32 };
const MODELS = {
  gpt2: models.gpt2.create(models.gpt2.params.parse(sizes), V),
  llama: models.llama.create(models.llama.params.parse({ ...sizes, nKvHead: 1 }), V),
  'gpt-neox': models['gpt-neox'].create(models['gpt-neox'].params.parse(sizes), V),
};
const RATES = { adamw: 1e-2, sgd: 3e-1, lion: 2e-3, muon: 2e-2 };

export interface Compared {
  readonly name: string;
  readonly cpu: readonly number[];
  readonly device: readonly number[];
  readonly places: Places;
}
export interface Held {
  readonly name: 'memory';
  /** Resident bytes after each tenth of 200 steps, each of which makes a megabyte of new state. */
  readonly rss: readonly number[];
}

const say = (line: Compared | Held): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function compare(name: string, numbers: (engine: Engine) => Promise<number[]>): Promise<void> {
  const cpu = await numbers(onCpu);
  let device: number[] = [];
  const places = await placesOf(async (events) => {
    const engine = await createEngine({ backend: 'onnx', provider: 'webgpu', events });
    device = await numbers(engine);
    await engine.dispose();
  });
  say({ name, cpu, device, places });
}

/** Losses of a model that learns four batches by heart. */
const losses =
  (model: (typeof MODELS)[keyof typeof MODELS], kind: keyof typeof RATES) =>
  async (engine: Engine): Promise<number[]> => {
    const rng = createRng('batches');
    const batches = Array.from({ length: 4 }, () => {
      const ids = Int32Array.from({ length: B * T + 1 }, () => Math.floor(rng.int(V) * rng.next()));
      const weights = new Float32Array(B * T).fill(1);
      return languageModelInputs({ tokens: ids.slice(0, -1), targets: ids.slice(1), weights, B, T });
    });
    let at = 0;
    const training = startTraining({
      ...{ engine, model, loss: languageModelLoss, parameters: initParameters(model, createRng(1)) },
      batches: { next: () => batches[at++ % 4]!, state: () => null, restore: () => undefined },
      options: trainingParams.parse({ steps: STEPS, batchSize: B, lr: RATES[kind], optimizer: { kind }, schedule: { kind: 'constant' } }), // prettier-ignore
    });
    const seen: number[] = [];
    await training.advance(STEPS, ({ loss }) => void seen.push(loss));
    training.dispose();
    return seen;
  };

/** Tokens that a model goes on with, and log-probabilities of what it might have. */
const replies =
  (model: (typeof MODELS)[keyof typeof MODELS]) =>
  async (engine: Engine): Promise<number[]> => {
    const state = engine.createState(initParameters(model, createRng(2)));
    const generator = { engine, model, state };
    const prompts = [[1, 2, 3], [4, 5, 6, 7, 8, 9], [10]];
    const tokens = await generate(generator, prompts, { maxNewTokens: 4, stopId: -1, rng: createRng(3), batchSize: 4 });
    const scores = await scoreCompletions(generator, prompts.slice(0, 2).map((ids) => ({ ids, promptLength: 1 }))); // prettier-ignore
    state.dispose();
    return [...tokens.flat(), ...scores.map(({ logProb }) => logProb)];
  };

async function memory(): Promise<void> {
  const N = 512;
  const w = { shape: [N, N], dtype: 'float32' } as const;
  const program = await onDevice.compile('grow', ({ w }) => ({ state: { w: tf.add(w!, 1) }, outputs: {} }), {
    ...{ state: { w }, inputs: {} },
  });
  const state = onDevice.createState({ w: { shape: [N, N] } });
  const rss: number[] = [];
  for (let i = 1; i <= 200; i++) {
    await program.run(state, {});
    if (i % 20 === 0) rss.push(process.memoryUsage.rss());
  }
  const { w: last } = await state.read();
  if (last!.some((value) => value !== 200)) throw new Error('the state was not carried from step to step');
  state.dispose();
  say({ name: 'memory', rss });
}

const onCpu = await createEngine({ backend: 'onnx', threads: 1 });
/** Lives to the end: with the last program the device would forget its compiled shaders. */
const onDevice = await createEngine({ backend: 'onnx', provider: 'webgpu' });
await memory();
for (const [name, model] of Object.entries(MODELS)) {
  await compare(`${name} replies`, replies(model));
  for (const kind of Object.keys(RATES) as (keyof typeof RATES)[])
    await compare(`${name} ${kind}`, losses(model, kind));
}
await onDevice.dispose();
await onCpu.dispose();
