import { execFileSync } from 'node:child_process';
import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { BACKENDS, createEngine, onnxProviders } from '../../src/engine/index.ts';
import type { Engine, Signature, Tensors, Traceable } from '../../src/engine/index.ts';
import { record, trace } from '../../src/engine/trace/index.ts';
import { createRng } from '../../src/lib/rng.ts';

const NATIVE = BACKENDS.filter((name) => name.startsWith('tensorflow'));
const F4 = { shape: [4], dtype: 'float32' } as const;
const ONE: Signature = { state: {}, inputs: { x: F4 } };
const engines = {
  onnx: await createEngine({ backend: 'onnx', threads: 1 }),
  cpu: await createEngine({ backend: 'cpu' }),
};
const x = Float32Array.of(1, 2, 3, 4);
afterAll(async () => {
  for (const engine of Object.values(engines)) await engine.dispose();
});

describe('tracing', () => {
  const traced = (f: (x: Tensor) => Tensor): Promise<unknown> =>
    engines.onnx.compile('refused', (_, inputs) => ({ outputs: { y: f(inputs.x!) } }), ONE);

  it('names a kernel that it does not know, and where to add it', async () => {
    await expect(traced((x) => tf.cumsum(x))).rejects.toThrow(
      'cannot trace refused: no ONNX form for the tfjs kernel "Cumsum"; add one to src/engine/trace/kernels-*.ts',
    );
  });

  it('refuses a function that looks at values, and says so', async () => {
    await expect(traced((x) => tf.scalar(x.dataSync()[0]!))).rejects.toThrow(/looked at a value.*only build tensors/);
    await expect(traced((x) => tf.tensor(x.arraySync() as number[]))).rejects.toThrow(/looked at a value/);
  });

  it('refuses a tensor made outside of the function', async () => {
    await tf.setBackend('cpu');
    const outside = tf.tensor1d([1, 2, 3, 4]);
    await expect(traced((x) => tf.add(x, outside))).rejects.toThrow();
    outside.dispose();
  });

  it('puts the backend back and keeps no tensor, also after a failure', async () => {
    await tf.setBackend('cpu');
    const before = tf.memory().numTensors;
    trace((_, { x }) => ({ outputs: { y: tf.sum(tf.square(x!)) } }), ONE, 'ok');
    expect(() => trace((_, { x }) => ({ outputs: { y: tf.cumsum(x!) } }), ONE, 'bad')).toThrow();
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('scales a product as it is made, unless somebody else needs it unscaled', () => {
    const square: Signature = { state: {}, inputs: { x: { shape: [2, 2], dtype: 'float32' } } };
    const nodes = (f: (product: Tensor) => Tensor[]): string[] => {
      const outputs = ({ x }: Tensors): Tensors => Object.fromEntries(f(tf.matMul(x!, x!)).map((y, i) => [`y${i}`, y]));
      const { graph } = record((_, inputs) => ({ outputs: outputs(inputs) }), square, 'scaled');
      return graph.nodes.map(({ op, attributes }) => op + JSON.stringify(attributes.alpha ?? ''));
    };
    expect(nodes((y) => [tf.mul(tf.mul(y, 2), 3)])).toEqual(['Gemm{"float":6}', 'Identity""']);
    expect(nodes((y) => [tf.mul(y, 2), y])).toEqual(['Gemm{"float":1}', 'Mul""', 'Identity""', 'Identity""']);
    expect(nodes((y) => [tf.mul(tf.relu(y), 2)])).toEqual(['Gemm{"float":1}', 'Relu""', 'Mul""', 'Identity""']);
    expect(nodes((y) => [tf.mul(y, tf.tensor1d([2, 3]))])).toEqual(['Gemm{"float":1}', 'Mul""', 'Identity""']);
  });

  it('writes equal parts once', () => {
    const { nodeCount } = trace(
      (_, { x }) => ({ outputs: { y: tf.add(tf.exp(x!), tf.exp(x!)), z: tf.exp(x!) } }),
      ONE,
      'shared',
    );
    expect(nodeCount).toBe(4); // Exp, Add, and a name for each output
  });
});

/** A state of two tensors: `w` is updated from itself and the input, `u` from `w`, `k` is only read. */
const counter: Traceable = ({ w, k }, { x }) => ({
  state: { w: tf.add(w!, tf.mul(x!, k!)), u: w! },
  outputs: { before: tf.sum(w!), w: tf.mul(w!, 1) },
});
const COUNTER: Signature = { state: { w: F4, u: F4, k: { shape: [], dtype: 'float32' } }, inputs: { x: F4 } };
const startState = (engine: Engine) =>
  engine.createState({
    w: { shape: [4], data: new Float32Array(4) },
    u: { shape: [4], data: Float32Array.of(9, 9, 9, 9) },
    k: { shape: [], data: Float32Array.of(2) },
  });

describe.each(Object.entries(engines))('programs, %s engine', (_, engine) => {
  it('update state in place from the values before the run, and leave the rest', async () => {
    const state = startState(engine);
    const program = await engine.compile('counter', counter, COUNTER);
    for (let i = 0; i < 5; i++) {
      const outputs = await program.run(state, { x });
      // an output may share its name with a piece of state
      expect([...outputs.w!]).toEqual([...x].map((v) => 2 * v * i));
      expect(outputs.before![0]).toBe(20 * i);
      const now = await state.read();
      expect([...now.w!]).toEqual([...x].map((v) => 2 * v * (i + 1)));
      expect([...now.u!]).toEqual([...x].map((v) => 2 * v * i));
      expect([...now.k!]).toEqual([2]);
    }
    expect(Object.keys(await state.read())).toEqual(['w', 'u', 'k']);
    state.dispose();
  });

  it('share a state: each sees what the other did', async () => {
    const state = startState(engine);
    const a = await engine.compile('counter', counter, COUNTER);
    const b = await engine.compile('halve', ({ w }) => ({ state: { w: tf.div(w!, 2) }, outputs: {} }), {
      state: { w: F4 },
      inputs: {},
    });
    await a.run(state, { x });
    await b.run(state, {});
    await a.run(state, { x });
    await b.run(state, {});
    expect([...(await state.read()).w!]).toEqual([...x].map((v) => 1.5 * v));
  });

  it('leave what they are given alone, and give outputs to keep', async () => {
    const data = Float32Array.of(1, 1, 1, 1);
    const state = engine.createState({ w: { shape: [4], data } });
    const program = await engine.compile('echo', ({ w }, { x }) => ({ state: { w: x! }, outputs: { w: w!, x: x! } }), {
      state: { w: F4 },
      inputs: { x: F4 },
    });
    const given = x.slice();
    const first = await program.run(state, { x: given });
    const kept = Object.fromEntries(Object.entries(first).map(([name, values]) => [name, [...values]]));
    given.fill(-1);
    const read = await state.read();
    await program.run(state, { x: Float32Array.of(7, 7, 7, 7) });
    await program.run(state, { x: Float32Array.of(8, 8, 8, 8) });
    expect(kept).toEqual({ w: [1, 1, 1, 1], x: [1, 2, 3, 4] });
    expect(Object.fromEntries(Object.entries(first).map(([name, values]) => [name, [...values]]))).toEqual(kept);
    expect([...read.w!]).toEqual([1, 2, 3, 4]);
    read.w!.fill(0);
    expect([...(await state.read()).w!]).toEqual([8, 8, 8, 8]);
    expect([...data]).toEqual([1, 1, 1, 1]);
  });

  it('may ignore inputs and state, and return what they were given', async () => {
    const program = await engine.compile('lazy', (_, { x }) => ({ outputs: { x: x!, one: tf.scalar(1) } }), {
      state: { w: F4 },
      inputs: { unused: { shape: [2], dtype: 'int32' }, x: F4 },
    });
    const state = engine.createState({ w: { shape: [4], data: x } });
    const outputs = await program.run(state, { x, unused: Int32Array.of(1, 2) });
    expect([[...outputs.x!], [...outputs.one!]]).toEqual([[1, 2, 3, 4], [1]]);
  });

  it('give yes and no as numbers', async () => {
    const program = await engine.compile('bool', (_, { x }) => ({ outputs: { y: tf.greater(x!, 2) } }), ONE);
    expect([...(await program.run(engine.createState({}), { x })).y!]).toEqual([0, 0, 1, 1]);
  });

  it('compile once for a key and signature, and anew for another of either', async () => {
    let calls = 0;
    const count: Traceable = (_, { x }) => {
      calls++;
      return { outputs: { y: tf.neg(x!) } };
    };
    const state = engine.createState({});
    const [a, b] = await Promise.all([engine.compile('once', count, ONE), engine.compile('once', count, ONE)]);
    expect(a).toBe(b);
    if (engine.backend === 'onnx') expect(calls).toBe(1);
    const wide: Signature = { state: {}, inputs: { x: { shape: [2, 2], dtype: 'float32' } } };
    const others = await Promise.all([engine.compile('other', count, ONE), engine.compile('once', count, wide)]);
    expect(new Set([a, ...others]).size).toBe(3);
    expect([...(await others[1]!.run(state, { x })).y!]).toEqual([-1, -2, -3, -4]);
  });

  it('compile side by side without getting mixed up', async () => {
    const programs = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        engine.compile(`side ${i}`, (_, { x }) => ({ outputs: { y: tf.mul(tf.add(x!, i), i) } }), ONE),
      ),
    );
    const state = engine.createState({});
    const results = await Promise.all(programs.map((program) => program.run(state, { x })));
    results.forEach(({ y }, i) => expect([...y!]).toEqual([...x].map((v) => (v + i) * i)));
  });

  it('can be compiled again after a failure', async () => {
    const signature: Signature = { state: {}, inputs: { x: F4 } };
    const bad: Traceable = () => {
      throw new Error('not yet');
    };
    const attempt = async (f: Traceable) =>
      (await engine.compile('again', f, signature)).run(engine.createState({}), { x });
    if (engine.backend === 'onnx') {
      await expect(attempt(bad)).rejects.toThrow('not yet');
      expect([...(await attempt((_, { x }) => ({ outputs: { y: tf.neg(x!) } }))).y!]).toEqual([-1, -2, -3, -4]);
    }
  });
});

/** Something with products, reductions and a softmax, large enough to be split over threads. */
const heavy: Traceable = ({ w }, { x }) => {
  const y = tf.softmax(tf.matMul(x!, w!));
  return { state: { w: tf.sub(w!, tf.mul(tf.matMul(x!, y, true), 0.01)) }, outputs: { loss: tf.mean(tf.square(y)) } };
};
const HEAVY: Signature = {
  state: { w: { shape: [96, 128], dtype: 'float32' } },
  inputs: { x: { shape: [64, 96], dtype: 'float32' } },
};

it.each([1, 2])('same inputs, same bytes: %i threads', async (threads) => {
  const run = async (): Promise<string> => {
    const rng = createRng('heavy');
    const draw = (n: number): Float32Array => Float32Array.from({ length: n }, () => rng.normal());
    const engine = await createEngine({ backend: 'onnx', threads });
    const state = engine.createState({ w: { shape: [96, 128], data: draw(96 * 128) } });
    const program = await engine.compile('heavy', heavy, HEAVY);
    for (let i = 0; i < 5; i++) await program.run(state, { x: draw(64 * 96) });
    const { w } = await state.read();
    await engine.dispose();
    return Buffer.from(w!.buffer).toString('base64');
  };
  expect(await run()).toBe(await run());
});

it('the eager engine leaks nothing over 50 steps', async () => {
  const engine = engines.cpu;
  const before = tf.memory().numTensors;
  const state = engine.createState({ w: { shape: [96, 128], data: new Float32Array(96 * 128).fill(0.1) } });
  const program = await engine.compile('leak', heavy, HEAVY);
  for (let i = 0; i < 50; i++) {
    await program.run(state, { x: new Float32Array(64 * 96).fill(i / 50) });
    expect(tf.memory().numTensors).toBe(before + 1);
  }
  await state.read();
  state.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

describe('choosing a provider', () => {
  it('takes the one that always works, and says which', async () => {
    const engine = await createEngine({ backend: 'onnx', threads: 2, provider: 'cpu' });
    expect(engine.description).toBe('tfjs traced to ONNX, run by onnxruntime on 2 CPU threads');
  });

  it('tries each, and says why one cannot be used', async () => {
    const reports = await onnxProviders();
    expect(reports.map(({ name }) => name)).toEqual(['cpu', 'webgpu', 'cuda']);
    expect(reports[0]).toEqual({ name: 'cpu', usable: true });
    const [, , cuda] = reports;
    if (cuda!.usable) return; // a machine with CUDA 12 and the files for it
    expect(cuda!.reason).toMatch(/cuda|has none/i);
    await expect(createEngine({ provider: 'cuda' })).rejects.toThrow(
      /^cannot use --provider cuda: .*; on Linux x64 .*CUDA 12 .*: ONNXRUNTIME_NODE_INSTALL=cuda12 node .* -> or choose --provider cpu/,
    );
  });

  it('refuses it for a backend that is not onnxruntime', async () => {
    await expect(createEngine({ backend: 'cpu', provider: 'cuda' })).rejects.toThrow(
      "--provider cuda is onnxruntime's, and --backend cpu does not use it; choose --backend onnx",
    );
  });
});

describe('choosing a backend', () => {
  it('auto says what it chose and why', async () => {
    const engine = await createEngine({ threads: 2 });
    expect([engine.backend, engine.threads]).toEqual(['onnx', 2]);
    expect(engine.description).toMatch(/onnxruntime on 2 CPU threads \(auto: .*fastest/);
  });

  it('refuses a native backend that is not there, with the command that installs it and the way out', () => {
    // in a process of its own: vitest resolves imports otherwise than Node
    const script = `
      import { createEngine } from ${JSON.stringify(new URL('../../src/engine/index.ts', import.meta.url).href)};
      for (const backend of ${JSON.stringify(NATIVE)})
        console.log(await createEngine({ backend }).then((engine) => engine.backend, (error) => error.message));`;
    const printed = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      encoding: 'utf8',
    }).trim();
    printed.split('\n').forEach((line, i) => {
      if (line === NATIVE[i]) return; // somebody has installed it here: nothing to refuse
      expect(line).toMatch(
        new RegExp(`^cannot use --backend ${NATIVE[i]}: .*npm (install|rebuild) @tensorflow/tfjs-node`),
      );
      expect(line).toMatch(/ -> or choose --backend onnx/);
    });
    expect(printed.split('\n')).toHaveLength(NATIVE.length);
  });
});
