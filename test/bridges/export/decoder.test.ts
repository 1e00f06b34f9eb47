import * as ort from '../../../src/engine/onnxruntime.ts';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { decoderModel } from '../../../src/bridges/export/decoder.ts';
import { models } from '../../../src/nn/models/index.ts';
import type { Model } from '../../../src/nn/models/index.ts';
import { shaken, smallModels } from '../../nn/models/small.ts';

const engine = await createEngine({ backend: 'onnx', threads: 1 });
afterAll(() => engine.dispose());

type Feeds = Record<string, ort.Tensor>;
const int64 = (rows: readonly (readonly number[])[]): ort.Tensor =>
  new ort.Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);

/** The exported file, asked as transformers.js does: the first time with an empty cache. */
async function exported({ model }: { model: Model }) {
  const bytes = Buffer.concat(decoderModel(model, shaken(model)));
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const { nKvHead: H, headSize: D } = model;
  async function ask(ids: number[][], attended: number[][], positions: number[][], past?: Feeds) {
    const cache = session.inputNames.slice(3).map((name) => {
      const empty = () => new ort.Tensor('float32', [], [ids.length, H, 0, D]);
      return [name, past ? past[name.replace('past_key_values', 'present')]! : empty()] as const;
    });
    const inputs = { input_ids: int64(ids), attention_mask: int64(attended), position_ids: int64(positions) };
    const outputs = await session.run({ ...inputs, ...Object.fromEntries(cache) });
    return { outputs: outputs as Feeds, logits: [...(outputs.logits!.data as Float32Array)] };
  }
  return { session, ask };
}

/** Logits [T, V] of our own full forward pass. */
async function ours(model: Model, ids: readonly number[]): Promise<number[]> {
  const state = engine.createState(shaken(model));
  const program = await engine.compile(
    `whole ${model.key}`,
    (p, { tokens }) => ({ outputs: { logits: model.logits(p, model.forward(p, { tokens: tokens! }).hidden) } }),
    { state: state.specs, inputs: { tokens: { shape: [1, ids.length], dtype: 'int32' } } },
  );
  const { logits } = await program.run(state, { tokens: Int32Array.from(ids) });
  state.dispose();
  return [...logits!];
}

const difference = (a: readonly number[], b: readonly number[]): number => {
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
};
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const ones = (n: number): number[] => Array<number>(n).fill(1);
const TEXT = [5, 9, 13, 20, 27, 1, 2, 22];
const { params, create } = models.gpt2;
const relu2 = params.parse({ nLayer: 2, nHead: 2, nEmbd: 16, nPositions: 24, activation: 'relu2' });
const VARIANTS: Readonly<Record<string, Model>> = { ...smallModels, 'gpt2 with relu2': create(relu2, 30) };
/** The largest difference seen is 2.8e-6, of logits up to 5.2. */
const TOLERANCE = 1e-5;

describe.each(Object.entries(VARIANTS))('%s as an ONNX decoder', (_, model) => {
  const V = model.vocabSize;
  const opened = exported({ model });

  it('has the inputs and outputs that transformers.js expects', async () => {
    const { session } = await opened;
    const layers = range(0, model.nLayer).flatMap((l) => [`${l}.key`, `${l}.value`]);
    expect(session.inputNames).toEqual([
      ...['input_ids', 'attention_mask', 'position_ids'],
      ...layers.map((name) => `past_key_values.${name}`),
    ]);
    expect(session.outputNames).toEqual(['logits', ...layers.map((name) => `present.${name}`)]);
    const { outputs } = await (await opened).ask([TEXT], [ones(8)], [range(0, 8)]);
    expect(outputs.logits!.dims).toEqual([1, 8, V]);
    expect(outputs['present.1.value']!.dims).toEqual([1, model.nKvHead, 8, model.headSize]);
  });

  it('gives the logits of our own forward pass', async () => {
    const { logits } = await (await opened).ask([TEXT], [ones(8)], [range(0, 8)]);
    expect(difference(logits, await ours(model, TEXT))).toBeLessThan(TOLERANCE);
  });

  it('goes on from its cache as if there were none, by one token or several', async () => {
    const { ask } = await opened;
    const parts = [];
    let past: Feeds | undefined;
    for (const [from, to] of [
      [0, 1],
      [1, 4],
      [4, 5],
      [5, 8],
    ] as const) {
      const { outputs, logits } = await ask([TEXT.slice(from, to)], [ones(to)], [range(from, to)], past);
      parts.push(...logits);
      past = outputs;
    }
    expect(past!['present.0.key']!.dims).toEqual([1, model.nKvHead, 8, model.headSize]);
    expect(difference(parts, await ours(model, TEXT))).toBeLessThan(TOLERANCE);
  });

  it('reads a batch padded on the left as each row alone, also from the cache', async () => {
    const { ask } = await opened;
    const short = [7, 3, 11];
    const padded = [TEXT.slice(0, 5), [0, 0, ...short]];
    const attended = [ones(5), [0, 0, 1, 1, 1]];
    const first = await ask(padded, attended, [range(0, 5), [1, 1, 0, 1, 2]]);
    const next = await ask(
      [[TEXT[5]!], [12]],
      attended.map((row) => [...row, 1]),
      [[5], [3]],
      first.outputs,
    );
    const [long, alone] = [await ours(model, TEXT.slice(0, 6)), await ours(model, [...short, 12])];
    expect(difference(first.logits.slice(0, 5 * V), long.slice(0, 5 * V))).toBeLessThan(TOLERANCE);
    expect(difference(first.logits.slice(7 * V), alone.slice(0, 3 * V))).toBeLessThan(TOLERANCE);
    expect(difference(next.logits, [...long.slice(5 * V), ...alone.slice(3 * V)])).toBeLessThan(TOLERANCE);
  });
});

it('a file that leaves the kit has operators of the ONNX standard alone', () => {
  for (const model of Object.values(VARIANTS)) {
    const file = Buffer.concat(decoderModel(model, shaken(model))).toString('latin1');
    expect(file).toContain('Softmax');
    expect(file).not.toContain('com.microsoft');
  }
});
