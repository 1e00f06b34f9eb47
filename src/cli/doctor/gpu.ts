import type { Finding, Machine } from './types.ts';

/** What NVIDIA's two tools say; `cudaMajor` is that of the newest CUDA that the driver can run. */
export interface Gpu {
  readonly name: string;
  readonly driver: string;
  readonly cudaMajor: number;
  readonly cuda: string;
}

/** `CUDA Version: 12.4` of nvidia-smi's banner, and name and driver of the first GPU. */
export function findGpu({ run }: Pick<Machine, 'run'>): Gpu | undefined {
  const [line] = (run('nvidia-smi', ['--query-gpu=name,driver_version', '--format=csv,noheader']) ?? '').split('\n');
  const [, name, driver] = /^(.+), *([\d.]+)\s*$/.exec(line ?? '') ?? [];
  if (name === undefined || driver === undefined) return undefined;
  const [, cuda = '?'] = /CUDA (?:UMD )?Version: *([\d.]+)/.exec(run('nvidia-smi', []) ?? '') ?? [];
  return { name, driver, cuda, cudaMajor: Number(cuda.split('.')[0]) };
}

const GPU_USE = 'none found (nvidia-smi does not answer); everything runs on the CPU';

export function gpuFindings(machine: Pick<Machine, 'run'>, gpu: Gpu | undefined): Finding[] {
  const [, toolkit] = /release ([\d.]+)/.exec(machine.run('nvcc', ['--version']) ?? '') ?? [];
  return [
    gpu
      ? { name: 'NVIDIA GPU', state: 'ok', detail: `${gpu.name}, driver ${gpu.driver}, for CUDA up to ${gpu.cuda}` }
      : { name: 'NVIDIA GPU', state: 'missing', detail: GPU_USE },
    toolkit === undefined
      ? {
          name: 'CUDA toolkit',
          state: 'missing',
          detail: 'no nvcc; not needed: engines want the libraries, not the compiler',
        }
      : { name: 'CUDA toolkit', state: 'ok', detail: toolkit },
  ];
}
