import * as tf from '@tensorflow/tfjs';
import type { Engine } from '../../engine/index.ts';
import { createRng } from '../../lib/rng.ts';
import type { Rng } from '../../lib/rng.ts';
import type { Size } from './sizes.ts';
import { repeat } from './timing.ts';
import type { GemmResult, GemmShape, Note, Tasks } from './types.ts';

/** Squares, where libraries are fastest. */
const SQUARES: readonly GemmShape[] = [
  [512, 512, 512],
  [1024, 1024, 1024],
  [2048, 2048, 2048],
];
/** Of one run: long enough for its start not to count, ... */
const RUN_FLOPS = 10e9;
/** ... but no longer than this; a slow device is tried with small products alone. */
const RUN_SECONDS = 1;
const MOST_LINKS = 50;

/** Products that a machine's best speed is looked for in: squares, and the MLPs of the sizes. Each once. */
export function gemmShapes(asked: readonly Size[]): GemmShape[] {
  const shapes = [...SQUARES, ...asked.map(({ B, T, nEmbd }): GemmShape => [B * T, nEmbd, 4 * nEmbd])];
  return [...new Map(shapes.map((shape) => [shape.join('x'), shape])).values()];
}

/** The fastest matrix product that the engine can do: what a training step's speed is held against. */
export async function timeGemm(engine: Engine, { shapes, seconds }: Tasks['gemm'], note: Note): Promise<GemmResult> {
  const results: { shape: GemmShape; gflops: number }[] = [];
  let expected: number | undefined;
  for (const shape of shapes.toSorted((a, b) => linkFlops(a) - linkFlops(b))) {
    note(`matrix products ${shape.join(' x ')}`);
    expected ??= await gemmSpeed(engine, shape, 1, 0);
    const runFlops = Math.min(RUN_FLOPS, expected * 1e9 * RUN_SECONDS);
    if (results.length > 0 && linkFlops(shape) > runFlops && runFlops < RUN_FLOPS) break; // nor any larger one
    const links = Math.min(MOST_LINKS, Math.ceil(runFlops / linkFlops(shape)));
    const gflops = await gemmSpeed(engine, shape, links, seconds / shapes.length);
    results.push({ shape, gflops });
    expected = Math.max(expected, gflops);
  }
  const { backend, description, threads } = engine;
  const gflops = Math.max(...results.map((result) => result.gflops));
  return { engine: { backend, description, threads }, gflops, shapes: results };
}

/** Operations of x [M, K] times up [K, N] times down [N, K]. */
const linkFlops = ([M, K, N]: GemmShape): number => 4 * M * K * N;

/** GFLOP/s of so many links, one after another: nothing but products. The best of all runs. */
async function gemmSpeed(engine: Engine, shape: GemmShape, links: number, seconds: number): Promise<number> {
  const [M, K, N] = shape;
  const program = await engine.compile(
    `gemm ${links}`,
    (_, { x, up, down }) => {
      let y = x!;
      for (let i = 0; i < links; i++) y = tf.matMul(tf.matMul(y, up!), down!);
      return { outputs: { mean: tf.mean(y) } };
    },
    {
      state: {},
      inputs: {
        x: { shape: [M, K], dtype: 'float32' },
        up: { shape: [K, N], dtype: 'float32' },
        down: { shape: [N, K], dtype: 'float32' },
      },
    },
  );
  const rng = createRng(1);
  const values = { x: uniform(M * K, 1, rng), up: uniform(K * N, K, rng), down: uniform(N * K, N, rng) };
  const state = engine.createState({});
  const run = async (): Promise<void> => {
    const { mean } = await program.run(state, values);
    if (!Number.isFinite(mean![0])) throw new Error(`the product of ${M} x ${K} x ${N} is no number`);
  };
  await run();
  const times = await repeat(run, { seconds, least: 3, most: 100 });
  state.dispose();
  return (linkFlops(shape) * links) / Math.min(...times) / 1e6;
}

/** Variance 1 / `fanIn`, so that products neither grow nor fade: fading ones would end in slow denormal numbers. */
const uniform = (length: number, fanIn: number, rng: Rng): Float32Array =>
  Float32Array.from({ length }, () => (rng.next() - 0.5) * Math.sqrt(12 / fanIn));
