import { describe, expect, it } from 'vitest';
import { examine } from '../../../src/cli/doctor/index.ts';
import type { Finding, Machine } from '../../../src/cli/doctor/types.ts';
import { reasonOf } from '../../../src/cli/doctor/engines.ts';
import { thisMachine } from '../../../src/cli/doctor/machine.ts';

interface Made {
  readonly node?: string;
  readonly packages?: Readonly<Record<string, string>>;
  readonly programs?: Readonly<Record<string, string>>;
}

/** A machine that says what a test wants it to. */
const machine = ({ node = '20.20.2', packages = {}, programs = {} }: Made = {}): Machine => ({
  ...{ node, cores: 2, totalBytes: 16 * 2 ** 30, availableBytes: 12 * 2 ** 30 },
  run: (command, args) => programs[[command, ...args].join(' ')],
  packageVersion: (name) => ({ 'onnxruntime-node': '1.30.0', '@tensorflow/tfjs': '4.22.0', ...packages })[name],
});

async function findings(made?: Made): Promise<Map<string, Finding>> {
  const sections = await examine(machine(made));
  expect(sections.map(({ title }) => title)).toEqual([
    'machine',
    'graphics',
    'engines',
    'cluster',
    'optional packages',
  ]);
  return new Map(sections.flatMap(({ findings }) => findings).map((finding) => [finding.name, finding]));
}

/** What NVIDIA's tools print, cut to what is read of it. */
const nvidia = (cuda: string): Record<string, string> => ({
  'nvidia-smi --query-gpu=name,driver_version --format=csv,noheader': 'NVIDIA H200, 550.54.15\n',
  'nvidia-smi': `| NVIDIA-SMI 550.54.15    Driver Version: 550.54.15    CUDA Version: ${cuda}     |`,
  'nvcc --version': 'Cuda compilation tools, release 12.4, V12.4.131\n',
});

describe('dormouse doctor', () => {
  it('tries the engines that are there on a program whose result is known', async () => {
    const found = await findings();
    expect(found.get('--backend onnx')).toMatchObject({ state: 'ok', detail: '1.30.0: computes right; the default' });
    expect(found.get('--backend cpu')).toMatchObject({ state: 'ok' });
  });

  it('names the command for each engine and package that is not', async () => {
    const found = await findings();
    const commands = [...found.values()].flatMap(({ name, state, enable }) =>
      enable === undefined ? [] : [[name, state, enable]],
    );
    expect(commands.filter(([name]) => name !== '--provider cuda')).toEqual([
      ['--backend tensorflow', 'missing', 'npm install @tensorflow/tfjs-node@4.22.0'],
      ['--backend tensorflow-gpu', 'missing', 'npm install @tensorflow/tfjs-node-gpu@4.22.0'],
      ['@huggingface/transformers', 'missing', 'npm install @huggingface/transformers@4 --ignore-scripts'],
      ['@xenova/transformers', 'missing', 'npm install @xenova/transformers@2 --ignore-scripts'],
      ['@huggingface/hub', 'missing', 'npm install @huggingface/hub@2'],
    ]);
  });

  it('asks Slurm, where its programs are', async () => {
    const asked = async (programs: Record<string, string>) => (await findings({ programs })).get('--executor slurm');
    expect(await asked({})).toMatchObject({ state: 'missing', detail: expect.stringContaining('no sbatch') as string });
    const sbatch = { 'sbatch --version': 'slurm-wlm 22.05.8\n' };
    expect(await asked(sbatch)).toMatchObject({
      ...{ state: 'missing', detail: 'slurm-wlm 22.05.8: its controller does not answer (scontrol ping)' },
    });
    expect(await asked({ ...sbatch, 'sinfo --noheader --format=%P': '\n' })).toMatchObject({
      ...{ state: 'missing', detail: 'slurm-wlm 22.05.8: no partition is open to you (sinfo --all)' },
    });
    expect(await asked({ ...sbatch, 'sinfo --noheader --format=%P': 'main*\ndebug\n' })).toMatchObject({
      ...{ state: 'ok', detail: 'slurm-wlm 22.05.8: partitions main*, debug' },
    });
  });

  it('keeps all that is said of a device that does not open, and the command out of it', () => {
    const open =
      "No supported adapters; Couldn't load Vulkan: libvulkan.so.1: cannot open; it needs a GPU and its driver";
    expect(reasonOf(`cannot use --provider webgpu: ${open} -> or choose --provider cpu, which ...`)).toBe(open);
    const absent = 'cannot use --backend tensorflow: it is not installed; npm install x -> or choose --backend onnx';
    expect(reasonOf(absent, 'npm install x')).toBe('it is not installed');
  });

  it('asks for a GPU only where none answers', async () => {
    const { state, detail } = (await findings()).get('--provider webgpu')!;
    expect(detail.includes('it needs a GPU and its driver')).toBe(state === 'missing');
    expect(detail).toMatch(
      /; onnxruntime on a GPU of any maker; the kit itself was tested on a device of software alone$/,
    );
  });

  it('says what is missing for CUDA, with the command', async () => {
    const cuda = (await findings()).get('--provider cuda')!;
    if (cuda.state === 'ok') return; // a machine with CUDA 12 and the files for it
    expect(cuda.detail).toMatch(/CUDA 12 and cuDNN 9 \(there is no build for CUDA 13\); no NVIDIA GPU here$/);
    expect(cuda.enable).toMatch(/^ONNXRUNTIME_NODE_INSTALL=cuda12 node .*onnxruntime-node\/script\/install$/);
  });

  it('shows optional packages that are there', async () => {
    const found = await findings({ packages: { '@huggingface/hub': '2.17.5' } });
    expect(found.get('@huggingface/hub')).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/^2\.17\.5: /) as string,
    });
    expect(found.get('@huggingface/hub')).not.toHaveProperty('enable');
  });

  it('tells a package that is installed from one that works', async () => {
    // installed, says the machine; but Node finds none
    const found = await findings({ packages: { '@tensorflow/tfjs-node-gpu': '4.22.0' } });
    const { state, detail, enable } = found.get('--backend tensorflow-gpu')!;
    if (state === 'ok') return; // somebody has installed it here
    expect(detail).toMatch(/^(it is not installed|.*cannot|.*resolve|.*find)/i);
    expect(enable).toBe('npm install @tensorflow/tfjs-node-gpu@4.22.0');
  });

  it.each([
    ['20.20.2', 'ok', ''],
    ['22.23.3', 'ok', ''],
    ['20.18.1', 'missing', '20.19 or newer is needed'],
    ['18.20.0', 'missing', '20.19 or newer is needed'],
  ])('Node %s is %s', async (node, state, more) => {
    const finding = (await findings({ node })).get('Node.js')!;
    expect(finding.state).toBe(state);
    expect(finding.detail).toContain(node);
    expect(finding.detail).toContain(more);
  });

  it.each([
    ['20.20.2', false, false],
    ['22.23.3', true, false],
    ['24.21.0', true, true],
  ])('what tfjs-node is to Node %s', async (node, isNewer, needsMending) => {
    const { detail } = (await findings({ node })).get('--backend tensorflow')!;
    expect(/older than Node \d+/.test(detail)).toBe(isNewer);
    expect(/which dormouse puts back/.test(detail)).toBe(needsMending);
  });

  it.each([
    ['11.2', /this driver runs CUDA up to 11\.2: too old$/, /last released in 2024$/],
    ['12.4', /no build for CUDA 13\)$/, /CUDA up to 12\.4; the libraries of the older one are needed beside it$/],
    ['13.0', /CUDA up to 13\.0; the libraries of the older one are needed/, /CUDA up to 13\.0; the libraries/],
  ])('what a driver for CUDA %s means', async (cuda, forOnnx, forTfjs) => {
    const found = await findings({ programs: nvidia(cuda) });
    expect(found.get('NVIDIA GPU')).toEqual({
      ...{ name: 'NVIDIA GPU', state: 'ok' },
      detail: `NVIDIA H200, driver 550.54.15, for CUDA up to ${cuda}`,
    });
    expect(found.get('CUDA toolkit')).toMatchObject({ state: 'ok', detail: '12.4' });
    expect(found.get('--provider cuda')!.detail).toMatch(forOnnx);
    expect(found.get('--backend tensorflow-gpu')!.detail).toMatch(forTfjs);
  });
});

describe('this machine', () => {
  it('knows installed packages, also those that do not export their package.json, and no others', () => {
    const { packageVersion } = thisMachine();
    expect(packageVersion('commander')).toMatch(/^14\./);
    expect(packageVersion('onnxruntime-node')).toMatch(/^1\./);
    expect(packageVersion('@huggingface/jinja')).toMatch(/^0\./);
    expect(packageVersion('no-such-package-anywhere')).toBeUndefined();
  });

  it('runs programs, and takes none and a failing one for no answer', () => {
    const { run } = thisMachine();
    expect(run(process.execPath, ['--version'])).toBe(`${process.version}\n`);
    expect(run(process.execPath, ['--no-such-option'])).toBeUndefined();
    expect(run('no-such-program-anywhere', [])).toBeUndefined();
  });
});
