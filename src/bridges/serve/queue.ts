import { createRng } from '../../lib/rng.ts';
import { generate } from '../../nn/models/generate.ts';
import type { Generator } from '../../nn/models/generate.ts';
import { cacheBytes } from '../../nn/models/generation-programs.ts';
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
   * The pieces of all rows, as they come. Leaving the loop early, or the signal, ends the writing.
   *
   * @throws ApiError 429 where too much waits already; what the signal was aborted with; what the model failed with.
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
  const { model } = generator;
  let waiting: Task[] = [];
  let writing = 0;

  /** The longest prompt, and the most tokens that may follow: together a power of two (or the context), so that few programs serve all. */
  const sizesOf = (rows: readonly Row[]): { prompt: number; fresh: number; cache: number } => {
    const prompt = Math.max(...rows.map((row) => row.prompt.length));
    const most = Math.max(...rows.map(({ maxTokens }) => maxTokens));
    const cache = Math.min(model.nPositions, Math.max(SMALLEST_CACHE, powerOfTwo(prompt + most)));
    return { prompt, fresh: Math.max(most, cache - prompt), cache };
  };

  /** What waits, without what nobody waits for any more. */
  const stillWaiting = (): Task[] => (waiting = waiting.filter(({ isOver }) => !isOver()));

  function nextBatch(): Task[] {
    const open = stillWaiting();
    let size = Math.min(1, open.length);
    const fits = (count: number): boolean => {
      const rows = open.slice(0, count).map(({ row }) => row);
      return cacheBytes(model, powerOfTwo(count), sizesOf(rows).cache) <= limits.cacheBytes;
    };
    while (size < Math.min(open.length, limits.batch) && fits(size + 1)) size++;
    waiting = open.slice(size);
    return open.slice(0, size);
  }

  async function work(): Promise<void> {
    for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) {
      writing = batch.length;
      try {
        await writeBatch(batch);
      } catch (error) {
        for (const task of batch) task.fail(error);
      }
      writing = 0;
    }
  }

  async function writeBatch(tasks: readonly Task[]): Promise<void> {
    await echoPrompts(tasks.filter(({ row }) => row.echo));
    for (const { row, writer } of tasks) if (row.maxTokens === 0) writer.end();
    const open = tasks.filter(({ row }) => row.maxTokens > 0);
    if (open.length === 0) return;
    const rows = open.map(({ row }) => row);
    // filled up to a power of two with rows that end at once
    const prompts = Array.from({ length: powerOfTwo(open.length) }, (_, i) => rows[i]?.prompt ?? [0]);
    await generate(generator, prompts, {
      maxNewTokens: sizesOf(rows).fresh,
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

  async function echoPrompts(tasks: readonly Task[]): Promise<void> {
    const measured = tasks.filter(({ row }) => row.topLogProbs !== undefined);
    const { names } = script;
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

  return {
    write(rows, signal) {
      if (stillWaiting().length + rows.length > limits.waiting)
        throw new ApiError(429, `the queue is full: ${waiting.length} wait already; try again later`, {
          code: 'queue_full',
        });
      let controller!: ReadableStreamDefaultController<Written>;
      let isOver = false;
      let unfinished = rows.length;
      const fail = (error: unknown): void => {
        if (!isOver) controller.error(error);
        isOver = true;
      };
      const onAbort = (): void => fail(signal.reason);
      const close = (): void => {
        isOver = true;
        signal.removeEventListener('abort', onAbort);
      };
      const emit = (written: Written): void => {
        if (isOver) return;
        controller.enqueue(written);
        if (written.finish && --unfinished === 0) {
          close();
          controller.close();
        }
      };
      const stream = new ReadableStream<Written>({ start: (given) => void (controller = given), cancel: close });
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      const isIdle = waiting.length === 0 && writing === 0;
      rows.forEach((row, choice) => {
        const writer = createWriter(row, script, (piece) => emit({ ...piece, choice }));
        waiting.push({ row, writer, isOver: () => isOver, fail });
      });
      if (isIdle) void work();
      return stream;
    },
    size: () => ({ waiting: stillWaiting().length, writing }),
  };
}

const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, n)));
