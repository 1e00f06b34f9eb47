import * as tf from '@tensorflow/tfjs';
import type { Scalar } from '@tensorflow/tfjs';
import { createOnnxEngine } from './onnx-engine.ts';
import type { OnnxOptions } from './onnx-engine.ts';
import { layerNorm, linear, relu2 } from './ops.ts';
import { probeDevice } from './probe.ts';
import type { Provider } from './providers.ts';
import type { Specs, Traceable } from './types.ts';

/** Rows, width and layers: about a step of the default model. */
const [N, C, LAYERS] = [1024, 128, 4];
const WARMUP = 2;
const STEPS = 5;

const SHAPES = { gain: [C], bias: [C], up: [C, 4 * C], upBias: [4 * C], down: [4 * C, C], downBias: [C] };
const STATE: Specs = Object.fromEntries(
  Array.from({ length: LAYERS }, (_, l) =>
    Object.entries(SHAPES).map(([name, shape]) => [`${l}.${name}`, { shape, dtype: 'float32' }] as const),
  ).flat(),
);

/** Forward, backward and update of LAYERS blocks without attention, x [N, C]. */
const step: Traceable = (state, { x }) => {
  const names = Object.keys(STATE);
  const { value, grads } = tf.valueAndGrads((...tensors) => {
    const p = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
    let y = x!;
    for (let l = 0; l < LAYERS; l++) {
      const up = linear(layerNorm(y, p[`${l}.gain`]!, p[`${l}.bias`]!), p[`${l}.up`]!, p[`${l}.upBias`]!);
      y = tf.add(y, linear(relu2(up), p[`${l}.down`]!, p[`${l}.downBias`]!));
    }
    return tf.mean(tf.square(y)) as Scalar;
  })(names.map((name) => state[name]!));
  const next = names.map((name, i) => [name, tf.sub(state[name]!, tf.mul(grads[i]!, 1e-3))] as const);
  return { state: Object.fromEntries(next), outputs: { loss: value } };
};

/** The fastest of a few small training steps, in ms. */
export async function timeTrial(options: OnnxOptions, clock: () => number): Promise<number> {
  const engine = createOnnxEngine(options);
  const program = await engine.compile('trial', step, {
    state: STATE,
    inputs: { x: { shape: [N, C], dtype: 'float32' } },
  });
  const state = engine.createState(STATE);
  const x = Float32Array.from({ length: N * C }, (_, i) => Math.sin(i));
  const times: number[] = [];
  for (let i = 0; i < WARMUP + STEPS; i++) {
    const begin = clock();
    await program.run(state, { x });
    if (i >= WARMUP) times.push(clock() - begin);
  }
  state.dispose();
  await engine.dispose();
  return Math.min(...times);
}

export interface Trial {
  readonly provider: Provider;
  /** What was timed, for people; absent where no device answers. */
  readonly reason?: string;
}

/**
 * Which of onnxruntime's CPU and WebGPU providers trains a small model faster here. Where no device answers, nothing is timed;
 * where one does, the trial takes about two seconds. `clock` in ms. A device that only software imitates loses it.
 */
export async function fasterProvider(clock: () => number, threads?: number, probe = probeDevice): Promise<Trial> {
  const { usable, msPerStep = Infinity } = await probe(true);
  if (!usable) return { provider: 'cpu' };
  const cpuMs = await timeTrial({ provider: 'cpu', ...(threads !== undefined && { threads }) }, clock);
  const device = Number.isFinite(msPerStep) ? `${msPerStep.toFixed(1)} ms on webgpu` : 'not one in time on webgpu';
  return {
    provider: msPerStep < cpuMs ? 'webgpu' : 'cpu',
    reason: `a small training step took ${cpuMs.toFixed(1)} ms on the CPU, ${device}`,
  };
}
