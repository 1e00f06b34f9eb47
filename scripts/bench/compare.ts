/**
 * The training step of some sizes in the kit, in PyTorch and in plain TensorFlow.js, in turns, in one run.
 *
 *     npx tsx scripts/bench/compare.ts --python .venv/bin/python [--sizes 0.4M,1M,3M,10M] [--activation relu2]
 *
 * Each program has a process of its own and starts from the same parameters (drawn here, handed over as safetensors).
 * The kit runs as it is installed: compiled to dist/, which this script builds. `--kit DIR` is another checkout of it,
 * built and measured as well: is a change faster? `--torch-old` is the Python of an old PyTorch. `--wasm` is for the size
 * 3M and `gelu_new`. Every round also measures the fastest matrix product of the kit's engine. Ratios are taken within a
 * round: what slows the machine down slows both.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { pathToFileURL } from 'node:url';
import { encodeSafetensors } from '../../src/nn/checkpoints/safetensors/index.ts';
import { gemmShapes } from '../../src/cli/bench/gemm.ts';
import { modelOf, sizeNames, sizes } from '../../src/cli/bench/sizes.ts';
import type { Size, SizeName } from '../../src/cli/bench/sizes.ts';
import { printJson, say, size as bytes } from '../../src/cli/terminal.ts';
import { columns } from '../../src/lib/text.ts';
import { createRng } from '../../src/lib/rng.ts';
import { initParameters, parameterCount } from '../../src/nn/models/index.ts';
import { activationOf, counts, readOptions, refuse } from './command-line.ts';
import { KIT, summarize } from './rounds.ts';
import type { Report, Round } from './rounds.ts';

const options = readOptions(import.meta.url, {
  python: { type: 'string' }, // with a current PyTorch
  'torch-old': { type: 'string' }, // with Debian's
  kit: { type: 'string' }, // another checkout of the kit
  wasm: { type: 'boolean', default: false },
  sizes: { type: 'string', default: '3M' },
  activation: { type: 'string', default: 'gelu_new' }, // of the MLPs
  rounds: { type: 'string', default: '5' },
  steps: { type: 'string', default: '20' },
  warmup: { type: 'string', default: '5' },
  'wasm-steps': { type: 'string', default: '2' },
  threads: { type: 'string', default: '2' },
  json: { type: 'boolean', default: false }, // on stdout; the table goes to stderr
});

const [rounds = 0, steps = 0, warmup = 0, wasmSteps, threads = 0] = counts(options, ['rounds', 'steps', 'warmup', 'wasm-steps', 'threads']); // prettier-ignore
const asked = options.sizes.split(',').map((name): SizeName => {
  const known = sizeNames.find((each) => each === name);
  if (!known) refuse(`--sizes ${name}: use ${sizeNames.join(', ')}`);
  return known;
});
const activation = activationOf(options.activation);

type Program = () => Promise<Report>;

/** How far losses may lie apart over 20 steps. */
const LOSS_BAR = 1e-3;

const silent = (): void => undefined;
const kit = await buildKit('.');
const otherKit = options.kit === undefined ? undefined : await buildKit(options.kit);

/** Builds a checkout. Returns what measures in a process of its own. */
async function buildKit(checkout: string): Promise<typeof import('../../src/cli/bench/run-child.ts').measureInChild> {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
    cwd: checkout,
  });
  const built = pathToFileURL(path.resolve(checkout, 'dist/cli/bench/run-child.js')).href;
  return ((await import(built)) as typeof import('../../src/cli/bench/run-child.ts')).measureInChild;
}

/** All programs that were asked for, from the initial parameters in the file `init`. */
function programsFor(size: Size, init: string): Readonly<Record<string, Program>> {
  const execute = promisify(execFile);
  const run = async (command: string, args: readonly string[]): Promise<Report> =>
    JSON.parse((await execute(command, [...args, '--init', init])).stdout) as Report;
  const model = JSON.stringify(size);
  const torchArgs = ['--steps', `${steps}`, '--warmup', `${warmup}`, '--threads', `${threads}`, '--json'];
  const torch = (python: string) => () => run(python, ['scripts/bench/torch_step.py', ...torchArgs, '--model', model]);
  const train = (measure: typeof kit) => () =>
    measure('train', { size, seconds: 0, steps, warmup, init }, { threads }, silent);
  const { python, 'torch-old': old } = options;
  const tfjsArgs = ['--import', 'tsx', 'scripts/bench/tfjs_step.ts', '--steps', `${wasmSteps}`];
  return {
    [KIT]: train(kit),
    ...(otherKit && { 'other kit': train(otherKit) }),
    ...(python && { torch: torch(python) }),
    ...(old && { 'torch-old': torch(old) }),
    ...(options.wasm && { wasm: () => run(process.execPath, tfjsArgs) }),
  };
}

/** All programs once. Each round starts with another one. */
async function playRound(name: SizeName, programs: Readonly<Record<string, Program>>, round: number): Promise<Round> {
  const names = Object.keys(programs);
  const order = names.map((_, i) => names[(i + round) % names.length]!);
  const gemm = await kit('gemm', { shapes: gemmShapes([sizes[name]]), seconds: 2 }, { threads }, silent);
  const reports: Record<string, Report> = {};
  for (const program of order) {
    const report = await programs[program]!();
    reports[program] = report;
    const ms = report.msPerStep.median.toFixed(0);
    say(`${name.padEnd(4)}  round ${round + 1} of ${rounds}  ${program.padEnd(9)}  ${ms} ms/step`);
  }
  return { peak: gemm.gflops, reports };
}

async function measureSize(name: SizeName) {
  const size = { ...sizes[name], activation };
  const model = modelOf(size);
  const folder = mkdtempSync(path.join(tmpdir(), 'dormouse-compare-'));
  const init = path.join(folder, 'init.safetensors');
  writeFileSync(init, Buffer.concat([...encodeSafetensors(initParameters(model, createRng(1)))]));
  const programs = programsFor(size, init);
  const played: Round[] = [];
  try {
    for (let round = 0; round < rounds; round++) played.push(await playRound(name, programs, round));
  } finally {
    rmSync(folder, { recursive: true });
  }
  const stepFlops = 3 * model.forwardFlops(size.B, size.T);
  const gemmGflops = Math.max(...played.map(({ peak }) => peak));
  const summary = Object.keys(programs).map((program) => summarize(program, played, stepFlops));
  return { size: name, parameters: parameterCount(model), stepFlops, gemmGflops, summary, played };
}

const measured: Awaited<ReturnType<typeof measureSize>>[] = [];
for (const name of asked) measured.push(await measureSize(name));

const head =
  'size program ms/step fastest CPU-ms x-ours from to CPU-x-ours of-peak loss-off-by steps memory -import'.split(' ');
const rows = measured.flatMap(({ size, summary }) =>
  summary.map(({ program, msPerStep, ratio, cpuMsPerStep, cpuRatio, peakShare, peakRssBytes, ...rest }) => [
    size,
    program,
    ...[msPerStep.median, msPerStep.min, cpuMsPerStep].map((ms) => ms?.toFixed(ms < 100 ? 1 : 0) ?? ''),
    ...[ratio.median, ratio.min, ratio.max, cpuRatio?.median].map((x) => x?.toFixed(2) ?? ''),
    `${Math.round(100 * peakShare.median)} %`,
    rest.lossDifference.toExponential(1),
    `${rest.comparedSteps}`,
    bytes(peakRssBytes),
    rest.importRssBytes === undefined ? '' : bytes(peakRssBytes - rest.importRssBytes),
  ]),
);
const lines = [
  ...columns([head, ...rows], { width: 200, right: head.map((_, i) => i).slice(2) }),
  '',
  ...measured.map(({ size, stepFlops, gemmGflops }) => {
    const gflop = (stepFlops / 1e9).toFixed(1);
    return `${size}  a step ${gflop} GFLOP, best product ${gemmGflops.toFixed(0)} GFLOP/s, ${threads} threads`;
  }),
  ...measured[0]!.summary.map(({ program, runtime }) => `${program.padEnd(9)}  ${runtime}`),
];
if (options.json) {
  say(lines.join('\n'));
  printJson({
    cpu: cpus()[0]?.model,
    node: process.version,
    activation,
    threads,
    rounds,
    steps,
    warmup,
    sizes: measured,
  });
} else console.log(lines.join('\n'));

const worst = Math.max(...measured.flatMap(({ summary }) => summary.map(({ lossDifference }) => lossDifference)));
if (!(worst <= LOSS_BAR)) {
  say(`losses differ by ${worst.toExponential(1)}; ${LOSS_BAR} is the most`);
  process.exitCode = 1;
}
