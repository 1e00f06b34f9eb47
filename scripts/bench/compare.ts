/**
 * The reference training step in the kit, in PyTorch and in plain TensorFlow.js, in turns, in one run.
 *
 *     npx tsx scripts/bench/compare.ts --python .venv/bin/python [--torch-old /usr/bin/python3] [--wasm] [--rounds 5]
 *
 * Each program has a process of its own and starts from the same parameters (drawn here, handed over as safetensors).
 * The kit runs as it is installed: compiled to dist/, which this script builds. Every round also measures the fastest
 * matrix product of the kit's engine. Ratios are taken within a round: what slows the machine down slows both.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { pathToFileURL } from 'node:url';
import { encodeSafetensors } from '../../src/nn/checkpoints/safetensors/index.ts';
import { gemmShapes } from '../../src/cli/bench/gemm.ts';
import { modelOf, sizes } from '../../src/cli/bench/sizes.ts';
import { median } from '../../src/cli/bench/timing.ts';
import { columns, printJson, say, size as bytes } from '../../src/cli/terminal.ts';
import { createRng } from '../../src/lib/rng.ts';
import { initParameters } from '../../src/nn/models/index.ts';

const { values: options } = parseArgs({
  options: {
    python: { type: 'string' }, // with a current PyTorch
    'torch-old': { type: 'string' }, // with Debian's
    wasm: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '20' },
    warmup: { type: 'string', default: '5' },
    'wasm-steps': { type: 'string', default: '2' },
    threads: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});

function count(name: 'rounds' | 'steps' | 'warmup' | 'wasm-steps' | 'threads'): number {
  const n = Number(options[name]);
  if (!Number.isInteger(n) || n < 1) throw new Error(`--${name} ${options[name]}: give a whole number above 0`);
  return n;
}
const [rounds, steps, warmup, wasmSteps, threads] = [
  count('rounds'),
  count('steps'),
  count('warmup'),
  count('wasm-steps'),
  count('threads'),
];

/** What every program reports of itself. `importRssBytes` is the memory before anything was computed. */
interface Report {
  readonly runtime?: string;
  readonly version?: string;
  readonly blas?: string;
  readonly msPerStep: { readonly median: number; readonly min: number };
  readonly losses: readonly number[];
  readonly peakRssBytes: number;
  readonly importRssBytes?: number;
}

const KIT = 'dormouse';
/** How far losses may lie apart over 20 steps. */
const LOSS_BAR = 1e-3;

execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
const built = pathToFileURL(path.resolve('dist/cli/bench/run-child.js')).href;
const { measureInChild } = (await import(built)) as typeof import('../../src/cli/bench/run-child.ts');
const size = sizes['3M'];

const folder = mkdtempSync(path.join(tmpdir(), 'dormouse-compare-'));
const init = path.join(folder, 'init.safetensors');
writeFileSync(init, Buffer.concat([...encodeSafetensors(initParameters(modelOf(size), createRng(1)))]));

const execute = promisify(execFile);
const run = async (command: string, args: readonly string[]): Promise<Report> =>
  JSON.parse((await execute(command, [...args, '--init', init])).stdout) as Report;
const torchArgs = ['--steps', `${steps}`, '--warmup', `${warmup}`, '--threads', `${threads}`, '--json'];
const torch = (python: string) => () => run(python, ['scripts/bench/torch_step.py', ...torchArgs]);
const silent = (): void => undefined;

const { python, 'torch-old': old } = options;
const programs: Readonly<Record<string, () => Promise<Report>>> = {
  [KIT]: () => measureInChild('train', { size, seconds: 0, steps, warmup, init }, { threads }, silent),
  ...(python && { torch: torch(python) }),
  ...(old && { 'torch-old': torch(old) }),
  ...(options.wasm && {
    wasm: () => run(process.execPath, ['--import', 'tsx', 'scripts/bench/tfjs_step.ts', '--steps', `${wasmSteps}`]),
  }),
};

interface Round {
  /** GFLOP/s of the fastest matrix product. */
  readonly peak: number;
  readonly reports: Readonly<Record<string, Report>>;
}

/** All programs once. Each round starts with another one. */
async function playRound(round: number): Promise<Round> {
  const names = Object.keys(programs);
  const order = names.map((_, i) => names[(i + round) % names.length]!);
  const gemm = await measureInChild('gemm', { shapes: gemmShapes([size]), seconds: 2 }, { threads }, silent);
  const reports: Record<string, Report> = {};
  for (const name of order) {
    const report = await programs[name]!();
    reports[name] = report;
    say(`round ${round + 1} of ${rounds}  ${name.padEnd(9)}  ${report.msPerStep.median.toFixed(0)} ms/step`);
  }
  return { peak: gemm.gflops, reports };
}

const played: Round[] = [];
try {
  for (let round = 0; round < rounds; round++) played.push(await playRound(round));
} finally {
  rmSync(folder, { recursive: true });
}

const stepFlops = 3 * modelOf(size).forwardFlops(size.B, size.T);
const peak = Math.max(...played.map((round) => round.peak));

function summarize(name: string) {
  const reports = played.map((round) => round.reports[name]!);
  const kit = played.map((round) => round.reports[KIT]!);
  const ms = reports.map((report) => report.msPerStep.median);
  const ratios = ms.map((each, i) => each / kit[i]!.msPerStep.median);
  const differences = reports.flatMap((report, i) =>
    report.losses.flatMap((loss, step) => {
      const ours = kit[i]!.losses[step];
      return ours === undefined ? [] : [Math.abs(loss - ours)];
    }),
  );
  const { runtime, version, blas, importRssBytes } = reports[0]!;
  return {
    name,
    runtime: [runtime ?? 'onnxruntime', version, blas].filter(Boolean).join(' '),
    msPerStep: { median: median(ms), min: Math.min(...reports.map((report) => report.msPerStep.min)) },
    ratio: { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) },
    peakShare: stepFlops / median(ms) / 1e6 / peak,
    lossDifference: Math.max(...differences),
    comparedSteps: Math.min(...reports.map((report, i) => Math.min(report.losses.length, kit[i]!.losses.length))),
    peakRssBytes: median(reports.map((report) => report.peakRssBytes)),
    ...(importRssBytes !== undefined && { importRssBytes }),
  };
}

const summary = Object.keys(programs).map(summarize);
const worst = Math.max(...summary.map(({ lossDifference }) => lossDifference));
if (options.json) printJson({ threads, rounds, steps, warmup, gemmGflops: peak, stepFlops, summary, played });
else {
  const head = [
    '',
    'ms/step',
    'fastest',
    'x ours',
    'from',
    'to',
    'of peak',
    'loss off by',
    'steps',
    'memory',
    '- import',
  ];
  const rows = summary.map(({ name, msPerStep, ratio, peakShare, lossDifference, comparedSteps, ...memory }) => [
    name,
    msPerStep.median.toFixed(0),
    msPerStep.min.toFixed(0),
    ...[ratio.median, ratio.min, ratio.max].map((x) => x.toFixed(2)),
    `${Math.round(100 * peakShare)} %`,
    lossDifference.toExponential(1),
    `${comparedSteps}`,
    bytes(memory.peakRssBytes),
    memory.importRssBytes === undefined ? '' : bytes(memory.peakRssBytes - memory.importRssBytes),
  ]);
  const right = head.map((_, i) => i).slice(1);
  console.log(columns([head, ...rows], right).join('\n'));
  console.log(`\npeak  ${peak.toFixed(0)} GFLOP/s, a step ${(stepFlops / 1e9).toFixed(1)} GFLOP, ${threads} threads`);
  for (const { name, runtime } of summary) console.log(`${name.padEnd(9)}  ${runtime}`);
}
if (worst > LOSS_BAR) {
  say(`losses differ by ${worst.toExponential(1)}; ${LOSS_BAR} is the most`);
  process.exitCode = 1;
}
