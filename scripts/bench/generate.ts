/**
 * Greedy generation in the kit and in Hugging Face transformers, in turns, in one run: same weights, same prompts, same tokens.
 *
 *     npx tsx scripts/bench/generate.ts --python .venv/bin/python [--size 1M|135M] [--rows 64] [--rounds 5] [--threads 2]
 *
 * Ratios are taken within a round: what slows the machine down slows both. The kit is this process; it sleeps meanwhile.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { modelOf, sizes } from '../../src/cli/bench/sizes.ts';
import { median, repeat } from '../../src/cli/bench/timing.ts';
import { createEngine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { writeWeights } from '../../src/nn/checkpoints/weights.ts';
import { generate } from '../../src/nn/models/generate.ts';
import { initParameters, models } from '../../src/nn/models/index.ts';
import type { Model } from '../../src/nn/models/index.ts';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' }, // with transformers
    size: { type: 'string', default: '1M' },
    rows: { type: 'string', default: '64' },
    'new-tokens': { type: 'string' },
    rounds: { type: 'string', default: '5' },
    repeats: { type: 'string', default: '3' }, // in a round
    threads: { type: 'string', default: '2' },
  },
});

/** SmolLM2-135M's shape, with fresh weights. */
const smol = (): Model =>
  models.llama.create(
    models.llama.params.parse({ nEmbd: 576, nLayer: 30, nHead: 9, nKvHead: 3, nInner: 1536, nPositions: 2048 }),
    49152,
  );
const works: Readonly<Record<string, { model: () => Model; promptTokens: number; newTokens: number }>> = {
  '1M': { model: () => modelOf(sizes['1M']), promptTokens: 32, newTokens: 64 },
  '135M': { model: smol, promptTokens: 32, newTokens: 16 },
};
const work = works[values.size];
if (!work) throw new Error(`--size ${values.size}: one of ${Object.keys(works).join(', ')}`);
const [rows, rounds, repeats, threads] = [
  Number(values.rows),
  Number(values.rounds),
  Number(values.repeats),
  Number(values.threads),
];
const newTokens = Number(values['new-tokens'] ?? work.newTokens);

const model = work.model();
const rng = createRng(1);
const parameters = initParameters(model, rng);
const prompts = Array.from({ length: rows }, () =>
  Array.from({ length: work.promptTokens }, () => rng.int(model.vocabSize)),
);
const folder = mkdtempSync(path.join(tmpdir(), 'dormouse-bench-'));
const python = (): { ms: number[]; completions: number[][]; version: string; peakRssBytes: number } =>
  JSON.parse(
    execFileSync(
      values.python,
      ['scripts/bench/torch_generate.py', folder, `${folder}/task.json`, '--threads', `${threads}`],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    ),
  );

try {
  writeWeights(folder, parameters);
  writeFileSync(`${folder}/config.json`, JSON.stringify(model.hfConfig));
  writeFileSync(`${folder}/task.json`, JSON.stringify({ prompts, newTokens, repeats }));
  const engine = await createEngine({ threads });
  const state = engine.createState(parameters);
  let ours: number[][] = [];
  const run = async (): Promise<void> => {
    const options = { maxNewTokens: newTokens, stopId: -1, rng, batchSize: rows };
    ours = await generate({ engine, model, state }, prompts, options);
  };
  await run();
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const kit = async (): Promise<number> =>
      median(await repeat(run, { seconds: Infinity, least: repeats, most: repeats }));
    const first = round % 2 ? undefined : await kit();
    const torch = python();
    const ms = first ?? (await kit());
    const agreeing = ours.filter((row, i) => row.join() === torch.completions[i]!.join()).length;
    ratios.push(median(torch.ms) / ms);
    console.log(
      `round ${round + 1}: ${torch.version}  dormouse ${ms.toFixed(0)} ms, transformers ${median(torch.ms).toFixed(0)} ms; ` +
        `x${ratios.at(-1)!.toFixed(2)}; ${agreeing} of ${rows} completions equal`,
    );
    if (agreeing < rows) process.exitCode = 1;
  }
  console.log(
    `${values.size}, ${rows} prompts of ${work.promptTokens} tokens, ${newTokens} new ones each, ${threads} threads: ` +
      `${median(ratios).toFixed(2)} times as fast (${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)})`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
