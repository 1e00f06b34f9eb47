/**
 * Greedy generation in the kit, by recomputing the prefix for each token, and in Hugging Face transformers, in turns, in one
 * run: same weights, same prompts, same tokens.
 *
 *     npx tsx scripts/bench/generate.ts [--python .venv/bin/python] [--size 1M|135M] [--rows 64] [--rounds 5] [--threads 2]
 *
 * Without `--python`, no transformers; the prefix is recomputed at 1M alone. Ratios are taken within a round: what slows the
 * machine down slows all. The kit is this process; it sleeps while Python works.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { modelOf, sizes } from '../../src/cli/bench/sizes.ts';
import { timeRecomputation } from '../../src/cli/bench/generate.ts';
import { median, repeat } from '../../src/cli/bench/timing.ts';
import { keepHeap } from '../../src/cli/heap.ts';
import { createEngine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { writeWeights } from '../../src/nn/checkpoints/weights.ts';
import { generate } from '../../src/nn/models/generate.ts';
import { initParameters } from '../../src/nn/models/index.ts';
import type { Model } from '../../src/nn/models/index.ts';
import { counts, readOptions, refuse } from './command-line.ts';
import { smol } from './smol.ts';

keepHeap(true);

const values = readOptions(import.meta.url, {
  python: { type: 'string' }, // with transformers
  size: { type: 'string', default: '1M' },
  rows: { type: 'string', default: '64' },
  'new-tokens': { type: 'string' },
  rounds: { type: 'string', default: '5' },
  repeats: { type: 'string', default: '3' }, // in a round
  threads: { type: 'string', default: '2' },
});

const works: Readonly<Record<string, { model: () => Model; promptTokens: number; newTokens: number }>> = {
  '1M': { model: () => modelOf(sizes['1M']), promptTokens: 32, newTokens: 64 },
  '135M': { model: smol, promptTokens: 32, newTokens: 16 },
};
const work = works[values.size];
if (!work) refuse(`--size ${values.size}: one of ${Object.keys(works).join(', ')}`);
const [rows = 0, rounds = 0, repeats = 0, threads = 0] = counts(values, ['rows', 'rounds', 'repeats', 'threads']);
/** Of all lengths of the prefix together, in a round. */
const RECOMPUTING_SECONDS = 3;
const [newTokens = 0] = counts({ 'new-tokens': values['new-tokens'] ?? `${work.newTokens}` }, ['new-tokens']);

const model = work.model();
const rng = createRng(1);
const parameters = initParameters(model, rng);
const prompts = Array.from({ length: rows }, () =>
  Array.from({ length: work.promptTokens }, () => rng.int(model.vocabSize)),
);
const folder = mkdtempSync(path.join(tmpdir(), 'dormouse-bench-'));
const python = (command: string): { ms: number[]; completions: number[][] } =>
  JSON.parse(
    execFileSync(
      command,
      ['scripts/bench/torch_generate.py', folder, `${folder}/task.json`, '--threads', `${threads}`],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    ),
  );

try {
  writeWeights(folder, parameters);
  writeFileSync(`${folder}/config.json`, JSON.stringify(model.hfConfig));
  writeFileSync(`${folder}/task.json`, JSON.stringify({ prompts, newTokens, repeats }));
  const engine = await createEngine({ threads });
  const generator = { engine, model, state: engine.createState(parameters) };
  let ours: number[][] = [];
  const run = async (): Promise<void> => {
    ours = await generate(generator, prompts, { maxNewTokens: newTokens, stopId: -1, rng, batchSize: rows });
  };
  await run();
  /** Milliseconds, and the share of what was found that the kit finds too. */
  const programs: Readonly<Record<string, () => Promise<{ ms: number; agreement: number }>>> = {
    dormouse: async () => {
      const ms = median(await repeat(run, { seconds: Infinity, least: repeats, most: repeats }));
      return { ms, agreement: 1 };
    },
    ...(values.size === '1M' && {
      recomputing: () => timeRecomputation(generator, prompts, ours, RECOMPUTING_SECONDS, () => undefined),
    }),
    ...(values.python && {
      transformers: () => {
        const { ms, completions } = python(values.python!);
        const agreeing = ours.filter((row, i) => row.join() === completions[i]!.join()).length;
        return Promise.resolve({ ms: median(ms), agreement: agreeing / rows });
      },
    }),
  };
  const names = Object.keys(programs);
  const ratios = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    const found: Record<string, { ms: number; agreement: number }> = {};
    for (const i of names.keys()) {
      const name = names[(i + round) % names.length]!;
      found[name] = await programs[name]!();
    }
    for (const name of names) ratios[name]!.push(found[name]!.ms / found.dormouse!.ms);
    const said = names.map((name) => `${name} ${found[name]!.ms.toFixed(0)} ms (agrees ${found[name]!.agreement})`);
    console.log(`round ${round + 1}: ${said.join(', ')}`);
    if (names.some((name) => found[name]!.agreement < 1)) process.exitCode = 1;
  }
  console.log(
    `${values.size}, ${rows} prompts of ${work.promptTokens} tokens, ${newTokens} new ones each, ${threads} threads:`,
  );
  for (const name of names.slice(1)) {
    const x = ratios[name]!;
    const [middle, least, most] = [median(x), Math.min(...x), Math.max(...x)].map((ratio) => ratio.toFixed(2));
    console.log(`${middle} (${least}-${most}) times as fast as ${name}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
