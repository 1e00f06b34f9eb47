import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import { initParameters } from './types.ts';
import type { Model, ParameterSpec, Parameters, ParameterTensors } from './types.ts';

/**
 * Low-rank adaptation (Hu et al. 2022): a frozen linear map W gains a product of two thin matrices, W x + scale B A x with
 * A [r, I] drawn at random and B [O, r] zero at first, so that nothing changes until B moves. Names, shapes and initial
 * values are those of Hugging Face PEFT.
 */
export const loraParams = z.strictObject({
  rank: z.int().positive().default(8).describe('width of the adapter of each linear map'),
  alpha: z.number().positive().default(16).describe('its product is multiplied by alpha / rank'),
  targets: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('linear maps that get one, by the end of their name (default: all of the blocks; PEFT: c_attn, or q_proj and v_proj)'), // prettier-ignore
  frozen: z
    .enum(['float32', 'int8'])
    .default('float32')
    .describe('how the frozen maps are read in training; int8: rounded to 8 bits, and so is what they are multiplied by, which is faster on a CPU at 135M; the adapter is merged into the weights as they were'), // prettier-ignore
  dropout: z.literal('none').optional().describe('there is none here'),
});

export type LoraOptions = z.output<typeof loraParams>;

/** An adapter by itself: `NAME.lora_A.weight` [r, I] and `NAME.lora_B.weight` [O, r], and what their product is multiplied by. */
export interface Adapter {
  readonly scale: number;
  readonly tensors: Parameters;
}

/** A linear map of a model: from how many channels to how many. */
export interface LinearMap {
  readonly inputs: number;
  readonly outputs: number;
}

const A = '.lora_A.weight';
const B = '.lora_B.weight';

/** What an adapter adds to a model's parameters is known by its name. */
export const isAdapterName = (name: string): boolean => name.endsWith(A) || name.endsWith(B);

export const scaleOf = ({ alpha, rank }: Pick<LoraOptions, 'alpha' | 'rank'>): number => alpha / rank;

/** The linear maps of a model's blocks, by name (`h.0.attn.c_attn`): the matrices that stand in a numbered layer. */
export const linearMaps = ({ parameterSpecs, layout = 'out-in' }: Model): Readonly<Record<string, LinearMap>> =>
  Object.fromEntries(
    Object.entries(parameterSpecs).flatMap(([key, { shape }]) => {
      const [name] = /^.*\.\d+\..*(?=\.weight$)/.exec(key) ?? [];
      if (name === undefined || shape.length !== 2 || isAdapterName(key)) return [];
      const [first = 0, second = 0] = shape;
      const map = layout === 'in-out' ? { inputs: first, outputs: second } : { inputs: second, outputs: first };
      return [[name, map] as const];
    }),
  );

/**
 * The linear maps that get an adapter.
 * @throws UserError naming each target that no linear map ends with.
 */
export function targetsOf(model: Model, { targets }: Pick<LoraOptions, 'targets'>): string[] {
  const names = Object.keys(linearMaps(model));
  if (!targets) return names;
  const isTarget = (name: string, target: string): boolean => name === target || name.endsWith(`.${target}`);
  const unknown = targets.filter((target) => !names.some((name) => isTarget(name, target)));
  if (unknown.length > 0) {
    const ends = [...new Set(names.map((name) => name.slice(name.lastIndexOf('.') + 1)))];
    throw new UserError(
      `lora.targets: no linear map of ${model.kind} is called ${unknown.join(', ')}; there are ${ends.join(', ')}`,
    );
  }
  return names.filter((name) => targets.some((target) => isTarget(name, target)));
}

/** PEFT's: A as torch.nn.Linear begins, U(-1/sqrt(I), 1/sqrt(I)); B zero. */
function adapterSpecs(model: Model, lora: LoraOptions): Record<string, ParameterSpec> {
  const maps = linearMaps(model);
  return Object.fromEntries(
    targetsOf(model, lora).flatMap((name) => {
      const { inputs, outputs } = maps[name]!;
      const bound = 1 / Math.sqrt(inputs);
      return [
        [name + A, { shape: [lora.rank, inputs], init: (rng: Rng) => bound * (2 * rng.next() - 1) }],
        [name + B, { shape: [outputs, lora.rank], init: () => 0 }],
      ];
    }),
  );
}

/** The model with a fresh adapter: its own parameters are frozen, the adapter's are trained. */
export const withAdapter = (model: Model, lora: LoraOptions): Model =>
  extended(lora.frozen === 'int8' ? inEightBits(model, lora) : model, adapterSpecs(model, lora), scaleOf(lora));

function inEightBits(model: Model, lora: LoraOptions): Model {
  const weights = new Set(targetsOf(model, lora).map((name) => `${name}.weight`));
  const specs = Object.entries(model.parameterSpecs).map(
    ([name, spec]) => [name, weights.has(name) ? { ...spec, quantized: true as const } : spec] as const,
  );
  return { ...model, key: `${model.key} int8`, parameterSpecs: Object.fromEntries(specs) };
}

/** The same with one that is there already. */
export const withTensors = (model: Model, { scale, tensors }: Adapter): Model =>
  extended(
    model,
    Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, { shape, init: () => 0 }])),
    scale,
  );

function extended(model: Model, own: Readonly<Record<string, ParameterSpec>>, scale: number): Model {
  /** The scale rides along with B, so that a linear map need not know it. */
  const scaled = (p: ParameterTensors): ParameterTensors => ({
    ...p,
    ...Object.fromEntries(
      Object.keys(own)
        .filter((name) => name.endsWith(B))
        .map((name) => [name, tf.mul(p[name]!, scale)]),
    ),
  });
  return {
    ...model,
    key: `${model.key} lora ${JSON.stringify([scale, Object.entries(own).map(([name, { shape }]) => [name, shape])])}`,
    parameterSpecs: { ...model.parameterSpecs, ...own },
    frozen: new Set(Object.keys(model.parameterSpecs)),
    forward: (p, inputs, hook) => model.forward(scaled(p), inputs, hook),
  };
}

/** What an adapter has among all parameters. */
export const adapterOf = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => isAdapterName(name)));

/** Initial values of the adapter of a model that has one, one stream of randomness a name. */
export const initAdapter = (model: Model, rng: Rng): Parameters =>
  initParameters({ ...model, parameterSpecs: ownSpecs(model) }, rng);

const ownSpecs = ({ parameterSpecs }: Model): Model['parameterSpecs'] =>
  Object.fromEntries(Object.entries(parameterSpecs).filter(([name]) => isAdapterName(name)));

/**
 * The plain model's parameters with the adapter worked into them: W + scale B A. Tensors that have no adapter are handed on,
 * uncopied. Sums are taken in double precision, on the CPU, so that no engine has a say.
 */
export const mergeAdapter = (model: Model, parameters: Parameters, adapter: Adapter): Parameters =>
  addProducts(model, parameters, adapter, adapter.scale);

/** The inverse, up to rounding: W - scale B A. */
export const unmergeAdapter = (model: Model, parameters: Parameters, adapter: Adapter): Parameters =>
  addProducts(model, parameters, adapter, -adapter.scale);

function addProducts(model: Model, parameters: Parameters, { tensors }: Adapter, scale: number): Parameters {
  const merged = { ...parameters };
  for (const [name, map] of Object.entries(linearMaps(model))) {
    const [a, b] = [tensors[name + A], tensors[name + B]];
    if (!a || !b) continue;
    const weight = parameters[`${name}.weight`]!;
    merged[`${name}.weight`] = { ...weight, data: addProduct(weight.data, a, b, scale, { map, layout: model.layout }) };
  }
  return merged;
}

function addProduct(
  weight: Float32Array,
  { data: a }: Parameters[string],
  { data: b, shape: [, rank = 0] }: Parameters[string],
  scale: number,
  { map: { inputs: I, outputs: O }, layout }: { readonly map: LinearMap; readonly layout: Model['layout'] },
): Float32Array {
  const [perInput, perOutput] = layout === 'in-out' ? [O, 1] : [1, I];
  const sum = weight.slice();
  const row = new Float64Array(I); // of B A
  for (let o = 0; o < O; o++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const share = scale * b[o * rank + r]!;
      for (let i = 0; i < I; i++) row[i]! += share * a[r * I + i]!;
    }
    for (let i = 0; i < I; i++) sum[o * perOutput + i * perInput]! += row[i]!;
  }
  return sum;
}
