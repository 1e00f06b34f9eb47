import { setImmediate } from 'node:timers/promises';
import type { Engine } from '../../engine/index.ts';

/** Milliseconds that `work` takes. */
async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export interface Repeats {
  /** Goes on until so much was measured, ... */
  readonly seconds: number;
  /** ... but at least and at most so often. */
  readonly least: number;
  readonly most: number;
}

/** Milliseconds of each repetition. Between two of them the process looks at its messages. */
export async function repeat(work: () => Promise<unknown>, { seconds, least, most }: Repeats): Promise<number[]> {
  const times: number[] = [];
  for (let spent = 0; times.length < least || (spent < 1000 * seconds && times.length < most);) {
    const ms = await milliseconds(work);
    times.push(ms);
    spent += ms;
    await setImmediate();
  }
  return times;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The engine, with a count of the milliseconds that compiling took. */
export function timeCompiling(engine: Engine): { readonly engine: Engine; compileMs(): number } {
  let total = 0;
  return {
    engine: {
      ...engine,
      async compile(key, fn, signature) {
        const start = performance.now();
        const program = await engine.compile(key, fn, signature);
        total += performance.now() - start;
        return program;
      },
    },
    compileMs: () => total,
  };
}
