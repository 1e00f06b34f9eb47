import { expect, it } from 'vitest';
import { createEngine, selfCheck } from '../../src/engine/index.ts';
import type { Engine } from '../../src/engine/index.ts';

it.each(['onnx', 'cpu'] as const)('the %s engine computes what was computed by hand', async (backend) => {
  const engine = await createEngine({ backend, threads: 1 });
  await selfCheck(engine);
  await engine.dispose();
});

/** An engine that is wrong in one way. */
async function broken(wrong: 'outputs' | 'state'): Promise<Engine> {
  const engine = await createEngine({ backend: 'onnx', threads: 1 });
  return {
    ...engine,
    async compile(...args) {
      const program = await engine.compile(...args);
      return {
        async run(state, inputs) {
          const values = await program.run(state, inputs);
          return wrong === 'outputs' ? { loss: values.loss!.map((x) => x + 1) } : values;
        },
      };
    },
    createState(values) {
      const state = engine.createState(values);
      return wrong === 'outputs' ? state : { ...state, read: () => Promise.resolve({ w: Float32Array.of(1, 2) }) };
    },
  };
}

it('finds an engine whose outputs are wrong', async () => {
  await expect(selfCheck(await broken('outputs'))).rejects.toThrow(
    'it computes wrong values: losses 18, 1.5625; 17, 0.5625 would be right',
  );
});

it('finds an engine that does not update its state', async () => {
  await expect(selfCheck(await broken('state'))).rejects.toThrow(
    'it computes wrong values: w 1, 2; 0.5625, 0 would be right',
  );
});
