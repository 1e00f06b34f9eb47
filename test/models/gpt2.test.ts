import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { initParameters, models, parameterCount } from '../../src/models/index.ts';
import type { Hook } from '../../src/models/index.ts';
import { scoreCompletions } from '../../src/models/score.ts';
import { maxDifference } from '../golden/read.ts';

const [V, T] = [30, 12];
const model = models.gpt2.create({ nLayer: 2, nHead: 2, nEmbd: 16, nPositions: 24 }, V);
const parameters = Object.fromEntries(
  Object.entries(initParameters(model, createRng(1))).map(([name, { shape, data }]) => {
    const rng = createRng(`shake ${name}`);
    return [name, { shape, data: data.map((x) => 3 * x + 0.1 * rng.normal()) }];
  }),
);
const engine = await createEngine({ backend: 'onnx', threads: 1 });
const state = engine.createState(parameters);
afterAll(() => engine.dispose());

const rng = createRng('tokens');
const row = (length = T): number[] => Array.from({ length }, () => rng.int(V));

/** Logits [B, T, V] of rows of one length, as one list for each row. */
async function logitsOf(rows: readonly (readonly number[])[], key = 'plain', hook?: Hook): Promise<Float32Array[]> {
  const [B, T] = [rows.length, rows[0]!.length];
  const program = await engine.compile(
    `logits ${key}`,
    (p, { tokens }) => ({ outputs: { logits: model.logits(p, model.forward(p, { tokens: tokens! }, hook).hidden) } }),
    { state: state.specs, inputs: { tokens: { shape: [B, T], dtype: 'int32' } } },
  );
  const { logits } = await program.run(state, { tokens: Int32Array.from(rows.flat()) });
  return rows.map((_, b) => (logits as Float32Array).slice(b * T * V, (b + 1) * T * V));
}

describe('GPT-2', () => {
  it('is causal: a later token changes no earlier logit, and does change the later ones', async () => {
    const a = row();
    const [before] = await logitsOf([a]);
    for (const at of [1, 5, T - 1]) {
      const [after] = await logitsOf([a.with(at, (a[at]! + 1) % V)]);
      expect(after!.slice(0, at * V)).toEqual(before!.slice(0, at * V));
      expect(maxDifference(after!.slice(at * V), before!.slice(at * V))).toBeGreaterThan(1e-3);
    }
  });

  it('attends: an earlier token changes every later logit', async () => {
    const a = row();
    const [before] = await logitsOf([a]);
    const [after] = await logitsOf([a.with(0, (a[0]! + 1) % V)]);
    for (let t = 0; t < T; t++) {
      const [x, y] = [before!, after!].map((logits) => logits.slice(t * V, (t + 1) * V));
      expect(maxDifference(x!, y!), `position ${t}`).toBeGreaterThan(1e-5);
    }
  });

  it('pays no heed to padding on the right', async () => {
    const a = row(7);
    const [alone] = await logitsOf([a]);
    for (const pad of [0, 5]) {
      const [padded] = await logitsOf([[...a, ...Array<number>(T - 7).fill(pad)]]);
      expect(maxDifference(padded!.slice(0, 7 * V), alone!)).toBeLessThan(1e-5);
    }
  });

  it('gives a batch of n what it gives n batches of 1', async () => {
    const rows = Array.from({ length: 5 }, () => row());
    const together = await logitsOf(rows);
    for (const [b, one] of rows.entries())
      expect(maxDifference(together[b]!, (await logitsOf([one]))[0]!)).toBeLessThan(1e-5);
  });

  it('starts with every parameter drawn by its own name', () => {
    const fresh = initParameters(model, createRng(7));
    expect(initParameters(model, createRng(7))).toEqual(fresh);
    const deeper = models.gpt2.create({ nLayer: 3, nHead: 2, nEmbd: 16, nPositions: 24 }, V);
    expect(initParameters(deeper, createRng(7))['wte.weight']).toEqual(fresh['wte.weight']);
    const count = (V + 24) * 16 + 2 * (12 * 16 * 16 + 13 * 16) + 2 * 16;
    expect(parameterCount(model)).toBe(count);
  });
});

const perBlock = [
  'hook_resid_pre',
  'ln1.hook_normalized',
  'attn.hook_q',
  'attn.hook_k',
  'attn.hook_v',
  'attn.hook_attn_scores',
  'attn.hook_pattern',
  'attn.hook_z',
  'hook_attn_out',
  'hook_resid_mid',
  'ln2.hook_normalized',
  'mlp.hook_pre',
  'mlp.hook_post',
  'hook_mlp_out',
  'hook_resid_post',
];
const HOOKS = [
  'hook_embed',
  'hook_pos_embed',
  ...[0, 1].flatMap((l) => perBlock.map((name) => `blocks.${l}.${name}`)),
  'ln_final.hook_normalized',
];

describe('hooks', () => {
  const rows = [row(), row()];

  it('fire once each, in the order of the computation', async () => {
    const seen: string[] = [];
    await logitsOf(rows, 'seen', (name, x) => {
      seen.push(name);
      return x;
    });
    expect(seen).toEqual(HOOKS);
  });

  it('that return what they were given change nothing', async () => {
    expect(await logitsOf(rows, 'identity', (_, x) => x)).toEqual(await logitsOf(rows));
    const cloned = await logitsOf(rows, 'clone', (_, x) => tf.clone(x));
    expect(cloned).toEqual(await logitsOf(rows));
  });

  it.each(HOOKS)('an intervention at %s changes the logits', async (at) => {
    // not a multiple, which a LayerNorm would undo, nor a sum, which a softmax would
    const ramp = (n: number): tf.Tensor => tf.tensor1d(Array.from({ length: n }, (_, i) => i / 2));
    const stretched: Hook = (name, x) => (name === at ? tf.mul(x, ramp(x.shape.at(-1)!)) : x);
    const [plain] = await logitsOf(rows);
    const [changed] = await logitsOf(rows, at, stretched);
    expect(maxDifference(changed!, plain!)).toBeGreaterThan(1e-3);
  });
});

describe('scoreCompletions', () => {
  const lengths = [9, 4, 12, 24, 7];
  const texts = lengths.map((n, i) => ({ ids: row(n), promptLength: 2 + (i % 2) }));

  it('is the sum of the log-softmax at each token of the completion, by hand', async () => {
    const scores = await scoreCompletions({ engine, model, state }, texts);
    for (const [i, { ids, promptLength }] of texts.entries()) {
      const [logits] = await logitsOf([ids]);
      let expected = 0;
      for (let t = promptLength; t < ids.length; t++) {
        const at = Array.from(logits!.slice((t - 1) * V, t * V));
        expected += at[ids[t]!]! - Math.log(at.reduce((sum, x) => sum + Math.exp(x), 0));
      }
      expect(scores[i]!.tokens).toBe(ids.length - promptLength);
      expect(scores[i]!.logProb).toBeCloseTo(expected, 3);
    }
  });

  it('does not depend on what else is scored', async () => {
    const many = Array.from({ length: 40 }, (_, i) => texts[i % texts.length]!);
    const [few, all] = [
      await scoreCompletions({ engine, model, state }, texts),
      await scoreCompletions({ engine, model, state }, many),
    ];
    all.forEach(({ logProb }, i) => expect(logProb).toBeCloseTo(few[i % texts.length]!.logProb, 4));
  });
});
