import type { Engine, State, Values } from '../../engine/index.ts';
import { UserError } from '../../lib/errors.ts';
import { createRng } from '../../lib/rng.ts';
import type { Rng } from '../../lib/rng.ts';
import { MASKED } from './attention.ts';
import { compileDecode, compilePrefill } from './generation-programs.ts';
import { expectFinite, GREEDY, sampleToken } from './sampling.ts';
import type { SamplingOptions } from './sampling.ts';
import type { Model } from './types.ts';

export interface GenerateOptions extends Partial<SamplingOptions> {
  readonly maxNewTokens: number;
  /** A row ends with this token, which is not returned. */
  readonly stopId: number;
  /** Draws row i's tokens from `rng.fork(i)`, so that a row does not depend on its neighbors. Unused when greedy. */
  readonly rng: Rng;
  /** Rows that go through the model together. */
  readonly batchSize?: number;
  /** Takes the place of the sampling above: the next token of every open row, undefined where the row ends. */
  readonly choose?: (rows: readonly OpenRow[]) => Promise<readonly (number | undefined)[]>;
}

/** A row that goes on, and what the model says of its next token. */
interface OpenRow {
  /** Which prompt's. */
  readonly index: number;
  /** [V]; valid until the choice is made. */
  readonly logits: Float32Array;
}

/** What generates: a model and the state that holds its parameters. */
export interface Generator {
  readonly engine: Engine;
  readonly model: Model;
  readonly state: State;
}

/** Rows that go through the model together, unless somebody says otherwise: what a step costs beside its rows is shared by many. */
export const GENERATION_BATCH = 128;
const CACHE_BUCKET = 32;
const SMALLEST_BATCH = 8;
const roundUp = (n: number, bucket: number): number => Math.ceil(n / bucket) * bucket;

/** What texts are padded to: multiples of 16 at first, eight lengths an octave from 128 on, so that few programs serve all. */
export const paddedLength = (longest: number, nPositions: number): number =>
  Math.min(roundUp(longest, Math.max(16, 2 ** Math.floor(Math.log2(longest - 1)) / 8)), nPositions);

/**
 * Continues each prompt with a KV cache, in batches of similar length. Equal to the full forward pass, token for token.
 *
 * @throws UserError for a prompt that leaves no room in the context.
 */
export async function generate(
  generator: Generator,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
): Promise<number[][]> {
  const { batchSize = GENERATION_BATCH } = options;
  const { nPositions } = generator.model;
  const long = prompts.findIndex((prompt) => prompt.length >= nPositions || prompt.length === 0);
  if (long >= 0)
    throw new UserError(
      `prompt ${long + 1} cannot be continued: ${prompts[long]!.length} tokens; ` +
        `between 1 and ${nPositions - 1} fit the model's context of ${nPositions}`,
    );
  const order = Array.from(prompts.keys()).sort((a, b) => prompts[a]!.length - prompts[b]!.length || a - b);
  const completions: number[][] = prompts.map(() => []);
  for (let start = 0; start < order.length; start += batchSize) {
    const rows = order.slice(start, start + batchSize);
    const batch = rows.map((row) => ({
      index: row,
      prompt: prompts[row]!,
      rng: options.rng.fork(row),
      completion: completions[row]!,
      isDone: false,
    }));
    // all but a lone small batch have one size, so that one program serves them
    const padding = prompts.length > batchSize ? batchSize - rows.length : 0;
    await generateBatch(generator, [...batch, ...Array<Sequence>(padding).fill(EMPTY)], options);
  }
  return completions;
}

/** How many of a batch's rows go through the model again: where half of them have nothing more to say, the others alone. */
export const rowsKept = (rows: number, going: number): number =>
  Number.isInteger(rows / 2) && rows / 2 >= SMALLEST_BATCH && going <= rows / 2 ? rows / 2 : rows;

interface Sequence {
  readonly index: number;
  readonly prompt: readonly number[];
  readonly rng: Rng;
  /** Grows as the row is continued. */
  readonly completion: number[];
  isDone: boolean;
}

/** Fills a batch up; nothing is drawn for it. */
const EMPTY: Sequence = { index: -1, prompt: [0], rng: createRng(0), completion: [], isDone: true };

/** Rows that go on together, and what the model remembers of them. */
interface Flight {
  readonly rows: readonly Sequence[];
  /** Tokens of a row that there is room for. */
  readonly S: number;
  /** [B, S]: 0 where a row has a token, `MASKED` where it has none. */
  readonly mask: Float32Array;
  /** Keys and values of each layer, [B, H, S, D]. */
  readonly cache: Readonly<Record<string, Float32Array>>;
}

/** Of each row's next token: logits [B, V], or the likeliest [B] and the sum of all logits [B]. */
interface Predictions {
  readonly logits?: Float32Array;
  readonly likeliest?: Int32Array;
  readonly sum?: Float32Array;
}

const outputsOf = ({ logits, likeliest, sum, ...cache }: Values): Predictions & Pick<Flight, 'cache'> =>
  ({ logits, likeliest, sum, cache }) as Predictions & Pick<Flight, 'cache'>;

async function generateBatch(generator: Generator, rows: readonly Sequence[], options: GenerateOptions): Promise<void> {
  const { nPositions } = generator.model;
  const isGreedy = !options.choose && (options.temperature ?? GREEDY.temperature) === 0;
  let { flight, predictions } = await readPrompts(generator, rows, isGreedy);
  for (;;) {
    await chooseTokens(flight.rows, predictions, generator.model, options);
    const going = flight.rows.filter((row) => !row.isDone);
    if (going.length === 0) return;
    const B = rowsKept(flight.rows.length, going.length);
    if (B < flight.rows.length) flight = compact(flight, B);
    const longest = Math.max(...going.map((row) => row.prompt.length + row.completion.length));
    const S = Math.min(roundUp(Math.max(longest, flight.S), CACHE_BUCKET), nPositions);
    flight = withRoom(flight, S, generator.model);
    predictions = await readTokens(generator, flight, isGreedy);
  }
}

/** The prompts through the model, right-padded: row b's cache is filled up to its own length. */
async function readPrompts(
  generator: Generator,
  rows: readonly Sequence[],
  isGreedy: boolean,
): Promise<{ flight: Flight; predictions: Predictions }> {
  const longest = Math.max(...rows.map((row) => row.prompt.length));
  const [B, T] = [rows.length, paddedLength(longest, generator.model.nPositions)];
  const tokens = new Int32Array(B * T);
  rows.forEach((row, b) => tokens.set(row.prompt, b * T));
  const last = Int32Array.from(rows, (row, b) => b * T + row.prompt.length - 1);
  const prefill = await compilePrefill(generator, B, T, isGreedy);
  const { cache, ...predictions } = outputsOf(await prefill.run(generator.state, { tokens, last }));
  return { flight: { rows, S: T, mask: maskOf(rows, T), cache }, predictions };
}

/** [B, S]: all that the rows hold but their newest tokens. */
function maskOf(rows: readonly Sequence[], S: number): Float32Array {
  const mask = new Float32Array(rows.length * S).fill(MASKED);
  rows.forEach(({ prompt, completion }, b) =>
    mask.fill(0, b * S, b * S + prompt.length + Math.max(0, completion.length - 1)),
  );
  return mask;
}

/** The same memory with room for S tokens a row: of many attended places most would be empty, so it grows when it has to. */
function withRoom(flight: Flight, S: number, { headSize: D }: Model): Flight {
  const width = flight.S * D;
  if (S === flight.S) return flight;
  const widened = (values: Float32Array): Float32Array => {
    const wide = new Float32Array((values.length / flight.S) * S);
    for (let from = 0, to = 0; from < values.length; from += width, to += S * D)
      wide.set(values.subarray(from, from + width), to); // [H, S, D]
    return wide;
  };
  const cache = Object.fromEntries(Object.entries(flight.cache).map(([name, values]) => [name, widened(values)]));
  return { ...flight, S, mask: maskOf(flight.rows, S), cache };
}

async function chooseTokens(
  rows: readonly Sequence[],
  { logits, likeliest, sum }: Predictions,
  { vocabSize: V, nPositions }: Model,
  options: GenerateOptions,
): Promise<void> {
  const sampling = { ...GREEDY, ...options };
  const open = [...rows.entries()].filter(([, row]) => !row.isDone);
  const logitsOf = (b: number): Float32Array => logits!.subarray(b * V, (b + 1) * V);
  const ids = options.choose
    ? await options.choose(open.map(([b, { index }]) => ({ index, logits: logitsOf(b) })))
    : open.map(([b, { rng }]) => {
        if (!likeliest) return sampleToken(logitsOf(b), sampling, rng);
        expectFinite(sum![b]!);
        return likeliest[b];
      });
  open.forEach(([, row], i) => {
    const id = ids[i];
    row.isDone = id === undefined || id === options.stopId;
    if (row.isDone) return;
    row.completion.push(id!);
    row.isDone =
      row.completion.length >= options.maxNewTokens || row.prompt.length + row.completion.length >= nPositions;
  });
}

/** The newest token of each row through the model; its key and value join the row's cache where they belong. */
async function readTokens(generator: Generator, flight: Flight, isGreedy: boolean): Promise<Predictions> {
  const { rows, S, mask, cache } = flight;
  const { nKvHead: H, headSize: D } = generator.model;
  const tokens = Int32Array.from(rows, (row) => row.completion.at(-1) ?? 0);
  const positions = Int32Array.from(rows, (row) => row.prompt.length + Math.max(1, row.completion.length) - 1);
  const decode = await compileDecode(generator, rows.length, S, isGreedy);
  const outputs = await decode.run(generator.state, { tokens, positions, mask, ...cache });
  const { cache: fresh, ...predictions } = outputsOf(outputs);
  const going = [...rows.keys()].filter((b) => !rows[b]!.isDone);
  for (const b of going) mask[b * S + positions[b]!] = 0;
  for (const [name, values] of Object.entries(cache)) {
    const newest = fresh[name]!;
    for (const b of going)
      for (let head = b * H; head < (b + 1) * H; head++)
        // [H, 1, D] into [H, S, D]
        values.set(newest.subarray(head * D, (head + 1) * D), (head * S + positions[b]!) * D);
  }
  return predictions;
}

/** The rows still going, filled up with finished ones to `B`, and their shares of mask and cache. */
function compact({ rows, S, mask, cache }: Flight, B: number): Flight {
  const going = [...rows.keys()].sort((a, b) => Number(rows[a]!.isDone) - Number(rows[b]!.isDone) || a - b).slice(0, B);
  const pick = (values: Float32Array): Float32Array => {
    const width = values.length / rows.length;
    const picked = new Float32Array(B * width);
    going.forEach((from, to) => picked.set(values.subarray(from * width, (from + 1) * width), to * width));
    return picked;
  };
  return {
    rows: going.map((b) => rows[b]!),
    S,
    mask: pick(mask),
    cache: Object.fromEntries(Object.entries(cache).map(([name, values]) => [name, pick(values)])),
  };
}
