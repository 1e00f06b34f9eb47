/**
 * The reference training step in plain TensorFlow.js, eager: what the compiled engine is there to replace.
 *
 *     npx tsx scripts/bench/tfjs_step.ts [--backend wasm|cpu] [--steps 2] [--init model.safetensors]
 *
 * The model, batch and optimizer of scripts/bench/torch_step.py; --init gives both the same start, and then they report
 * the same losses. Prints JSON. A step takes 10 s and more (`wasm`) or 40 s (`cpu`); the first is not slower than
 * the rest, so nothing is warmed up.
 *
 * Legend: B batch, T time, C channels, H heads, D head size, V vocabulary, L layers.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import { readSafetensors } from '../../src/nn/checkpoints/safetensors/index.ts';

const [V, C, L, H, T, B] = [2048, 256, 3, 4, 128, 16];
const D = C / H;
const ADAMW = { lr: 3e-4, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 }; // decay on matrices only
const MAX_NORM = 1;

type Tensors = Record<string, Tensor>;
type Batch = { tokens: Tensor1D; targets: Tensor1D }; // [B * T] each
type State = { parameters: Tensors; first: Tensors; second: Tensors };

const blockShapes: Record<string, number[]> = {
  'ln_1.weight': [C],
  'ln_1.bias': [C],
  'attn.c_attn.weight': [C, 3 * C],
  'attn.c_attn.bias': [3 * C],
  'attn.c_proj.weight': [C, C],
  'attn.c_proj.bias': [C],
  'ln_2.weight': [C],
  'ln_2.bias': [C],
  'mlp.c_fc.weight': [C, 4 * C],
  'mlp.c_fc.bias': [4 * C],
  'mlp.c_proj.weight': [4 * C, C],
  'mlp.c_proj.bias': [C],
};

/** Every parameter's shape by Hugging Face's name. */
const shapes: Record<string, number[]> = {
  'wte.weight': [V, C],
  'wpe.weight': [T, C],
  ...Object.fromEntries(
    Array.from({ length: L }, (_, l) =>
      Object.entries(blockShapes).map(([name, shape]) => [`h.${l}.${name}`, shape]),
    ).flat(),
  ),
  'ln_f.weight': [C],
  'ln_f.bias': [C],
};

const mapValues = <A, Z>(record: Record<string, A>, f: (value: A, name: string) => Z): Record<string, Z> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]));

/** From the file, or GPT-2's initial values: normal with deviation 0.02, biases 0, LayerNorm weights 1. */
function initialParameters(file: string | undefined): Tensors {
  if (file === undefined)
    return mapValues(shapes, (shape, name) => {
      if (shape.length === 2) return tf.randomNormal(shape, 0, 0.02);
      return name.endsWith('weight') ? tf.ones(shape) : tf.zeros(shape);
    });
  const found = readSafetensors(file);
  return mapValues(shapes, (shape, name) => {
    const tensor = found[name] ?? found[`transformer.${name}`];
    if (tensor?.shape.join() !== shape.join())
      throw new Error(`${file}: ${name} should be [${shape}]; it is ${tensor ? `[${tensor.shape}]` : 'missing'}`);
    return tf.tensor(tensor.data, shape);
  });
}

function layerNorm(x: Tensor2D, weight: Tensor, bias: Tensor): Tensor2D {
  const centered = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centered), -1, true);
  return tf.add(tf.mul(tf.mul(centered, tf.rsqrt(tf.add(variance, 1e-5))), weight), bias);
}

/** The tanh approximation (`gelu_new`). */
function gelu(x: Tensor2D): Tensor2D {
  const cubic = tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x))));
  return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), cubic))));
}

/** Causal softmax attention of all heads, on normalized x [B * T, C]; `mask` is 0 or -1e9 [1, T, T]. */
function attention(x: Tensor2D, w: Tensors, mask: Tensor): Tensor2D {
  const qkv = linear(x, w, 'attn.c_attn'); // [B * T, 3C]
  const parts = tf.transpose(tf.reshape(qkv, [B, T, 3, H, D]), [2, 0, 3, 1, 4]); // [3, B, H, T, D]
  const [q, k, v] = tf.unstack(tf.reshape(parts, [3, B * H, T, D])); // each [B * H, T, D]
  const scores = tf.mul(tf.matMul(q as Tensor3D, k as Tensor3D, false, true), 1 / Math.sqrt(D)); // [B * H, T, T]
  const mixed = tf.matMul(tf.softmax(tf.add(scores, mask)), v as Tensor3D); // [B * H, T, D]
  const joined: Tensor2D = tf.reshape(tf.transpose(tf.reshape(mixed, [B, H, T, D]), [0, 2, 1, 3]), [B * T, C]);
  return linear(joined, w, 'attn.c_proj');
}

const linear = (x: Tensor2D, w: Tensors, name: string): Tensor2D =>
  tf.add(tf.matMul(x, w[`${name}.weight`] as Tensor2D), w[`${name}.bias`]!);

/** Rows of 0 and 1, [B * T] -> [B * T, V]. Cast, since `wasm` writes integers into a one-hot made as float32. */
const oneHot = (ids: Tensor1D): Tensor2D => tf.cast(tf.oneHot(ids, V) as Tensor2D, 'float32');

/** Mean cross-entropy of the targets. Rows are looked up by one-hot products: `wasm` cannot scatter their gradient. */
function lossOf(p: Tensors, { tokens, targets }: Batch): tf.Scalar {
  const wte = p['wte.weight'] as Tensor2D;
  const embedded = tf.matMul(oneHot(tokens), wte); // [B * T, C]
  let x: Tensor2D = tf.reshape(tf.add(tf.reshape(embedded, [B, T, C]), p['wpe.weight']!), [B * T, C]);
  const mask = tf.expandDims(tf.mul(-1e9, tf.sub(1, tf.linalg.bandPart(tf.ones([T, T]), -1, 0))), 0);
  for (let l = 0; l < L; l++) {
    const w = mapValues(blockShapes, (_shape, name) => p[`h.${l}.${name}`]!);
    x = tf.add(x, attention(layerNorm(x, w['ln_1.weight']!, w['ln_1.bias']!), w, mask));
    const hidden = gelu(linear(layerNorm(x, w['ln_2.weight']!, w['ln_2.bias']!), w, 'mlp.c_fc'));
    x = tf.add(x, linear(hidden, w, 'mlp.c_proj'));
  }
  const logits = tf.matMul(layerNorm(x, p['ln_f.weight']!, p['ln_f.bias']!), wte, false, true); // [B * T, V]
  const chosen = tf.sum(tf.mul(tf.logSoftmax(logits), oneHot(targets)), -1); // [B * T]
  return tf.neg(tf.mean(chosen));
}

/** One AdamW update (Loshchilov and Hutter 2019) after clipping to MAX_NORM. Returns new tensors; `state` stays. */
function adamw(state: State, gradients: Tensors, step: number): State {
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
  const norm = tf.sqrt(tf.addN(squares));
  const scale = tf.minimum(1, tf.div(MAX_NORM, tf.add(norm, 1e-6)));
  const { lr, beta1, beta2, eps, weightDecay } = ADAMW;
  const clipped = mapValues(gradients, (gradient) => tf.mul(gradient, scale));
  const first = mapValues(clipped, (g, name) => tf.add(tf.mul(state.first[name]!, beta1), tf.mul(g, 1 - beta1)));
  const second = mapValues(clipped, (g, name) =>
    tf.add(tf.mul(state.second[name]!, beta2), tf.mul(tf.square(g), 1 - beta2)),
  );
  const parameters = mapValues(state.parameters, (p, name) => {
    const mean = tf.div(first[name]!, 1 - beta1 ** step);
    const deviation = tf.sqrt(tf.div(second[name]!, 1 - beta2 ** step));
    const decayed = p.rank >= 2 ? tf.mul(p, 1 - lr * weightDecay) : p;
    return tf.sub(decayed, tf.mul(lr, tf.div(mean, tf.add(deviation, eps))));
  });
  return { parameters, first, second };
}

/** Forward, backward and update. `state`'s tensors are freed. */
function trainStep(state: State, batch: Batch, step: number): { loss: number; state: State } {
  const names = Object.keys(state.parameters);
  const next = tf.tidy(() => {
    const f = (...values: Tensor[]): tf.Scalar =>
      lossOf(Object.fromEntries(names.map((name, i) => [name, values[i]!])), batch);
    const { value, grads } = tf.valueAndGrads(f)(Object.values(state.parameters));
    const gradients = Object.fromEntries(names.map((name, i) => [name, grads[i]!]));
    return { loss: value, state: adamw(state, gradients, step) };
  });
  tf.dispose(state);
  const loss = next.loss.dataSync()[0]!; // waits for the step
  next.loss.dispose();
  return { loss, state: next.state };
}

const median = (values: number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    steps: { type: 'string', default: '2' },
    init: { type: 'string' },
  },
});
const steps = Number(options.steps);
if (!Number.isInteger(steps) || steps < 1) throw new Error(`--steps ${options.steps}: give a whole number above 0`);
tf.enableProdMode();
if (!['wasm', 'cpu'].includes(options.backend)) throw new Error(`--backend ${options.backend}: use wasm or cpu`);
await tf.setBackend(options.backend);

const parameters = initialParameters(options.init);
let state: State = {
  parameters,
  first: mapValues(parameters, (p) => tf.zerosLike(p)),
  second: mapValues(parameters, (p) => tf.zerosLike(p)),
};
const batch: Batch = {
  tokens: tf.tensor1d(Int32Array.from({ length: B * T }, (_, i) => (i * 7919) % V)),
  targets: tf.tensor1d(Int32Array.from({ length: B * T }, (_, i) => (i * 104729 + 3) % V)),
};
const losses: number[] = [];
const times: number[] = [];
for (let step = 1; step <= steps; step++) {
  const start = performance.now();
  const done = trainStep(state, batch, step);
  times.push(Math.round(performance.now() - start));
  losses.push(done.loss);
  state = done.state;
}
const result = {
  runtime: `tfjs-${tf.getBackend()}`,
  version: tf.version_core,
  node: process.version,
  threads: 1,
  parameters: Object.values(shapes).reduce((sum, shape) => sum + tf.util.sizeFromShape(shape), 0),
  tokensPerStep: B * T,
  steps,
  adamw: { maxNorm: MAX_NORM, ...ADAMW },
  msPerStep: { median: median(times), min: Math.min(...times) },
  losses: losses.slice(0, 20),
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
};
console.log(JSON.stringify(result, null, 2));
