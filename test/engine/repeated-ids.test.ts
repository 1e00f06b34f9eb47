import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';

/** onnxruntime's ScatterND adds with several threads at once; a busy embedding row would lose updates, now and then. */
it('adds up the gradients of repeated ids without losing one, whatever the number of threads', async () => {
  const [N, C, V] = [2048, 192, 16];
  const rng = createRng('repeated ids');
  const ids = Int32Array.from({ length: N }, () => rng.int(V));
  const rows = Float32Array.from({ length: N * C }, () => rng.int(100)); // whole numbers: sums are exact in any order
  const expected = new Float32Array(V * C);
  ids.forEach((id, n) => {
    for (let c = 0; c < C; c++) expected[id * C + c]! += rows[n * C + c]!;
  });
  const engine = await createEngine({ threads: 2 });
  const program = await engine.compile(
    'embedding gradient',
    (_, inputs) => {
      const f = (table: tf.Tensor): tf.Scalar => tf.sum(tf.mul(tf.gather(table, inputs.ids!), inputs.rows!));
      return { outputs: { gradient: tf.grad(f)(tf.zeros([V, C])) } };
    },
    { state: {}, inputs: { ids: { shape: [N], dtype: 'int32' }, rows: { shape: [N, C], dtype: 'float32' } } },
  );
  const state = engine.createState({});
  for (let run = 0; run < 20; run++)
    expect((await program.run(state, { ids, rows })).gradient, `run ${run}`).toEqual(expected);
  await engine.dispose();
});
