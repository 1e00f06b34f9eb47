import { describe, expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { createEngine } from '../../../src/engine/index.ts';
import { counted, placesOf, placesText } from '../../../src/cli/bench/places.ts';

const kernel = (name: string, op: string, provider: string) => ({
  ...{ cat: 'Node', name: `${name}_kernel_time` },
  args: { op_name: op, provider: `${provider}ExecutionProvider` },
});

describe('where kernels ran', () => {
  it('counts each kernel of a session once, and those on the CPU by operator', () => {
    const one = [
      { cat: 'Session', name: 'model_run' },
      ...[kernel('Sin_0', 'Sin', 'CPU'), kernel('Add_1', 'Add', 'WebGpu'), kernel('Mul_2', 'Mul', 'WebGpu')],
      ...[kernel('Sin_0', 'Sin', 'CPU'), kernel('Add_1', 'Add', 'WebGpu'), kernel('Mul_2', 'Mul', 'WebGpu')],
      { ...kernel('Add_1', 'Add', 'WebGpu'), name: 'Add_1_fence_before' },
      { ...kernel('Add_1', 'Add', 'WebGpu'), cat: 'Api' },
    ];
    const other = [kernel('Sin_0', 'Sin', 'CPU'), kernel('Cos_1', 'Cos', 'CPU')];
    expect(counted([one, other])).toEqual({ device: 2, cpu: { Sin: 2, Cos: 1 } });
  });

  it('says so', () => {
    expect(placesText({ device: 812, cpu: { Softplus: 2, Sin: 1 } })).toBe(
      '812 kernels there, 3 on the CPU (2 Softplus, 1 Sin)',
    );
    expect(placesText({ device: 812, cpu: {} })).toBe('812 kernels there, none on the CPU');
  });

  it('reads what onnxruntime writes', async () => {
    const places = await placesOf(async (events) => {
      const engine = await createEngine({ backend: 'onnx', threads: 1, events });
      const x = { shape: [2], dtype: 'float32' } as const;
      const program = await engine.compile('two', (_, { x }) => ({ outputs: { y: tf.sum(tf.erf(tf.sin(x!))) } }), {
        ...{ state: {}, inputs: { x } },
      });
      await program.run(engine.createState({}), { x: Float32Array.of(1, 2) });
      await engine.dispose();
    });
    expect(places).toEqual({ device: 0, cpu: { Sin: 1, Erf: 1, ReduceSum: 1 } });
  });
});
