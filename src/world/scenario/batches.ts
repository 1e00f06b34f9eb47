import { z } from 'zod';
import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import type { EncodedExample } from './types.ts';
import { savedAs } from '../../lib/saved.ts';

/** One step's worth of examples, rows padded on the right to a common length T. */
export interface Batch {
  /** [B*T] input ids, 0 where padded. */
  readonly tokens: Int32Array;
  /** [B*T] the id that follows each input id, 0 where padded. */
  readonly targets: Int32Array;
  /** [B*T] 1 where the target belongs to the completion (its end of turn included), else 0. */
  readonly weights: Float32Array;
  readonly B: number;
  readonly T: number;
  /** Sum of the weights. */
  readonly lossTokens: number;
  /** Input ids that are not padding; 1 - inputTokens / (B*T) is the share of padding. */
  readonly inputTokens: number;
}

const count = z.int().nonnegative();
const batchState = z.strictObject({
  epoch: count,
  /** Batches of the epoch already handed out. */
  batch: count,
  /** The data it was taken over, so that a cursor is not used on other data. */
  examples: count,
  batchSize: count,
});

/** Where a batch source stands. JSON. */
export type BatchState = Readonly<z.output<typeof batchState>>;

export interface BatchOptions {
  /** Sequences a batch. */
  readonly batchSize: number;
  /** The model's context, in tokens: no batch is longer. */
  readonly nPositions: number;
  /** Lengths are rounded up to a multiple of this (default 16): a smaller one pads less and needs more programs. */
  readonly bucket?: number;
  /** Only forked: equal streams give equal batches, wherever a resumed run takes up. */
  readonly rng: Rng;
}

/** Batches of something without end. */
export interface Epochs<Some> {
  next(): Some;
  state(): BatchState;
  /** Takes what `state()` gave, read back from JSON. Throws a UserError for anything else, and for other data. */
  restore(state: unknown): void;
}

/** Every example once an epoch, but for less than a batch left over. */
export type BatchSource = Epochs<Batch>;

/** Few lengths, so that few program signatures serve all batches. */
const BUCKET = 16;
/** Batches within which examples are sorted by length: the wider, the less padding, and the less mixing. */
const WINDOW = 16;

/** Input ids of an example: the last id is a target only. */
export const lengthOf = ({ ids }: EncodedExample): number => ids.length - 1;

/** Does the example fit a context of `nPositions` tokens? */
export const fitsContext = (example: EncodedExample, nPositions: number): boolean => lengthOf(example) <= nPositions;

/** What can be done about rows that are too long: of a fresh model and of one that is as it is, of a file and of a generated corpus. */
export const LONGER =
  'raise model.nPositions (a shipped or imported model has the context that it came with: give another), or shorten the rows: ' +
  'corpus.maxWords drops long ones of a file; a shorter payload or a simpler reasoning shortens generated ones';

/** Throws a UserError naming the first example (from 1) that is longer than the context, and how many there are. */
function expectContext(examples: readonly EncodedExample[], nPositions: number): void {
  const long = examples.filter((example) => !fitsContext(example, nPositions)).length;
  if (long === 0) return;
  const row = examples.findIndex((example) => !fitsContext(example, nPositions));
  throw new UserError(
    `longer than the context: ${long} of ${examples.length} examples, first row ${row + 1} with ` +
      `${examples[row]?.ids.length ?? 0} tokens; nPositions is ${nPositions}; ${LONGER}`,
  );
}

/** The examples as one batch; T is the longest of them, rounded up to a bucket, at most `nPositions`. */
export function collate(examples: readonly EncodedExample[], nPositions: number, bucket = BUCKET): Batch {
  expectContext(examples, nPositions);
  const B = examples.length;
  const longest = Math.max(1, ...examples.map(lengthOf));
  const T = Math.min(Math.ceil(longest / bucket) * bucket, nPositions);
  const tokens = new Int32Array(B * T);
  const targets = new Int32Array(B * T);
  const weights = new Float32Array(B * T);
  for (const [b, { ids, promptLength }] of examples.entries()) {
    tokens.set(ids.slice(0, -1), b * T);
    targets.set(ids.slice(1), b * T);
    weights.fill(1, b * T + Math.max(0, promptLength - 1), b * T + ids.length - 1);
  }
  const inputTokens = examples.reduce((sum, example) => sum + lengthOf(example), 0);
  return { tokens, targets, weights, B, T, lossTokens: weights.reduce((a, w) => a + w, 0), inputTokens };
}

/** Batches of similar lengths, forever: what `createEpochs` hands out, collated. */
export function createBatches(
  examples: readonly EncodedExample[],
  { batchSize, nPositions, bucket, rng }: BatchOptions,
): BatchSource {
  if (examples.length === 0) throw new UserError('nothing to train on: 0 examples; a stage needs one or more');
  expectContext(examples, nPositions);
  const epochs = createEpochs(examples, { batchSize, rng, lengthOf });
  return { ...epochs, next: () => collate(epochs.next(), nPositions, bucket) };
}

export interface EpochOptions<Item> {
  readonly batchSize: number;
  readonly rng: Rng;
  readonly lengthOf: (item: Item) => number;
}

/**
 * Items of similar lengths together, forever: each epoch shuffles the items, sorts them by length within windows of 16 batches,
 * and shuffles the batches. A function of `rng`, epoch and position alone.
 */
export function createEpochs<Item>(items: readonly Item[], options: EpochOptions<Item>): Epochs<readonly Item[]> {
  const { batchSize, rng } = options;
  const plan = (of: number): Item[][] => planEpoch(items, { ...options, rng: rng.fork(`epoch/${of}`) });
  let epoch = 0;
  let batch = 0;
  let batches = plan(0);
  const goTo = (toEpoch: number, toBatch: number): void => {
    if (toEpoch !== epoch) batches = plan(toEpoch);
    [epoch, batch] = [toEpoch, toBatch];
  };
  return {
    next() {
      if (batch === batches.length) goTo(epoch + 1, 0);
      return batches[batch++] ?? [];
    },
    state: () => ({ epoch, batch, examples: items.length, batchSize }),
    restore(saved) {
      const state = savedAs(batchState, saved, 'the saved position in the data');
      if (state.examples !== items.length || state.batchSize !== batchSize)
        throw new UserError(
          `the saved position is in other data: ${state.examples} examples in batches of ${state.batchSize}; ` +
            `this run has ${items.length} in batches of ${batchSize}`,
        );
      goTo(state.epoch, state.batch);
    },
  };
}

/**
 * The batches of one epoch, each of items of similar length; what is left of less than a batch is left out. Data smaller than
 * a batch is repeated to fill it.
 */
function planEpoch<Item>(items: readonly Item[], { batchSize, rng, lengthOf }: EpochOptions<Item>): Item[][] {
  let order = rng.shuffle(items);
  while (order.length < batchSize) order = [...order, ...rng.shuffle(items)];
  order.length -= order.length % batchSize;
  const batches: Item[][] = [];
  for (let start = 0; start < order.length; start += WINDOW * batchSize) {
    const sorted = order.slice(start, start + WINDOW * batchSize).sort((a, b) => lengthOf(a) - lengthOf(b));
    for (let i = 0; i < sorted.length; i += batchSize) batches.push(sorted.slice(i, i + batchSize));
  }
  return rng.shuffle(batches);
}
