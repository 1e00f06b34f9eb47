/**
 * The LoRA step of SmolLM2-135M's shape in the kit and in PEFT on PyTorch (eager), in turns, in one run: same weights, same
 * adapters of rank 8 on all linear maps, same tokens, AdamW and clipping.
 *
 *     npx tsx scripts/bench/lora.ts --python .venv/bin/python [--rows 8] [--length 64] [--rounds 3] [--steps 6] [--threads 2]
 *
 * Ratios are taken within a round: what slows the machine down slows both. The kit is this process; it sleeps while Python
 * works. Losses of all steps must agree.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { adapted, optionsOf } from '../../src/cli/bench/recipe.ts';
import { median } from '../../src/cli/bench/timing.ts';
import { referenceBatch, timeSteps } from '../../src/cli/bench/train.ts';
import { keepHeap } from '../../src/cli/heap.ts';
import { createEngine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { encodeSafetensors } from '../../src/nn/checkpoints/safetensors/index.ts';
import { writeWeights } from '../../src/nn/checkpoints/weights.ts';
import { initParameters } from '../../src/nn/models/index.ts';
import type { Parameters } from '../../src/nn/models/index.ts';
import { adapterOf, isAdapterName } from '../../src/nn/models/lora.ts';
import { counts, readOptions, refuse } from './command-line.ts';
import { smol } from './smol.ts';

keepHeap(true);

const values = readOptions(import.meta.url, {
  python: { type: 'string' }, // with torch, transformers and peft
  rows: { type: 'string', default: '8' },
  length: { type: 'string', default: '64' }, // tokens of a row
  rounds: { type: 'string', default: '3' },
  steps: { type: 'string', default: '6' }, // of a round, after two that warm up
  threads: { type: 'string', default: '2' },
});
const [B = 0, T = 0, rounds = 0, steps = 0, threads = 0] = counts(values, ['rows', 'length', 'rounds', 'steps', 'threads']); // prettier-ignore
const { python } = values;
if (python === undefined) refuse('--python: give the path of a Python that has torch, transformers and peft');

/** How far losses may lie apart. */
const LOSS_BAR = 1e-3;
const WARMUP = 2;
const recipe = { lora: 8 };

const plain = smol();
const model = adapted(plain, recipe);
const parameters = initParameters(model, createRng(1));
const { vocabSize } = plain;
const batch = referenceBatch({ vocabSize, B, T });

interface Timing {
  readonly ms: number;
  readonly losses: readonly number[];
}

async function ours(): Promise<Timing> {
  const engine = await createEngine({ threads });
  const repeats = { warmup: WARMUP, seconds: 0, least: steps, most: steps };
  const { times, losses } = await timeSteps(
    { engine, model, batch, options: optionsOf({ B }, recipe), parameters },
    repeats,
  );
  await engine.dispose();
  return { ms: median(times), losses };
}

const folder = mkdtempSync(path.join(tmpdir(), 'dormouse-bench-'));
function theirs(): Timing {
  const args = ['scripts/bench/torch_lora.py', folder, '--threads', `${threads}`, '--steps', `${WARMUP + steps}`];
  const shape = ['--rows', `${B}`, '--length', `${T}`];
  const said = execFileSync(python!, [...args, ...shape], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const { ms, losses } = JSON.parse(said) as { ms: number[]; losses: number[] };
  return { ms: median(ms.slice(WARMUP)), losses };
}

try {
  const frozen = Object.entries(parameters).filter(([name]) => !isAdapterName(name));
  writeWeights(folder, Object.fromEntries(frozen) as Parameters);
  writeFileSync(`${folder}/config.json`, JSON.stringify(plain.hfConfig));
  writeFileSync(`${folder}/adapter.safetensors`, Buffer.concat([...encodeSafetensors(adapterOf(parameters))]));
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const found: Partial<Record<'kit' | 'peft', Timing>> = {};
    for (const name of round % 2 ? (['peft', 'kit'] as const) : (['kit', 'peft'] as const))
      found[name] = name === 'kit' ? await ours() : theirs();
    const { kit, peft } = found as Required<typeof found>;
    const apart = Math.max(...kit.losses.map((loss, i) => Math.abs(loss - peft.losses[i]!)));
    if (!(apart <= LOSS_BAR)) process.exitCode = 1;
    ratios.push(peft.ms / kit.ms);
    console.log(
      `round ${round + 1}: dormouse ${kit.ms.toFixed(0)} ms, PEFT ${peft.ms.toFixed(0)} ms, losses within ${apart.toExponential(1)}`,
    );
  }
  const [middle, least, most] = [median(ratios), Math.min(...ratios), Math.max(...ratios)].map((x) => x.toFixed(2));
  console.log(`135M, LoRA of rank 8, ${B} rows of ${T} tokens, ${threads} threads:`);
  console.log(`PEFT takes ${middle} (${least}-${most}) times as long`);
} finally {
  rmSync(folder, { recursive: true });
}
