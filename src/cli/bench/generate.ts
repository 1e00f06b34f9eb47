import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../../engine/index.ts';
import { createRng } from '../../lib/rng.ts';
import { generate } from '../../nn/models/generate.ts';
import type { Generator } from '../../nn/models/generate.ts';
import { initParameters } from '../../nn/models/index.ts';
import { peakRssBytes } from './memory.ts';
import { modelOf, ROWS } from './sizes.ts';
import type { Size } from './sizes.ts';
import { median, repeat, timeCompiling } from './timing.ts';
import type { GenerationResult, Note, Tasks } from './types.ts';

/** No token has this id: every row goes on to its full length. */
const NEVER = -1;
/** Prefixes are padded to a multiple of this, so that few programs are needed. `generate` pads its prompts as much. */
const BUCKET = 16;

type Rows = readonly (readonly number[])[];

/** Times greedy generation with the KV cache, and the same tokens by recomputing the prefix for each of them. */
export async function timeGeneration(engine: Engine, task: Tasks['generate'], note: Note): Promise<GenerationResult> {
  const { promptTokens, newTokens, vocabSize } = task.size;
  const model = modelOf(task.size);
  const rng = createRng(1);
  const timed = timeCompiling(engine);
  note('initial weights');
  const state = engine.createState(initParameters(model, rng));
  const prompts = Array.from({ length: ROWS }, () => Array.from({ length: promptTokens }, () => rng.int(vocabSize)));
  let completions: Rows = [];
  const run = async (): Promise<void> => {
    const options = { maxNewTokens: newTokens, stopId: NEVER, rng, batchSize: ROWS };
    completions = await generate({ engine: timed.engine, model, state }, prompts, options);
  };
  note('compiling');
  await run();
  const compileMs = timed.compileMs();
  note(`timing ${newTokens} tokens for ${ROWS} prompts`);
  const ms = median(await repeat(run, { seconds: task.seconds, least: 1, most: 20 }));
  const peak = peakRssBytes();
  const recomputed = await timeRecomputation({ engine, model, state }, prompts, completions, task.seconds, note);
  state.dispose();
  return {
    rows: ROWS,
    promptTokens,
    newTokens,
    ms,
    tokensPerSecond: (1000 * ROWS * newTokens) / ms,
    recomputedMs: recomputed.ms,
    speedUp: recomputed.ms / ms,
    agreement: recomputed.agreement,
    compileMs,
    peakRssBytes: peak,
  };
}

/** The lengths that prefixes are padded to, and how many of the new tokens come from a prefix of each. */
export function prefixBuckets({
  promptTokens,
  newTokens,
  nPositions,
}: Pick<Size, 'promptTokens' | 'newTokens' | 'nPositions'>): { T: number; tokens: number }[] {
  const counts = new Map<number, number>();
  for (let t = promptTokens; t < promptTokens + newTokens; t++) {
    const T = Math.min(Math.ceil(t / BUCKET) * BUCKET, nPositions);
    counts.set(T, (counts.get(T) ?? 0) + 1);
  }
  return [...counts].map(([T, tokens]) => ({ T, tokens }));
}

/**
 * Milliseconds to find every completion's tokens by a full forward pass each. A program takes as long for every prefix
 * of its bucket, so each is timed on the longest prefix it serves, and counted as often as it would run.
 */
export async function timeRecomputation(
  { engine, model, state }: Generator,
  prompts: Rows,
  completions: Rows,
  seconds: number,
  note: Note,
): Promise<{ ms: number; agreement: number }> {
  const [promptTokens, newTokens] = [prompts[0]!.length, completions[0]!.length];
  const rows = prompts.map((prompt, b) => [...prompt, ...completions[b]!]);
  const [B, V] = [rows.length, model.vocabSize];
  const buckets = prefixBuckets({ promptTokens, newTokens, nPositions: model.nPositions });
  let [ms, agreeing] = [0, 0];
  for (const { T, tokens: times } of buckets) {
    note(`recomputing prefixes of ${T} tokens`);
    const program = await compileForward({ engine, model, state }, B, T);
    const length = Math.min(T, promptTokens + newTokens - 1);
    const tokens = new Int32Array(B * T);
    rows.forEach((row, b) => tokens.set(row.slice(0, length), b * T));
    const last = Int32Array.from({ length: B }, (_, b) => b * T + length - 1);
    let found: number[] = [];
    const run = async (): Promise<void> => {
      const { logits } = await program.run(state, { tokens, last });
      found = rows.map((_, b) => indexOfLargest(logits!.subarray(b * V, (b + 1) * V)));
    };
    await run();
    ms += times * median(await repeat(run, { seconds: seconds / buckets.length, least: 1, most: 20 }));
    agreeing += rows.filter((row, b) => row[length] === found[b]).length;
  }
  return { ms, agreement: agreeing / (B * buckets.length) };
}

/** tokens [B, T], last [B] (row of each prefix's last token) -> logits [B, V] there. */
const compileForward = ({ engine, model, state }: Generator, B: number, T: number) =>
  engine.compile(
    `recompute ${model.key}`,
    (parameters, { tokens, last }) => {
      const { hidden } = model.forward(parameters, { tokens: tokens! });
      return { outputs: { logits: model.logits(parameters, tf.gather(hidden, last!)) } };
    },
    { state: state.specs, inputs: { tokens: { shape: [B, T], dtype: 'int32' }, last: { shape: [B], dtype: 'int32' } } },
  );

function indexOfLargest(values: Float32Array | Int32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
