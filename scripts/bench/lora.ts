/**
 * The LoRA step of SmolLM2-135M's shape in the kit, in the kit on frozen maps in 8 bits, and in PEFT on PyTorch (eager), in
 * turns, in one run: same weights, same adapters of rank 8 on all linear maps, same tokens, AdamW and clipping.
 *
 *     npx tsx scripts/bench/lora.ts --python .venv/bin/python [--rows 8] [--length 64] [--rounds 3] [--steps 6] [--threads 2]
 *
 * Ratios are taken within a round: what slows the machine down slows both. The kit is this process; it sleeps while Python
 * works. Losses of all steps in floats must agree.
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
const parameters = initParameters(adapted(plain, recipe), createRng(1));
const { vocabSize } = plain;
const batch = referenceBatch({ vocabSize, B, T });

interface Timing {
  readonly ms: number;
  readonly losses: readonly number[];
}

async function ours(frozen: 'float32' | 'int8'): Promise<Timing> {
  const model = adapted(plain, { ...recipe, frozen });
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
  const programs = { kit: () => ours('float32'), int8: () => ours('int8'), peft: () => Promise.resolve(theirs()) };
  const names = Object.keys(programs) as (keyof typeof programs)[];
  const ratios: Record<'int8' | 'peft', number[]> = { int8: [], peft: [] };
  for (let round = 0; round < rounds; round++) {
    const found: Partial<Record<keyof typeof programs, Timing>> = {};
    for (const name of round % 2 ? names.toReversed() : names) found[name] = await programs[name]();
    const { kit, int8, peft } = found as Required<typeof found>;
    const apart = ({ losses }: Timing): number => Math.max(...kit.losses.map((loss, i) => Math.abs(loss - losses[i]!)));
    if (!(apart(peft) <= LOSS_BAR)) process.exitCode = 1;
    ratios.int8.push(int8.ms / kit.ms);
    ratios.peft.push(peft.ms / kit.ms);
    console.log(
      `round ${round + 1}: dormouse ${kit.ms.toFixed(0)} ms; in 8 bits ${int8.ms.toFixed(0)} ms, losses within ${apart(int8).toExponential(1)}; ` +
        `PEFT ${peft.ms.toFixed(0)} ms, losses within ${apart(peft).toExponential(1)}`,
    );
  }
  const spread = (of: readonly number[]): string => {
    const [middle, least, most] = [median(of), Math.min(...of), Math.max(...of)].map((x) => x.toFixed(2));
    return `${middle} (${least}-${most})`;
  };
  console.log(`135M, LoRA of rank 8, ${B} rows of ${T} tokens, ${threads} threads:`);
  console.log(`8 bits take ${spread(ratios.int8)} times as long, PEFT ${spread(ratios.peft)}`);
} finally {
  rmSync(folder, { recursive: true });
}
