import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { UserError, codeOf, messageOf } from '../lib/errors.ts';
import { createEagerEngine } from './eager-engine.ts';
import { createOnnxEngine } from './onnx-engine.ts';
import type { OnnxOptions } from './onnx-engine.ts';
import { expectProvider } from './providers.ts';
import type { Engine } from './types.ts';

export const BACKENDS = ['auto', 'onnx', 'cpu', 'tensorflow', 'tensorflow-gpu'] as const;
export type BackendChoice = (typeof BACKENDS)[number];

const NATIVE_PACKAGE = { tensorflow: '@tensorflow/tfjs-node', 'tensorflow-gpu': '@tensorflow/tfjs-node-gpu' } as const;

tf.enableProdMode(); // no NaN checks per op, and no advertisement on the console

export interface EngineOptions extends OnnxOptions {
  readonly backend?: BackendChoice;
}

/**
 * The engine that runs every program of a run.
 *
 * `auto` takes the compiled engine: it needs nothing but its npm package and is the fastest on a CPU. The native tfjs
 * backends are optional and loaded only here, only when asked for by name. They are old: 4.22.0 (2024) is the last
 * release and brings TensorFlow 2.9.1, whose GPU build wants the libraries of CUDA 11.2 and cuDNN 8.1, not of CUDA 12 or
 * 13, and is older than Hopper GPUs. It calls functions that Node 23 removed; `loadNative` puts them back.
 *
 * @throws UserError (exit code 2) where a native backend or a provider is not installed, with the command that installs it.
 */
export async function createEngine({
  backend = 'auto',
  provider = 'cpu',
  ...onnx
}: EngineOptions = {}): Promise<Engine> {
  if (provider !== 'cpu') {
    if (backend !== 'auto' && backend !== 'onnx')
      throw new UserError(
        `--provider ${provider} is onnxruntime's, and --backend ${backend} does not use it; choose --backend onnx`,
        2,
      );
    await expectProvider(provider);
  }
  const options = { ...onnx, provider };
  switch (backend) {
    case 'auto': {
      const engine = createOnnxEngine(options);
      return provider === 'cpu'
        ? { ...engine, description: `${engine.description} (auto: compiled programs are the fastest on a CPU)` }
        : engine;
    }
    case 'onnx':
      return createOnnxEngine(options);
    case 'cpu':
      return createEagerEngine({
        ...{ name: backend, backend: 'cpu' },
        description: "tfjs's JavaScript backend, one operation at a time (slow: for tests)",
      });
    case 'tensorflow':
    case 'tensorflow-gpu':
      await loadNative(backend);
      return createEagerEngine({
        ...{ name: backend, backend: 'tensorflow' },
        description: `${NATIVE_PACKAGE[backend]}, one operation at a time, on threads of its own`,
      });
  }
}

type NativeBackend = keyof typeof NATIVE_PACKAGE;
let loaded: NativeBackend | undefined;

async function loadNative(backend: NativeBackend): Promise<void> {
  if (loaded !== undefined && loaded !== backend)
    throw new UserError(
      `cannot use --backend ${backend}: ${NATIVE_PACKAGE[loaded]} is loaded, and both are one tfjs backend`,
      2,
    );
  const name = NATIVE_PACKAGE[backend];
  // tfjs-node 4.22 calls two functions that Node 23 removed; node:util's CommonJS object is the one it reads
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
  try {
    await import(name);
    loaded = backend;
  } catch (error) {
    const message = messageOf(error);
    const absent = codeOf(error) === 'ERR_MODULE_NOT_FOUND' && message.includes(name);
    const mend = absent
      ? `it is not installed; npm install ${name}@4.22.0`
      : /native addon module|tfjs_binding\.node|libtensorflow/.test(message)
        ? `its binary is missing (install script blocked, or no download for Node ${process.versions.node}); npm rebuild ${name}`
        : message;
    throw new UserError(
      `cannot use --backend ${backend}: ${mend} -> or choose --backend onnx, which needs nothing more`,
      2,
    );
  }
}
