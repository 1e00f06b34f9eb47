import * as ort from './onnxruntime.ts';
import * as tf from '@tensorflow/tfjs';
import { UserError, messageOf } from '../lib/errors.ts';
import { probeDevice } from './probe.ts';
import { trace } from './trace/index.ts';

/**
 * Where onnxruntime runs a program: its CPU kernels, its WebGPU ones (any GPU with a driver for Metal, Direct3D 12 or Vulkan),
 * or its CUDA ones (Linux, x64, CUDA 12 and cuDNN 9).
 */
export const PROVIDERS = ['cpu', 'webgpu', 'cuda'] as const;
export type Provider = (typeof PROVIDERS)[number];

/**
 * Fetches what onnxruntime-node's npm package leaves out for its size: the CUDA provider, from nuget.org. The script is
 * called by its path because `.npmrc` (in a clone) or our preinstall script (in a package) keeps npm from running it. There is none for CUDA 13.
 */
export const ENABLE_CUDA = 'ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install';

const CUDA_NEEDS = `on Linux x64 with an NVIDIA GPU, CUDA 12 and cuDNN 9: ${ENABLE_CUDA}`;
const WEBGPU_NEEDS =
  'it needs a GPU and its driver: on Linux one for Vulkan, and the loader (Debian: libvulkan1, mesa-vulkan-drivers)';

export interface ProviderReport {
  readonly name: string;
  /** Can a program run on it here? */
  readonly usable: boolean;
  /** Why not, in onnxruntime's words. */
  readonly reason?: string;
}

const ONE = { shape: [1], dtype: 'float32' } as const;

/** Which of our providers the installed onnxruntime was built for; that says nothing about what is on this machine. */
const listed = (): readonly string[] => ort.listSupportedBackends().map(({ name }) => name);

/** Opens a session of one addition on a provider. onnxruntime lists `cuda` wherever it was built for it, so only trying tells. */
async function tryProvider(name: Provider): Promise<ProviderReport> {
  if (!listed().includes(name))
    return { name, usable: false, reason: `onnxruntime ${version()} for ${process.platform} ${process.arch} has none` };
  if (name === 'webgpu') return { name, ...(await probeDevice()) };
  const { model } = trace((_, { x }) => ({ outputs: { y: tf.add(x!, 1) } }), { state: {}, inputs: { x: ONE } }, 'try');
  try {
    const session = await ort.InferenceSession.create(model, { executionProviders: [name] });
    await session.release();
    return { name, usable: true };
  } catch (error) {
    return { name, usable: false, reason: messageOf(error) };
  }
}

export const onnxProviders = (): Promise<ProviderReport[]> => Promise.all(PROVIDERS.map(tryProvider));

/** @throws UserError (exit code 2) where onnxruntime cannot run programs on the provider here, with the command that lets it. */
export async function expectProvider(provider: Provider): Promise<void> {
  const { usable, reason = '' } = await tryProvider(provider);
  if (usable) return;
  throw new UserError(
    `cannot use --provider ${provider}: ${reason}; ${provider === 'cuda' ? CUDA_NEEDS : WEBGPU_NEEDS} ` +
      `-> or choose --provider cpu, which needs nothing more`,
    2,
  );
}

/** onnxruntime's own version. */
const version = (): string => ort.env.versions.node ?? ort.env.versions.common;
