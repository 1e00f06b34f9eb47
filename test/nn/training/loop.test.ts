import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import type { Parameters } from '../../../src/nn/models/index.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { languageModelLoss } from '../../../src/nn/training/losses.ts';
import type { Loss, LossInputs } from '../../../src/nn/training/losses.ts';
import { evaluatedSteps, startTraining, trainingParams } from '../../../src/nn/training/loop.ts';
import { maxDifference } from '../../golden/read.ts';
import { V, batchOf, conversations, fixedSource, model, parameters, reports, shuffledSource, start } from './small.ts';

const engine = await createEngine({ backend: 'onnx', threads: 1 });
const cpu = await createEngine({ backend: 'cpu' });
afterAll(async () => {
  await engine.dispose();
  await cpu.dispose();
});

const rows = conversations(32, 17);
const whole = batchOf(rows);
const quarters = [0, 8, 16, 24].map((from) => batchOf(rows.slice(from, from + 8)));
const SGD = { kind: 'sgd', momentum: 0 } as const;

function expectClose(actual: Parameters, expected: Parameters, tolerance: number): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { data }] of Object.entries(expected))
    expect(maxDifference(actual[name]!.data, data), name).toBeLessThan(tolerance);
}

const bytesOf = (tensors: Parameters): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
    ]),
  );

describe('a step', () => {
  it.each([
    ['sgd', { lr: 0.5, optimizer: { kind: 'sgd' } }],
    ['adamw', { lr: 0.05, optimizer: { kind: 'adamw', epsilon: 1e-2, weightDecay: 0.1 } }],
  ])('traced equals the same step on the eager cpu backend: %s', async (_, options) => {
    const batches = quarters.slice(0, 2);
    const traced = start({ engine, batches: fixedSource(batches), options });
    const eager = start({ engine: cpu, batches: fixedSource(batches), options });
    const [a, b] = [await reports(traced, 2), await reports(eager, 2)];
    a.forEach((report, i) => {
      expect(report.loss).toBeCloseTo(b[i]!.loss, 5);
      expect(report.gradientNorm).toBeCloseTo(b[i]!.gradientNorm, 4);
    });
    const [x, y] = [(await traced.snapshot()).tensors, (await eager.snapshot()).tensors];
    expectClose(x, y, 1e-5);
    for (const [name, { data }] of Object.entries(parameters)) expect(x[name]!.data, `${name} moved`).not.toEqual(data);
  });

  it.each([
    ['sgd', { lr: 0.5, optimizer: { kind: 'sgd' } }],
    ['adamw', { lr: 0.05, optimizer: { kind: 'adamw', epsilon: 1e-2 } }],
  ])('of 4 micro-batches of 8 equals one of 32: %s', async (_, options) => {
    const one = start({ engine, batches: fixedSource([whole]), options });
    const four = start({ engine, batches: fixedSource(quarters), options: { ...options, accumulate: 4 } });
    const [a, b] = [await reports(one, 3), await reports(four, 3)];
    b.forEach((report, i) => {
      expect(report.loss).toBeCloseTo(a[i]!.loss, 5);
      expect(report.gradientNorm).toBeCloseTo(a[i]!.gradientNorm, 4);
      expect([report.lossTokens, report.tokens]).toEqual([a[i]!.lossTokens, a[i]!.tokens]);
    });
    expectClose(await four.parameters(), await one.parameters(), 1e-5);
  });

  it('logs what the loss measures, summed and divided as the loss is', async () => {
    const measuring: Loss = {
      key: 'measuring',
      total(model, parameters, inputs, measure) {
        measure?.('weight', tf.sum(inputs.weights!));
        const total = languageModelLoss.total(model, parameters, inputs);
        measure?.('twice', tf.mul(total, 2));
        return total;
      },
    };
    const logOf = (backend: typeof engine, batches: LossInputs[], options: Record<string, unknown>) =>
      reports(start({ engine: backend, loss: measuring, batches: fixedSource(batches), options }), 2);
    const before = tf.memory().numTensors;
    const [one, four, eager] = [
      await logOf(engine, [whole], {}),
      await logOf(engine, quarters, { accumulate: 4 }),
      await logOf(cpu, [whole], {}),
    ];
    for (const log of [one, four, eager])
      for (const { loss, metrics } of log) {
        expect(metrics!.weight).toBeCloseTo(1, 5);
        expect(metrics!.twice).toBeCloseTo(2 * loss, 5);
      }
    expect((await logOf(engine, [whole], {}))[0]!.metrics).toEqual(one[0]!.metrics);
    // nothing is left of what was measured: only the eager state's own tensors
    expect(tf.memory().numTensors - before).toBe(3 * Object.keys(parameters).length);
    const counted = { ...whole, lossTokens: 7 };
    expect((await logOf(engine, [counted], {})).map(({ lossTokens }) => lossTokens)).toEqual([7, 14]);
  });

  it('clips the global norm, by hand', async () => {
    // plain SGD at lr 1 moves by the gradient itself
    const moved = async (clipNorm: number): Promise<{ by: number[]; norm: number }> => {
      const training = start({ engine, batches: fixedSource([whole]), options: { lr: 1, optimizer: SGD, clipNorm } });
      const [report] = await reports(training, 1);
      const after = await training.parameters();
      const by = Object.entries(parameters).flatMap(([name, { data }]) =>
        Array.from(data, (x, i) => x - after[name]!.data[i]!),
      );
      return { by, norm: report!.gradientNorm };
    };
    const free = await moved(0);
    expect(Math.hypot(...free.by)).toBeCloseTo(free.norm, 4);
    const clipped = await moved(free.norm / 4);
    expect(clipped.norm).toBeCloseTo(free.norm, 5);
    expect(Math.hypot(...clipped.by)).toBeCloseTo(free.norm / 4, 4);
    expect(
      maxDifference(
        clipped.by,
        free.by.map((x) => x / 4),
      ),
    ).toBeLessThan(1e-5);
    const loose = await moved(free.norm * 4);
    expect(maxDifference(loose.by, free.by)).toBeLessThan(1e-6);
  });

  it('tells the optimizer which step it is', async () => {
    // one batch and a tiny rate: gradients stay as they are, so that AdamW, its moments corrected for the step, moves by lr a step
    const [lr, steps] = [1e-5, 3];
    const options = {
      steps,
      lr,
      schedule: { kind: 'constant', warmupSteps: 0 },
      optimizer: { kind: 'adamw', weightDecay: 0 },
    };
    const training = start({ engine, batches: fixedSource([whole]), options });
    await reports(training, steps);
    const after = await training.parameters();
    const moved = Object.entries(parameters).map(([name, { data }]) => maxDifference(after[name]!.data, data));
    expect(Math.max(...moved) / (steps * lr)).toBeCloseTo(1, 2);
  });

  it('reads its learning rate anew each time', async () => {
    const schedule = { kind: 'linear', warmupSteps: 2, finalRatio: 0 };
    const training = start({
      engine,
      batches: fixedSource([whole]),
      options: { steps: 6, lr: 0.4, schedule, optimizer: SGD },
    });
    const rates = (await reports(training, 6)).map(({ lr }) => lr);
    expect(rates).toEqual([0.2, 0.4, 0.3, 0.2, 0.1, 0].map((lr) => expect.closeTo(lr, 10)));
  });
});

describe('training', () => {
  it('begins at a loss of ln V', async () => {
    const fresh = startTraining({
      engine,
      model,
      parameters: initParameters(model, createRng(5)),
      loss: languageModelLoss,
      batches: fixedSource([whole]),
      options: trainingParams.parse({ steps: 1 }),
    });
    const [report] = await reports(fresh, 1);
    expect(report!.loss / Math.log(V)).toBeGreaterThan(0.95);
    expect(report!.loss / Math.log(V)).toBeLessThan(1.05);
  });

  it('learns one batch by heart', async () => {
    const training = start({ engine, batches: fixedSource([quarters[0]!]), options: { steps: 150, lr: 0.02 } });
    const seen = await reports(training, 150);
    expect(seen.at(-1)!.loss).toBeLessThan(0.05);
  });

  it('stops when it diverges, with the step, the batch and what to do', async () => {
    const training = start({
      engine,
      batches: shuffledSource(8),
      options: { lr: 1e30, clipNorm: 0, optimizer: SGD },
    });
    await expect(reports(training, 20)).rejects.toThrow(
      /^training diverged: loss .* at step [1-3] \(batch \{"epoch":0,"batch":[1-3],.*lr 1\.00e\+30\); lower lr/,
    );
  });

  it('counts loss-bearing tokens and all tokens', async () => {
    const training = start({ engine, batches: fixedSource(quarters) });
    const seen = await reports(training, 2);
    const weight = (from: number): number =>
      rows.slice(from, from + 8).reduce((sum, r) => sum + 17 - r.promptLength, 0);
    expect(seen.map((r) => [r.lossTokens, r.tokens])).toEqual([
      [weight(0), 8 * 16],
      [weight(0) + weight(8), 8 * 16],
    ]);
    expect(training.lossTokens).toBe(weight(0) + weight(8));
  });
});

describe('a snapshot, restored', () => {
  it.each([
    ['adamw', {}],
    ['adamw, accumulating', { accumulate: 2 }],
    ['sgd, cosine with warmup', { optimizer: { kind: 'sgd' }, schedule: { kind: 'cosine', warmupSteps: 4 } }],
  ])('goes on bit for bit as if nothing had happened, in a new engine: %s', async (_, more) => {
    const options = { steps: 14, lr: 0.01, ...more };
    const straight = start({ engine, batches: shuffledSource(8), options });
    const expected = await reports(straight, 14);

    const before = start({ engine, batches: shuffledSource(8), options });
    const first = await reports(before, 6);
    const { cursor, ...saved } = await before.snapshot();
    await reports(before, 9); // what comes after a snapshot does not change it
    before.dispose();

    const fresh = await createEngine({ backend: 'onnx', threads: 1 });
    const resume = { ...saved, cursor: JSON.parse(JSON.stringify(cursor)) as unknown };
    const after = start({ engine: fresh, batches: shuffledSource(8), options, resume });
    expect([after.step, after.lossTokens]).toEqual([6, first.at(-1)!.lossTokens]);
    expect([...first, ...(await reports(after, 14))]).toEqual(expected);
    expect(bytesOf((await after.snapshot()).tensors)).toEqual(bytesOf((await straight.snapshot()).tensors));
    await fresh.dispose();
  });

  it('holds parameters and optimizer slots under their names', async () => {
    const training = start({ engine, batches: fixedSource([whole]) });
    await reports(training, 1);
    const { tensors, step } = await training.snapshot();
    const names = Object.keys(model.parameterSpecs);
    expect(step).toBe(1);
    expect(Object.keys(tensors).toSorted()).toEqual(
      names.flatMap((name) => [name, `m/${name}`, `v/${name}`]).toSorted(),
    );
  });
});

it('is evaluated at regular steps, at those named, and at its last, each once', () => {
  expect(evaluatedSteps({ steps: 10 })).toEqual([10]);
  expect(evaluatedSteps({ steps: 10, evalEverySteps: 4 })).toEqual([4, 8, 10]);
  expect(evaluatedSteps({ steps: 10, evalAtSteps: [6, 1, 2, 10] })).toEqual([1, 2, 6, 10]);
  expect(evaluatedSteps({ steps: 9, evalEverySteps: 3, evalAtSteps: [2, 6] })).toEqual([2, 3, 6, 9]);
});
