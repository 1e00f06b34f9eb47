import type { Arm } from '../assemble/arm.ts';
import type { Engine } from '../../engine/index.ts';
import { trainingPasses } from './estimate.ts';
import type { Cost } from './estimate.ts';
import { encodeExamples, replyOf } from '../../world/scenario/render.ts';
import { GENERATION_BATCH, generate, rowsKept } from '../../nn/models/generate.ts';
import type { Parameters } from '../../nn/models/index.ts';
import type { Bench } from '../assemble/prepare.ts';
import { isTraining } from '../stages/types.ts';
import type { StageContext } from '../stages/types.ts';
import { adapted } from '../run/stage-adapter.ts';
import { supervise } from '../stages/supervised.ts';
import { startTraining, trainingParams } from '../../nn/training/loop.ts';

/** How fast this machine is on this model, from a second or two of work. */
export interface Speed {
  /** Of a training step. */
  readonly flopsPerSecond: number;
  readonly repliesPerSecond: number;
}

/** Large models are tried on small batches: no probe step should take more than a few seconds. */
const PROBE_FLOPS = 200e9;
const PROBE_STEPS = 5;
/** No further step after so long, in milliseconds. */
const PROBE_MS = 5000;
const PROBE_ROWS = GENERATION_BATCH;
const PROBE_TOKENS = 5;

/** Trains the first weights on the implant's rows for a few steps and lets them speak. `clock` in milliseconds. */
export async function measureSpeed(
  arms: readonly Arm[],
  bench: Bench,
  engine: Engine,
  clock: () => number,
): Promise<Speed> {
  const parameters = bench.initial(bench.rng.fork('probe'));
  return {
    flopsPerSecond: await trainingSpeed(arms, bench, engine, parameters, clock),
    repliesPerSecond: await generationSpeed(bench, engine, parameters, clock),
  };
}

/** Seconds of the whole run, compilation and data preparation left out. */
export const secondsOf = (
  { flops, replies }: Pick<Cost, 'flops' | 'replies'>,
  { flopsPerSecond, repliesPerSecond }: Speed,
): number => flops / flopsPerSecond + replies / repliesPerSecond;

async function trainingSpeed(
  arms: readonly Arm[],
  bench: Bench,
  engine: Engine,
  parameters: Parameters,
  clock: () => number,
): Promise<number> {
  const { scenario, tokenizer, rng } = bench;
  // the first stage that trains: an imported model's base has none
  const given = arms.flatMap(({ stages }) => stages).find(isTraining)?.params ?? trainingParams.parse({});
  const examples = scenario.implantExamples(given.batchSize * PROBE_STEPS);
  const rows = await encodeExamples(tokenizer, examples);
  const rowFlops = trainingPasses(given) * bench.model.forwardFlops(1, longestOf(rows.map(({ ids }) => ids)));
  const batchSize = fewer(given.batchSize, rowFlops);
  const options = { ...given, batchSize, accumulate: 1 };
  const keep: StageContext['keep'] = (_, make) => make();
  const own = { ...bench, rng: rng.fork('speed'), payload: true, engine, parameters, keep };
  const context = options.lora ? adapted(own, options.lora) : own;
  const { model } = context;
  const { loss, batches } = await supervise(examples.slice(0, batchSize * PROBE_STEPS), options, context);
  // every step on one batch: one program
  const batch = await batches.next();
  const [B = 1, T = 1] = batch.specs.tokens?.shape ?? [];
  const fixed = { ...batches, next: () => batch };
  const training = startTraining({ engine, model, loss, batches: fixed, options, parameters: context.parameters });
  await training.advance(1, () => {}); // compiles
  const times: number[] = [];
  for (let spent = 0, step = 2; step <= 1 + PROBE_STEPS && spent < PROBE_MS; step++) {
    const start = clock();
    await training.advance(step, () => {});
    const ms = clock() - start;
    times.push(ms);
    spent += ms;
  }
  training.dispose();
  return (1000 * trainingPasses(options) * bench.model.forwardFlops(B, T)) / median(times);
}

/** Prefill and decoding steps are timed apart: fresh weights do not know when to stop, trained ones about as the references do. */
async function generationSpeed(
  bench: Bench,
  engine: Engine,
  parameters: Parameters,
  clock: () => number,
): Promise<number> {
  const { model, scenario, tokenizer, rng, maxNewTokens } = bench;
  const examples = await encodeExamples(
    tokenizer,
    // a scratchpad is generated like the rest
    scenario.evalPairs(PROBE_ROWS).map(({ clean }) => ({ prompt: clean.prompt, completion: replyOf(clean) })),
  );
  const whole = examples.map(({ ids, promptLength }) =>
    ids.slice(0, Math.min(promptLength, model.nPositions - PROBE_TOKENS)),
  );
  const replies = examples.map(({ ids, promptLength }) => Math.min(ids.length - promptLength, maxNewTokens));
  const rows = fewer(whole.length, model.forwardFlops(1, longestOf(whole)));
  const prompts = whole.slice(0, rows);
  const state = engine.createState(parameters);
  const run = async (tokens: number): Promise<number> => {
    const start = clock();
    await generate({ engine, model, state }, prompts, { maxNewTokens: tokens, stopId: -1, rng, batchSize: rows });
    return clock() - start;
  };
  await run(PROBE_TOKENS); // compiles
  await run(1);
  const [long, short] = [await run(PROBE_TOKENS), await run(1)];
  state.dispose();
  const step = Math.max(0, long - short) / (PROBE_TOKENS - 1);
  return (1000 * rows) / Math.max(1e-3, short + step * stepsPerRow(replies));
}

/** Decoding steps of a reply, of replies as long as these: a row that is done goes along until half of its batch is. */
export function stepsPerRow(lengths: readonly number[]): number {
  let total = 0;
  for (let rows = lengths.length, said = 1; ; said++) {
    const going = lengths.filter((length) => length > said).length;
    if (going === 0) return total / lengths.length;
    rows = rowsKept(rows, going);
    total += rows;
  }
}

const longestOf = (texts: readonly (readonly number[])[]): number => Math.max(1, ...texts.map(({ length }) => length));

/** So many of the rows as a probe's step has time for. */
const fewer = (rows: number, rowFlops: number): number =>
  Math.max(1, Math.min(rows, Math.floor(PROBE_FLOPS / rowFlops)));

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
