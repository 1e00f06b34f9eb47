import { Command, InvalidArgumentError } from 'commander';
import { triedEngine } from './auto-provider.ts';
import { runBench } from './bench/ladder.ts';
import { availableBytes } from './bench/memory.ts';
import { placesText } from './bench/places.ts';
import { measureInChild } from './bench/run-child.ts';
import { sizeNames } from './bench/sizes.ts';
import type { SizeName } from './bench/sizes.ts';
import type { BenchResults, SizeResult } from './bench/types.ts';
import { engineOf, numberIn, positiveInteger, withEngine } from './options.ts';
import type { EngineOptions } from './options.ts';
import { colorsFor, columns, compact, grouped, print, printJson, say, size as bytes } from './terminal.ts';

const HELP = `
Trains and generates with GPT-2 of each size, with fresh weights and made-up tokens, in a process of its own. GFLOP/s
count the matrix products alone (three times a forward pass, or twice with adapters); "of peak" is their share of the fastest matrix product
that the same engine did in the same run. "x faster" is generation with a KV cache against recomputing the prefix for
each token. Run nothing else meanwhile.

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
    .option('--seconds <n>', 'how long each measurement goes on', numberIn(0, 3600), 5)
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
  const engine = await triedEngine(engineOf(options));
  const recipe = { ...(accumulate && { accumulate }), ...(lora && { lora }) };
  const asked = { ...(sizes && { sizes }), ...(batch && { batchSize: batch }), seconds, generation, recipe };
  const results = await runBench({ ...asked, engine, availableBytes: availableBytes() }, measureInChild, (text) =>
    say(colorsFor(process.stderr).dim(text)),
  );
  if (json) printJson(results);
  else print(renderBench(results));
}

function sizeList(text: string): SizeName[] {
  const asked = text.split(',').map((name) => name.trim());
  const unknown = asked.filter((name) => !isSize(name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(`no size is called ${unknown.join(', ')}; there are ${sizeNames.join(', ')}`);
  return asked.filter(isSize);
}

const isSize = (name: string): name is SizeName => sizeNames.some((known) => known === name);

/** For people: a row a size, and what it was measured on and against. */
export function renderBench({ machine, gemm, places, sizes, stopped }: BenchResults): string {
  const hasGeneration = sizes.some(({ generation }) => generation);
  const training = ['size', 'weights', 'ms/step', 'tokens/s', 'GFLOP/s', 'of peak', 'memory', 'compile'];
  const head = [...training, ...(hasGeneration ? ['generated/s', 'x faster', 'memory'] : [])];
  const right = head.map((_, i) => i);
  const best = gemm.shapes.find(({ gflops }) => gflops === gemm.gflops)?.shape ?? [];
  return [
    ...columns([head, ...sizes.map(sizeRow)], right),
    '',
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
    bytes(t.peakRssBytes),
    `${(t.compileMs / 1000).toFixed(1)} s`,
  ];
  return g ? [...row, grouped(g.tokensPerSecond), g.speedUp.toFixed(1), bytes(g.peakRssBytes)] : row;
}

/** Both ways of generating should find the same tokens, but for ties. */
const disagreement = ({ size, generation }: SizeResult): string[] =>
  generation && generation.agreement < 1
    ? [`note     ${(100 * (1 - generation.agreement)).toFixed(1)} % of the tokens compared at ${size} differ from the full forward pass`] // prettier-ignore
    : [];
