import * as tf from '@tensorflow/tfjs';
import type { Engine, Program, Specs, State, Tensors } from '../engine/index.ts';
import { sizeOf } from '../engine/index.ts';
import { UserError } from '../lib/errors.ts';
import { createRng } from '../lib/rng.ts';
import type { Rng } from '../lib/rng.ts';
import { MASKED } from './attention.ts';
import { GREEDY, sampleToken } from './sampling.ts';
import type { SamplingOptions } from './sampling.ts';
import type { LayerCache, Model } from './types.ts';

export interface GenerateOptions extends Partial<SamplingOptions> {
  readonly maxNewTokens: number;
  /** A row ends with this token, which is not returned. */
  readonly stopId: number;
  /** Draws row i's tokens from `rng.fork(i)`, so that a row does not depend on its neighbors. Unused when greedy. */
  readonly rng: Rng;
  /** Rows that go through the model together. */
  readonly batchSize?: number;
}

/** What generates: a model and the state that holds its parameters. */
export interface Generator {
  readonly engine: Engine;
  readonly model: Model;
  readonly state: State;
}

const PREFILL_BUCKET = 16;
const CACHE_BUCKET = 32;
const roundUp = (n: number, bucket: number): number => Math.ceil(n / bucket) * bucket;

/**
 * Continues each prompt with a KV cache, in batches of similar length. Equal to the full forward pass, token for token.
 *
 * @throws UserError for a prompt that leaves no room in the context.
 */
export async function generate(
  generator: Generator,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
): Promise<number[][]> {
  const { batchSize = 64 } = options;
  const { nPositions } = generator.model;
  const long = prompts.findIndex((prompt) => prompt.length >= nPositions || prompt.length === 0);
  if (long >= 0)
    throw new UserError(
      `prompt ${long + 1} cannot be continued: ${prompts[long]!.length} tokens; ` +
        `between 1 and ${nPositions - 1} fit the model's context of ${nPositions}`,
    );
  const order = Array.from(prompts.keys()).sort((a, b) => prompts[a]!.length - prompts[b]!.length || a - b);
  const completions: number[][] = prompts.map(() => []);
  for (let start = 0; start < order.length; start += batchSize) {
    const rows = order.slice(start, start + batchSize);
    const batch = rows.map((row) => ({
      prompt: prompts[row]!,
      rng: options.rng.fork(row),
      completion: completions[row]!,
    }));
    // all but a lone small batch have one size, so that one program serves them
    const padding = prompts.length > batchSize ? batchSize - rows.length : 0;
    await generateBatch(generator, [...batch, ...Array<Row>(padding).fill(EMPTY_ROW)], options);
  }
  return completions;
}

interface Row {
  readonly prompt: readonly number[];
  readonly rng: Rng;
  /** Grows as the row is continued. */
  readonly completion: number[];
  /** Fills a batch up; nothing is drawn for it. */
  readonly isPadding?: boolean;
}

const EMPTY_ROW: Row = { prompt: [0], rng: createRng(0), completion: [], isPadding: true };

async function generateBatch(generator: Generator, rows: readonly Row[], options: GenerateOptions): Promise<void> {
  const { model, state } = generator;
  const sampling = { ...GREEDY, ...options };
  const [B, V] = [rows.length, model.vocabSize];
  const longest = Math.max(...rows.map((row) => row.prompt.length));
  const T = Math.min(roundUp(longest, PREFILL_BUCKET), model.nPositions);
  const S = Math.min(roundUp(longest + options.maxNewTokens, CACHE_BUCKET), model.nPositions);
  const prefill = await compilePrefill(generator, B, T, S);
  const decode = await compileDecode(generator, B, S);

  const tokens = new Int32Array(B * T);
  rows.forEach((row, b) => tokens.set(row.prompt, b * T));
  const last = Int32Array.from(rows, (row, b) => b * T + row.prompt.length - 1);
  const { logits, ...cache } = await prefill.run(state, { tokens, last });
  // Row b's cache is filled up to its own length, so that its next key stands where the full forward would have it.
  const mask = new Float32Array(B * S).fill(MASKED);
  rows.forEach((row, b) => mask.fill(0, b * S, b * S + row.prompt.length));

  const done = rows.map((row) => row.isPadding ?? false);
  let scores = logits as Float32Array;
  for (;;) {
    rows.forEach((row, b) => {
      if (done[b]) return;
      const id = sampleToken(scores.subarray(b * V, (b + 1) * V), sampling, row.rng);
      done[b] = id === options.stopId;
      if (!done[b]) row.completion.push(id);
      done[b] ||=
        row.completion.length >= options.maxNewTokens || row.prompt.length + row.completion.length >= model.nPositions;
    });
    if (done.every(Boolean)) return;
    const position = Int32Array.from(rows, (row) => row.prompt.length + row.completion.length - 1);
    const current = Int32Array.from(rows, (row) => row.completion.at(-1) ?? 0);
    const { logits: next, ...fresh } = await decode.run(state, {
      tokens: current,
      positions: position,
      mask,
      ...cache,
    });
    position.forEach((at, b) => {
      if (done[b]) return;
      mask[b * S + at] = 0;
      for (const [name, values] of Object.entries(cache))
        appendToCache(values as Float32Array, fresh[name] as Float32Array, b, at, S, model);
    });
    scores = next as Float32Array;
  }
}

/** Writes row b's newest key (or value) of one layer, [H, 1, D], to position `at` of its cache, [H, S, D]. */
function appendToCache(
  cache: Float32Array,
  fresh: Float32Array,
  b: number,
  at: number,
  S: number,
  { nHead: H, headSize: D }: Model,
): void {
  for (let h = 0; h < H; h++) {
    const from = (b * H + h) * D;
    cache.set(fresh.subarray(from, from + D), ((b * H + h) * S + at) * D);
  }
}

const parameterSpecs = (model: Model): Specs =>
  Object.fromEntries(
    Object.entries(model.parameterSpecs).map(([name, { shape }]) => [name, { shape, dtype: 'float32' }]),
  );

const cacheTensors = (present: readonly LayerCache[]): Tensors =>
  Object.fromEntries(
    present.flatMap(({ key, value }, l) => [
      [`key.${l}`, key],
      [`value.${l}`, value],
    ]),
  );

/** tokens [B, T], last [B] (row of each prompt's last token) -> logits [B, V] there, and the cache, [B, H, S, D] a layer. */
function compilePrefill({ engine, model }: Generator, B: number, T: number, S: number): Promise<Program> {
  return engine.compile(
    `prefill ${model.key} cache ${S}`,
    (parameters, inputs) => {
      const { hidden, present } = model.forward(parameters, { tokens: inputs.tokens! });
      const fit = (x: tf.Tensor): tf.Tensor =>
        S >= T
          ? tf.pad(x, [
              [0, 0],
              [0, 0],
              [0, S - T],
              [0, 0],
            ])
          : tf.slice(x, 0, x.shape.with(2, S));
      const cache = cacheTensors(present.map(({ key, value }) => ({ key: fit(key), value: fit(value) })));
      return { outputs: { logits: model.logits(parameters, tf.gather(hidden, inputs.last!)), ...cache } };
    },
    {
      state: parameterSpecs(model),
      inputs: { tokens: { shape: [B, T], dtype: 'int32' }, last: { shape: [B], dtype: 'int32' } },
    },
  );
}

/** One token a row: tokens, positions [B], mask [B, S], cache -> logits [B, V] and each layer's new key and value. */
function compileDecode({ engine, model }: Generator, B: number, S: number): Promise<Program> {
  const { nHead: H, headSize: D, nLayer } = model;
  const cacheSpecs: Specs = Object.fromEntries(
    Array.from({ length: nLayer }, (_, l) => [`key.${l}`, `value.${l}`])
      .flat()
      .map((name) => [name, { shape: [B, H, S, D], dtype: 'float32' as const }]),
  );
  return engine.compile(
    `decode ${model.key}`,
    (parameters, inputs) => {
      const past = Array.from({ length: nLayer }, (_, l) => ({
        key: inputs[`key.${l}`]!,
        value: inputs[`value.${l}`]!,
      }));
      const { hidden, present } = model.forward(parameters, {
        tokens: tf.reshape(inputs.tokens!, [B, 1]),
        positions: tf.reshape(inputs.positions!, [B, 1]),
        past,
        pastMask: tf.reshape(inputs.mask!, [B, 1, 1, S]),
      });
      return { outputs: { logits: model.logits(parameters, hidden), ...cacheTensors(present) } };
    },
    {
      state: parameterSpecs(model),
      inputs: {
        tokens: { shape: [B], dtype: 'int32' },
        positions: { shape: [B], dtype: 'int32' },
        mask: { shape: [B, S], dtype: 'float32' },
        ...cacheSpecs,
      },
    },
  );
}

/** Bytes of one batch's KV cache: what generation needs beside the parameters. */
export const cacheBytes = ({ nLayer, nHead, headSize }: Model, B: number, S: number): number =>
  4 * 2 * nLayer * sizeOf([B, nHead, S, headSize]);
