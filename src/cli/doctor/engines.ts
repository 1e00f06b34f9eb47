import { ENABLE_CUDA, createEngine, selfCheck } from '../../engine/index.ts';
import type { BackendChoice, EngineOptions } from '../../engine/index.ts';
import { messageOf } from '../../lib/errors.ts';
import { timeGeneration } from '../bench/generate.ts';
import { placesOf, placesText } from '../bench/places.ts';
import type { Places } from '../bench/places.ts';
import { sizes } from '../bench/sizes.ts';
import { timeTraining } from '../bench/train.ts';
import type { Gpu } from './gpu.ts';
import type { Finding, Machine } from './types.ts';

interface EngineRow {
  readonly name: string;
  readonly choice: EngineOptions;
  /** What to know before choosing it. */
  readonly note: string;
  /** The package that it needs beside the kit. */
  readonly optional?: string;
  readonly enable?: string;
}

const tfjsNode = (backend: BackendChoice, name: string, note: string): EngineRow => ({
  ...{ name: `--backend ${backend}`, choice: { backend }, optional: name, note },
  enable: `npm install ${name}@4.22.0`,
});

/**
 * Everything that can run programs. What is said of tfjs-node was tried with its binding built from source: the same
 * one (N-API 8) runs on Node 20, 22 and 24, on the last with two functions put back that Node 23 removed.
 */
const ENGINES: readonly EngineRow[] = [
  { name: '--backend onnx', choice: { backend: 'onnx' }, note: 'the default' },
  {
    ...{ name: '--provider webgpu', choice: { backend: 'onnx', provider: 'webgpu' } },
    note: 'onnxruntime on a GPU of any maker; the kit itself was tested on a device of software alone',
  },
  {
    ...{ name: '--provider cuda', choice: { backend: 'onnx', provider: 'cuda' }, enable: ENABLE_CUDA },
    note: 'onnxruntime on an NVIDIA GPU: Linux x64, CUDA 12 and cuDNN 9 (there is no build for CUDA 13)',
  },
  { name: '--backend cpu', choice: { backend: 'cpu' }, note: 'eager, in JavaScript; slow, for tests' },
  tfjsNode('tensorflow', '@tensorflow/tfjs-node', 'eager, TensorFlow 2.9.1 on the CPU; last released in 2024'),
  tfjsNode(
    'tensorflow-gpu',
    '@tensorflow/tfjs-node-gpu',
    'eager, TensorFlow 2.9.1 on an NVIDIA GPU: CUDA 11.2 and cuDNN 8.1, GPUs older than Hopper; last released in 2024',
  ),
];

/** Runs a tiny program on every engine that is there, and compares what it gives. */
export async function engineFindings(machine: Machine, gpu: Gpu | undefined): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const row of ENGINES) findings.push(await findingOf(row, machine, gpu)); // one at a time: eager ones share tfjs
  return findings;
}

async function findingOf(row: EngineRow, machine: Machine, gpu: Gpu | undefined): Promise<Finding> {
  const { name, note, choice, optional } = row;
  const needsGpu = choice.provider === 'cuda' || choice.backend === 'tensorflow-gpu';
  const enable = row.enable === undefined ? {} : { enable: row.enable };
  const notes = [note, ...(optional ? nodeNotes(machine) : []), ...(needsGpu ? gpuNotes(choice, gpu) : [])];
  const more = notes.join('; ');
  if (optional !== undefined && machine.packageVersion(optional) === undefined)
    return { name, state: 'missing', detail: more, ...enable };
  const version = machine.packageVersion(optional ?? PACKAGE_OF[choice.backend!] ?? '') ?? '';
  try {
    const engine = await createEngine({ ...choice, threads: 1 });
    try {
      await selfCheck(engine);
    } finally {
      await engine.dispose();
    }
    const places = choice.provider === 'webgpu' ? `${placesText(await smallPlaces(choice))}; ` : '';
    return { name, state: 'ok', detail: `${version}: computes right; ${places}${more}` };
  } catch (error) {
    return { name, state: 'missing', detail: `${reasonOf(messageOf(error), row.enable)}; ${more}`, ...enable };
  }
}

/** Why an engine cannot be used, of all that its error says: neither the way out nor the command, which stands beside. */
export function reasonOf(message: string, enable?: string): string {
  const said = message.replace(/^cannot use --\S+ \S+: /, '').replace(/ -> or choose [^]*/, '');
  return enable === undefined ? said : said.split('; ')[0]!;
}

/** Of one training step, and of generating and recomputing a few tokens. */
const smallPlaces = (choice: EngineOptions): Promise<Places> =>
  placesOf(async (events) => {
    const engine = await createEngine({ ...choice, events });
    const size = { ...sizes['0.4M'], nLayer: 1, nHead: 1, nEmbd: 32, B: 1, T: 16, newTokens: 2 };
    await timeTraining(engine, { size, seconds: 0, steps: 1, warmup: 1 }, () => undefined);
    await timeGeneration(engine, { size, seconds: 0 }, () => undefined);
    await engine.dispose();
  });

const PACKAGE_OF: Partial<Record<BackendChoice, string>> = { onnx: 'onnxruntime-node', cpu: '@tensorflow/tfjs' };

/** What this Node means for tfjs-node, whose last release is older than Node 22. */
function nodeNotes({ node }: Machine): string[] {
  const major = Number(node.split('.')[0]);
  return [
    ...(major >= 22 ? [`older than Node ${major}`] : []),
    ...(major >= 23 ? ['calls two functions that Node 23 removed, which dormouse puts back'] : []),
  ];
}

/** What this machine's GPU means for an engine that wants one CUDA and no other. */
function gpuNotes({ provider }: EngineOptions, gpu: Gpu | undefined): string[] {
  if (!gpu) return ['no NVIDIA GPU here'];
  if (provider === 'cuda' && gpu.cudaMajor < 12) return [`this driver runs CUDA up to ${gpu.cuda}: too old`];
  return gpu.cudaMajor > (provider === 'cuda' ? 12 : 11)
    ? [`this driver runs CUDA up to ${gpu.cuda}; the libraries of the older one are needed beside it`]
    : [];
}
