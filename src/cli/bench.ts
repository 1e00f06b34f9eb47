import { Command, InvalidArgumentError } from 'commander';
import { triedEngine } from './auto-provider.ts';
import { runBench } from './bench/ladder.ts';
import { availableBytes } from './bench/memory.ts';
import { placesText } from './bench/places.ts';
import { measureInChild } from './bench/run-child.ts';
import { sizeNames } from './bench/sizes.ts';
import type { SizeName } from './bench/sizes.ts';
import type { BenchResults, SizeResult } from './bench/types.ts';
import { stopOnSignal } from './interrupt.ts';
import { engineOf, numberIn, positiveInteger, withEngine } from './options.ts';
import type { EngineOptions } from './options.ts';
import { colorsFor, columns, compact, grouped, print, printJson, say, size as bytes } from './terminal.ts';

const HELP = `
Trains and generates with GPT-2 of each size, with fresh weights and made-up tokens, in a process of its own. GFLOP/s
count the matrix products alone (three times a forward pass, or twice with adapters); "of peak" is their share of the fastest matrix product
that the same engine did in the same run. "x faster" is generation with a KV cache against recomputing the prefix for
each token; memory is the most that either process took. Run nothing else meanwhile. A size is shown as soon as it is measured; Ctrl-C ends the ladder there.

Examples:
  $ dormouse bench
  $ dormouse bench --sizes 1M,3M --no-generation
  $ dormouse bench --sizes 124M --batch 1 --accumulate 4 --lora 8 --no-generation     does a step fit, and how fast is it?
  $ dormouse bench --threads 1 --json > bench.json`;

interface Options extends EngineOptions {
  readonly sizes?: readonly SizeName[];
  readonly seconds: number;
  readonly generation: boolean;
  readonly batch?: number;
  readonly accumulate?: number;
  readonly lora?: number;
  readonly json?: boolean;
}

export const command = (): Command =>
  withEngine(new Command('bench'))
    .option('--sizes <list>', `some of ${sizeNames.join(',')} (default: as far as memory and patience go)`, sizeList)
    .option('--seconds <n>', 'how long each measurement goes on; 0: as few runs as say anything', numberIn(0, 3600), 5)
    .option('--generation', 'measure generation too', true)
    .option('--no-generation', 'training alone')
    .option('--batch <n>', "sequences of a training step (default: the size's own)", positiveInteger)
    .option('--accumulate <n>', 'such batches a step, their gradients summed', positiveInteger)
    .option('--lora <rank>', 'train adapters of that rank on frozen weights', positiveInteger)
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(bench);

async function bench({
  json,
  sizes,
  seconds,
  generation,
  batch,
  accumulate,
  lora,
  ...options
}: Options): Promise<void> {
  const recipe = { ...(accumulate && { accumulate }), ...(lora && { lora }) };
  const asked = { ...(sizes && { sizes }), ...(batch && { batchSize: batch }), seconds, generation, recipe };
  const rowsOf = tableOf(generation);
  const onSize = (result: SizeResult): void => void (json || print(rowsOf(result)));
  const stop = stopOnSignal(say, 'stopping');
  try {
    const engine = await triedEngine(engineOf(options));
    const given = { ...asked, engine, availableBytes: availableBytes(), signal: stop.signal, onSize };
    const results = await runBench(given, measureInChild, (text) => say(colorsFor(process.stderr).dim(text)));
    if (json) printJson(results);
    else print(`\n${renderFacts(results)}`);
    if (stop.signal.aborted) process.exitCode = 130;
  } finally {
    stop.dispose();
  }
}

function sizeList(text: string): SizeName[] {
  const asked = text.split(',').map((name) => name.trim());
  if (text.trim() === '') throw new InvalidArgumentError(`give some of ${sizeNames.join(', ')}`);
  const unknown = asked.filter((name) => !isSize(name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(`no size is called ${unknown.join(', ')}; there are ${sizeNames.join(', ')}`);
  return asked.filter(isSize);
}

const isSize = (name: string): name is SizeName => sizeNames.some((known) => known === name);

const TRAINING = ['size', 'weights', 'ms/step', 'tokens/s', 'GFLOP/s', 'of peak', 'memory', 'compile'];
const GENERATION = ['generated/s', 'x faster'];
/** Cells as wide as any will be: rows are shown one by one. */
const WIDEST = ['0.4M', '100.0M', '100,000', '1,000,000', '10,000', '100 %', '10.00 GiB', '100.0 s', '1,000,000'];

/** A row a size, for people; the first with what the columns are called. */
export function tableOf(hasGeneration: boolean): (result: SizeResult) => string {
  const head = [...TRAINING, ...(hasGeneration ? GENERATION : [])];
  const widest = WIDEST.slice(0, head.length);
  const right = head.map((_, i) => i);
  const linesOf = (row: string[]): string[] =>
    columns([head, widest, row], right).slice(columns([head, widest], right).length);
  let isFirst = true;
  return (result) => {
    const lines = [...(isFirst ? linesOf(head) : []), ...linesOf(sizeRow(result))];
    isFirst = false;
    return lines.join('\n');
  };
}

/** What all sizes were measured on and against. */
export function renderFacts({ machine, gemm, places, sizes, stopped }: BenchResults): string {
  const best = gemm.shapes.find(({ gflops }) => gflops === gemm.gflops)?.shape ?? [];
  return [
    `peak     ${grouped(gemm.gflops)} GFLOP/s (matrix product ${best.join(' x ')})`,
    `engine   ${gemm.engine.description}`,
    ...(places ? [`kernels  ${placesText(places)}`] : []),
    `machine  ${machine.cpu}, ${machine.cores} cores, ${bytes(machine.memoryBytes)}, ${machine.platform}, Node ${machine.node}`,
    ...sizes.flatMap(disagreement),
    ...(stopped ? [`stopped  before ${stopped.size}: ${stopped.reason}`] : []),
  ].join('\n');
}

function sizeRow({ size, parameters, training: t, generation: g }: SizeResult): string[] {
  const row = [
    size,
    compact(parameters),
    t.msPerStep.median.toFixed(t.msPerStep.median < 100 ? 1 : 0),
    grouped(t.tokensPerSecond),
    grouped(t.gflops),
    `${Math.round(100 * t.gemmShare)} %`,
    bytes(Math.max(t.peakRssBytes, g?.peakRssBytes ?? 0)),
    `${(t.compileMs / 1000).toFixed(1)} s`,
  ];
  return g ? [...row, grouped(g.tokensPerSecond), g.speedUp.toFixed(1)] : row;
}

/** Both ways of generating should find the same tokens, but for ties. */
const disagreement = ({ size, generation }: SizeResult): string[] =>
  generation && generation.agreement < 1
    ? [`note     ${(100 * (1 - generation.agreement)).toFixed(1)} % of the tokens compared at ${size} differ from the full forward pass`] // prettier-ignore
    : [];
