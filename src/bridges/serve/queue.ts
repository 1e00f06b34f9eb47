import { createRng } from '../../lib/rng.ts';
import { generate } from '../../nn/models/generate.ts';
import type { Generator } from '../../nn/models/generate.ts';
import { cacheBytes } from '../../nn/models/generation-programs.ts';
import type { Model } from '../../nn/models/index.ts';
import { readLogits } from '../../nn/models/read.ts';
import { ApiError } from './api-error.ts';
import type { Limits } from './limits.ts';
import { createWriter, tellToken } from './writer.ts';
import type { Piece, Row, Script, ToldToken, Writer } from './writer.ts';

/** A piece of one of a request's choices. */
export interface Written extends Piece {
  readonly choice: number;
}

/** Writes what is asked for, in order of arrival; what waits at the same time goes through the model together. */
export interface Queue {
  /**
   * Room for so many choices, whose rows are then made: one request at a time, for long prompts take much memory meanwhile.
   *
   * @throws ApiError 429 where too much waits already.
   */
  admit(choices: number, rows: () => Promise<Row[]>, signal: AbortSignal): Promise<Row[]>;
  /**
   * The pieces of all rows, as they come. Leaving the loop early, or the signal, ends the writing.
   *
   * @throws what the signal was aborted with; what the model failed with.
   */
  write(rows: readonly Row[], signal: AbortSignal): AsyncIterable<Written>;
  /** Choices that wait, and that are being written. */
  size(): { readonly waiting: number; readonly writing: number };
}

interface Task {
  readonly row: Row;
  readonly writer: Writer;
  readonly isOver: () => boolean;
  readonly fail: (error: unknown) => void;
}

const SMALLEST_CACHE = 64;

export function createQueue(generator: Generator, script: Script, limits: Limits): Queue {
  let arriving = 0;
  let lastArrived: Promise<unknown> = Promise.resolve();
  let waiting: Task[] = [];
  let writing = 0;

  /** What waits, without what nobody waits for any more. */
  const stillWaiting = (): Task[] => (waiting = waiting.filter(({ isOver }) => !isOver()));

  function nextBatch(): Task[] {
    const open = stillWaiting();
    const rows = open.map(({ row }) => row);
    const size = batchSize(rows, generator.model, limits);
    waiting = open.slice(size);
    return open.slice(0, size);
  }

  async function work(): Promise<void> {
    for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) {
      writing = batch.length;
      try {
        await writeBatch(batch, generator, script);
      } catch (error) {
        for (const task of batch) task.fail(error);
      }
      writing = 0;
    }
  }

  return {
    admit(choices, rows, signal) {
      const before = stillWaiting().length + arriving;
      if (before + choices > limits.waiting)
        throw new ApiError(429, `the queue is full: ${before} wait already; try again later`, { code: 'queue_full' });
      arriving += choices;
      const made = lastArrived.then(() => {
        signal.throwIfAborted();
        return rows();
      });
      lastArrived = made.catch(() => {});
      return made.finally(() => (arriving -= choices));
    },
    write(rows, signal) {
      const isIdle = waiting.length === 0 && writing === 0;
      const { tasks, pieces } = createTasks(rows, script, signal);
      waiting.push(...tasks);
      if (isIdle) void work();
      return pieces;
    },
    size: () => ({ waiting: stillWaiting().length + arriving, writing }),
  };
}

const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, n)));

/** The longest prompt, and the most tokens that may follow: together a power of two (or the context), so that few programs serve all. */
function sizesOf(rows: readonly Row[], { nPositions }: Model): { fresh: number; cache: number } {
  const prompt = Math.max(...rows.map((row) => row.prompt.length));
  const most = Math.max(...rows.map(({ maxTokens }) => maxTokens));
  const cache = Math.min(nPositions, Math.max(SMALLEST_CACHE, powerOfTwo(prompt + most)));
  return { fresh: Math.max(most, cache - prompt), cache };
}

/** How many of the first rows go through the model together. */
function batchSize(rows: readonly Row[], model: Model, limits: Limits): number {
  const fits = (count: number): boolean =>
    cacheBytes(model, powerOfTwo(count), sizesOf(rows.slice(0, count), model).cache) <= limits.cacheBytes;
  let size = Math.min(1, rows.length);
  while (size < Math.min(rows.length, limits.batch) && fits(size + 1)) size++;
  return size;
}

/** The rows of a request, each with its writer, and what they write: over when all have ended, or one fails, or nobody listens. */
function createTasks(
  rows: readonly Row[],
  script: Script,
  signal: AbortSignal,
): { tasks: Task[]; pieces: ReadableStream<Written> } {
  let controller!: ReadableStreamDefaultController<Written>;
  let unfinished = rows.length;
  let isOver = false;
  const fail = (error: unknown): void => {
    if (!isOver) controller.error(error);
    close();
  };
  const onAbort = (): void => fail(signal.reason);
  const close = (): void => {
    isOver = true;
    signal.removeEventListener('abort', onAbort);
  };
  const emit = (written: Written): void => {
    if (isOver) return;
    controller.enqueue(written);
    if (!written.finish || --unfinished > 0) return;
    close();
    controller.close();
  };
  const pieces = new ReadableStream<Written>({ start: (given) => void (controller = given), cancel: close });
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  const tasks = rows.map((row, choice): Task => {
    const writer = createWriter(row, script, (piece) => emit({ ...piece, choice }));
    return { row, writer, isOver: () => isOver, fail };
  });
  return { tasks, pieces };
}

async function writeBatch(tasks: readonly Task[], generator: Generator, script: Script): Promise<void> {
  const echoing = tasks.filter(({ row }) => row.echo);
  await echoPrompts(echoing, generator, script);
  for (const { row, writer } of tasks) if (row.maxTokens === 0) writer.end();
  const open = tasks.filter(({ row }) => row.maxTokens > 0);
  if (open.length === 0) return;
  const rows = open.map(({ row }) => row);
  // filled up to a power of two with rows that end at once
  const prompts = Array.from({ length: powerOfTwo(open.length) }, (_, i) => rows[i]?.prompt ?? [0]);
  await generate(generator, prompts, {
    maxNewTokens: sizesOf(rows, generator.model).fresh,
    batchSize: prompts.length,
    stopId: script.tokenizer.endId,
    rng: createRng(0),
    choose: (going) =>
      Promise.all(
        going.map(async ({ index, logits }) => {
          const task = open[index];
          return task && !task.isOver() ? task.writer.next(logits) : undefined;
        }),
      ),
  });
}

async function echoPrompts(tasks: readonly Task[], generator: Generator, { names }: Script): Promise<void> {
  const measured = tasks.filter(({ row }) => row.topLogProbs !== undefined);
  const toldOf = measured.map(({ row }): ToldToken[] => [{ name: names[row.prompt[0]!]!, logProb: null, top: [] }]);
  await readLogits(
    generator,
    measured.map(({ row }) => row.prompt),
    (text, at, logits) => {
      const { prompt, topLogProbs = 0 } = measured[text]!.row;
      if (at + 1 < prompt.length) toldOf[text]!.push(tellToken(logits, prompt[at + 1]!, topLogProbs, names));
    },
  );
  for (const task of tasks) await task.writer.echo(toldOf[measured.indexOf(task)] ?? []);
}
