import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { MASKED } from '../../../src/nn/models/attention.ts';
import { initParameters, models, parameterCount } from '../../../src/nn/models/index.ts';
import type { Hook } from '../../../src/nn/models/index.ts';
import { scoreCompletions } from '../../../src/nn/models/score.ts';
import { languageModelInputs, languageModelLoss } from '../../../src/nn/training/losses.ts';
import { startTraining, trainingParams } from '../../../src/nn/training/loop.ts';
import { maxDifference } from '../../golden/read.ts';
import { leftPadded } from './left-padded.ts';
import { V, shaken, smallModels } from './small.ts';

const T = 12;
const engine = await createEngine({ backend: 'onnx', threads: 1 });
afterAll(() => engine.dispose());

const rng = createRng('tokens');
const row = (length = T): number[] => Array.from({ length }, () => rng.int(V));

/** Of each block, in the order of the computation. */
const norm1 = ['hook_resid_pre', 'ln1.hook_normalized', 'attn.hook_q', 'attn.hook_k', 'attn.hook_v'];
const turned = ['attn.hook_rot_q', 'attn.hook_rot_k'];
const attended = ['attn.hook_attn_scores', 'attn.hook_pattern', 'attn.hook_z', 'hook_attn_out'];
const written = ['mlp.hook_post', 'hook_mlp_out', 'hook_resid_post'];
const BLOCK: Readonly<Record<keyof typeof smallModels, readonly string[]>> = {
  gpt2: [...norm1, ...attended, 'hook_resid_mid', 'ln2.hook_normalized', 'mlp.hook_pre', ...written],
  llama: [...norm1, ...turned, ...attended, 'hook_resid_mid', 'ln2.hook_normalized', 'mlp.hook_pre', 'mlp.hook_pre_linear', ...written], // prettier-ignore
  'gpt-neox': [...norm1, ...turned, ...attended, 'ln2.hook_normalized', 'mlp.hook_pre', ...written],
};
const kinds = Object.keys(smallModels) as (keyof typeof smallModels)[];

describe.each(kinds)('%s', (kind) => {
  const model = smallModels[kind];
  const parameters = shaken(model);
  const state = engine.createState(parameters);

  /** Logits [B, T, V] of rows of one length, as one list for each row. */
  async function logitsOf(rows: readonly (readonly number[])[], key = 'plain', hook?: Hook): Promise<Float32Array[]> {
    const [B, T] = [rows.length, rows[0]!.length];
    const program = await engine.compile(
      `logits ${kind} ${key}`,
      (p, { tokens }) => ({ outputs: { logits: model.logits(p, model.forward(p, { tokens: tokens! }, hook).hidden) } }),
      { state: state.specs, inputs: { tokens: { shape: [B, T], dtype: 'int32' } } },
    );
    const { logits } = await program.run(state, { tokens: Int32Array.from(rows.flat()) });
    return rows.map((_, b) => (logits as Float32Array).slice(b * T * V, (b + 1) * T * V));
  }

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

  it('pays no heed to padding on the left, where positions and a mask say so', async () => {
    const rows = [row(), row(7), row(1)];
    const { specs, values, forward } = leftPadded(model, rows);
    const program = await engine.compile(`left ${kind}`, forward, { state: state.specs, inputs: specs });
    const logits = (await program.run(state, values)).logits!;
    for (const [b, one] of rows.entries()) {
      const found = logits.slice(((b + 1) * T - one.length) * V, (b + 1) * T * V);
      expect(maxDifference(found, (await logitsOf([one]))[0]!)).toBeLessThan(1e-5);
    }
  });

  it.each([['causal'], ['masked']])(
    'goes on from what it remembers as if it had read all at once (%s)',
    async (how) => {
      const [rows, P] = [[row(), row(), row()], 7];
      const S = T - P;
      const part = (from: number, to: number): Int32Array =>
        Int32Array.from(rows.flatMap((ids) => ids.slice(from, to)));
      const int = (T: number) => ({ shape: [rows.length, T], dtype: 'int32' as const });
      const program = await engine.compile(
        `past ${kind} ${how}`,
        (p, { first, rest, positions, mask }) => {
          const { present: past } = model.forward(p, { tokens: first! });
          const masked =
            how === 'masked' ? { mask: tf.tile(tf.reshape(mask!, [1, 1, S, T]), [rows.length, 1, 1, 1]) } : {};
          const { hidden } = model.forward(p, { tokens: rest!, positions: positions!, past, ...masked });
          return { outputs: { logits: model.logits(p, hidden) } };
        },
        {
          state: state.specs,
          inputs: { first: int(P), rest: int(S), positions: int(S), mask: { shape: [S, T], dtype: 'float32' } },
        },
      );
      const { logits } = await program.run(state, {
        first: part(0, P),
        rest: part(P, T),
        positions: Int32Array.from({ length: rows.length * S }, (_, i) => P + (i % S)),
        mask: Float32Array.from({ length: S * T }, (_, i) => (i % T > P + Math.floor(i / T) ? MASKED : 0)),
      });
      for (const [b, whole] of (await logitsOf(rows)).entries())
        expect(maxDifference(logits!.slice(b * S * V, (b + 1) * S * V), whole.slice(P * V))).toBeLessThan(1e-5);
    },
  );

  it('draws every parameter by its own name', () => {
    const fresh = initParameters(model, createRng(7));
    expect(initParameters(model, createRng(7))).toEqual(fresh);
    const [first, second, third] = Object.keys(fresh);
    expect(fresh[second!]!.data.slice(0, 4)).not.toEqual(fresh[first!]!.data.slice(0, 4));
    expect(fresh[third!]!.shape).toEqual(model.parameterSpecs[third!]!.shape);
  });

  const train = (steps: number): { losses: number[]; done: Promise<void> } => {
    const rows = Array.from({ length: 4 }, () => row(T + 1));
    const flat = (from: number): Int32Array => Int32Array.from(rows.flatMap((ids) => ids.slice(from, from + T)));
    const batch = languageModelInputs({
      tokens: flat(0),
      targets: flat(1),
      weights: new Float32Array(4 * T).fill(1),
      B: 4,
      T,
    });
    const training = startTraining({
      engine,
      model,
      parameters: initParameters(model, createRng(5)),
      loss: languageModelLoss,
      batches: { next: () => batch, state: () => null, restore: () => undefined },
      options: trainingParams.parse({ steps, lr: 0.01, clipNorm: 1, schedule: { kind: 'constant', warmupSteps: 0 } }),
    });
    const losses: number[] = [];
    return { losses, done: training.advance(steps, ({ loss }) => void losses.push(loss)).then(() => undefined) };
  };

  it('knows nothing at first, and learns one batch by heart', async () => {
    const { losses, done } = train(120);
    await done;
    expect(losses[0]).toBeCloseTo(Math.log(V), 1);
    expect(losses.at(-1)).toBeLessThan(0.1);
  });

  const HOOKS = [
    ...(kind === 'gpt2' ? ['hook_embed', 'hook_pos_embed'] : ['hook_embed']),
    ...[0, 1].flatMap((l) => BLOCK[kind].map((name) => `blocks.${l}.${name}`)),
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
      // not a multiple, which a norm would undo, nor a sum, which a softmax would
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
});

it('a deeper model begins with the same parameters, and the sizes are those of the papers', () => {
  const sizes = { nHead: 2, nEmbd: 16, nPositions: 24 };
  const [two, three] = [2, 3].map((nLayer) => models.gpt2.create(models.gpt2.params.parse({ ...sizes, nLayer }), V));
  expect(initParameters(three!, createRng(7))['wte.weight']).toEqual(initParameters(two!, createRng(7))['wte.weight']);
  expect(parameterCount(two!)).toBe((V + 24) * 16 + 2 * (12 * 16 * 16 + 13 * 16) + 2 * 16);
  const published = {
    nLayer: 22,
    nHead: 32,
    nKvHead: 4,
    nEmbd: 2048,
    nInner: 5632,
    nPositions: 2048,
    tiedEmbeddings: false,
  };
  expect(parameterCount(models.llama.create(models.llama.params.parse(published), 32_000))).toBe(1_100_048_384); // TinyLlama 1.1B
  const pythia = { nLayer: 6, nHead: 8, nEmbd: 512, nPositions: 2048 };
  expect(parameterCount(models['gpt-neox'].create(models['gpt-neox'].params.parse(pythia), 50_304))).toBe(70_426_624); // Pythia 70M
});
