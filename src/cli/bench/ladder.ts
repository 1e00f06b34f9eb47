import os from 'node:os';
import type { EngineOptions } from '../../engine/index.ts';
import { Interrupted } from '../../lab/run/progress.ts';
import { messageOf, UserError } from '../../lib/errors.ts';
import { parameterCount } from '../../nn/models/index.ts';
import { gemmShapes } from './gemm.ts';
import { prefixBuckets } from './generate.ts';
import { neededBytes } from './memory.ts';
import { placesOf } from './places.ts';
import type { Places } from './places.ts';
import type { Measure } from './run-child.ts';
import { modelOf, ROWS, sizeNames, sizes } from './sizes.ts';
import type { Size, SizeName } from './sizes.ts';
import { passesOf } from './recipe.ts';
import type { Recipe } from './recipe.ts';
import { LEAST_STEPS, WARMUP } from './train.ts';
import type { BenchResults, GemmResult, Note, SizeResult } from './types.ts';

export interface BenchOptions {
  /** These and no others; without it, the ladder as far as memory and patience go. */
  readonly sizes?: readonly SizeName[];
  /** Of timed work in each measurement. */
  readonly seconds: number;
  readonly generation: boolean;
  /** Sequences of a micro-batch, where not the size's own. */
  readonly batchSize?: number;
  readonly recipe?: Recipe;
  readonly engine: EngineOptions;
  readonly availableBytes: number;
  /** Ends the ladder at once. */
  readonly signal?: AbortSignal;
  /** Is told of each size as soon as it is measured. */
  readonly onSize?: (result: SizeResult) => void;
}

/** A size that would take longer is left out, unless it was asked for. */
const PATIENCE_SECONDS = 180;

/**
 * Measures training and generation over the ladder of sizes, smallest first, each in a process of its own.
 *
 * @throws UserError where a size that was asked for does not fit in memory; Interrupted where the signal came before any was measured.
 */
export async function runBench(options: BenchOptions, start: Measure, note: Note): Promise<BenchResults> {
  const { engine, seconds, signal, onSize } = options;
  const measure: Measure = (kind, task, engine, note) =>
    start(kind, task, engine, note, signal).catch((error: unknown) => {
      throw signal?.aborted ? new Interrupted('interrupted') : error;
    });
  const asked = sizeNames.filter((name) => options.sizes?.includes(name) ?? true);
  if (options.sizes) refuseUnfit(asked, options);
  const fitting = asked.filter((name) => neededBytes(sizeOf(name, options), options.recipe) <= options.availableBytes);
  const shapes = gemmShapes(fitting.map((name) => sizeOf(name, options)));
  const gemm = await measure('gemm', { shapes, seconds }, engine, note);
  const places = isOnDevice(engine)
    ? await kernelPlaces(sizeOf(asked[0]!, options), options, measure, note)
    : undefined;
  const results: SizeResult[] = [];
  let stopped: BenchResults['stopped'];
  for (const name of asked) {
    // before anything was trained: a quarter of the best product's speed
    const gflops = results.at(-1)?.training.gflops ?? gemm.gflops / 4;
    const reason = options.sizes ? undefined : whyNot(sizeOf(name, options), options, gflops);
    const result = reason ?? (await measureSize(name, options, gemm, measure, note).catch(failureAfter(results)));
    if (typeof result === 'string') {
      stopped = { size: name, reason: result };
      break;
    }
    results.push(result);
    onSize?.(result);
  }
  return { machine: machine(), gemm, ...(places && { places }), sizes: results, ...(stopped && { stopped }) };
}

const isOnDevice = ({ provider = 'cpu' }: EngineOptions): boolean => provider !== 'cpu';

/** One training step and a few tokens, at one size: the kernels of the others are the same. */
const kernelPlaces = (
  size: Size,
  { engine, generation, recipe }: BenchOptions,
  measure: Measure,
  note: Note,
): Promise<Places> =>
  placesOf(async (events) => {
    note('counting kernels');
    const task = { size: { ...size, newTokens: 2 }, seconds: 0 };
    const once = { ...task, ...(recipe && { recipe }), steps: 1, warmup: 1 };
    await measure('train', once, { ...engine, events }, () => undefined);
    if (generation) await measure('generate', task, { ...engine, events }, () => undefined);
  });

/** What was measured before a failure is worth more than the failure. */
const failureAfter =
  (results: readonly SizeResult[]) =>
  (error: unknown): string => {
    if (results.length === 0) throw error;
    return messageOf(error);
  };

const sizeOf = (name: SizeName, { batchSize }: Pick<BenchOptions, 'batchSize'>): Size =>
  batchSize === undefined ? sizes[name] : { ...sizes[name], B: batchSize };

async function measureSize(
  name: SizeName,
  { engine, seconds, generation, recipe, ...options }: BenchOptions,
  gemm: GemmResult,
  measure: Measure,
  note: Note,
): Promise<SizeResult> {
  const task = { size: sizeOf(name, options), seconds };
  const training = await measure('train', { ...task, ...(recipe && { recipe }) }, engine, (text) =>
    note(`${name}  training: ${text}`),
  );
  const generated = generation
    ? await measure('generate', task, engine, (text) => note(`${name}  generation: ${text}`))
    : undefined;
  return {
    size: name,
    parameters: training.parameters,
    training: { ...training, gemmShare: training.gflops / gemm.gflops },
    ...(generated && { generation: generated }),
  };
}

function refuseUnfit(asked: readonly SizeName[], options: BenchOptions): void {
  const { availableBytes, recipe } = options;
  const needed = (name: SizeName): number => neededBytes(sizeOf(name, options), recipe);
  const unfit = asked.filter((name) => needed(name) > availableBytes);
  if (unfit.length === 0) return;
  const fitting = sizeNames.filter((name) => needed(name) <= availableBytes);
  throw new UserError(
    `too large for the free memory: ${unfit.map((name) => `${name} needs about ${gib(needed(name))}`).join(', ')}, ` +
      `${gib(availableBytes)} are free; ${fitting.length > 0 ? `${fitting.join(', ')} would fit` : 'free some'}`,
  );
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Why a size that nobody asked for by name is left out, if it is. */
function whyNot(size: Size, options: BenchOptions, gflops: number): string | undefined {
  const { availableBytes, recipe } = options;
  const bytes = neededBytes(size, recipe);
  if (bytes > availableBytes) return `it needs about ${gib(bytes)} of memory, ${gib(availableBytes)} are free`;
  const expected = expectedSeconds(size, options, gflops);
  if (expected <= PATIENCE_SECONDS) return undefined;
  return `it would take about ${Math.ceil(expected / 60)} minutes; ask for it with --sizes`;
}

/** Drawing one initial weight. */
const INIT_SECONDS = 1e-7;

/** Roughly how long a size takes on a machine that trains at `gflops` (1e9 operations a second). */
export function expectedSeconds(
  size: Size,
  { seconds, generation, recipe = {} }: Pick<BenchOptions, 'seconds' | 'generation' | 'recipe'>,
  gflops: number,
): number {
  const model = modelOf(size);
  const init = INIT_SECONDS * parameterCount(model);
  const secondsOf = (flops: number): number => flops / gflops / 1e9;
  const step = secondsOf(passesOf(recipe) * (recipe.accumulate ?? 1) * model.forwardFlops(size.B, size.T));
  const training = init + WARMUP * step + Math.max(seconds, LEAST_STEPS * step);
  if (!generation) return training;
  // each twice: once to warm up, once or more to measure
  const cached = 2 * secondsOf(model.forwardFlops(ROWS, size.promptTokens + size.newTokens));
  const prefixes = prefixBuckets(size).map(({ T }) => model.forwardFlops(ROWS, T));
  const recomputed = 2 * secondsOf(prefixes.reduce((sum, flops) => sum + flops, 0));
  return training + init + Math.max(seconds, cached) + Math.max(seconds, recomputed);
}

const machine = (): BenchResults['machine'] => ({
  cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
  cores: os.availableParallelism(),
  memoryBytes: os.totalmem(),
  platform: `${process.platform} ${process.arch}`,
  node: process.version,
});
