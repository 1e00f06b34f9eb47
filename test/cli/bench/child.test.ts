import { afterEach, describe, expect, it } from 'vitest';
import { measureInChild } from '../../../src/cli/bench/run-child.ts';
import { UserError } from '../../../src/lib/errors.ts';
import { tiny } from './tiny.ts';

const before = [...process.execArgv];
afterEach(() => void process.execArgv.splice(0, Infinity, ...before));
const startChildrenWith = (...args: string[]): void => void process.execArgv.splice(0, Infinity, ...args);

const engine = { backend: 'onnx', threads: 1 } as const;
const silent = (): void => undefined;

describe('a measurement in a process of its own', () => {
  it('tells what it does and comes back with the result', async () => {
    startChildrenWith('--import', 'tsx');
    const notes: string[] = [];
    const task = { size: tiny, seconds: 0, steps: 2, warmup: 1 };
    const result = await measureInChild('train', task, engine, (text) => notes.push(text));
    expect(notes).toEqual(['initial weights', 'compiling', 'timing steps of 16 tokens']);
    expect(result.losses).toHaveLength(3);
    expect(result.peakRssBytes).toBeGreaterThanOrEqual(result.importRssBytes); // equal where loading took the most
  });

  it('fails as it failed there', async () => {
    startChildrenWith('--import', 'tsx');
    const task = { size: tiny, seconds: 0, init: 'nowhere.safetensors' };
    const failed = measureInChild('train', task, engine, silent);
    await expect(failed).rejects.toThrow(/nowhere\.safetensors/);
    await expect(failed).rejects.toThrow(UserError);
    const absent = measureInChild('gemm', { shapes: [], seconds: 0 }, { backend: 'cpu', provider: 'cuda' }, silent);
    await expect(absent).rejects.toMatchObject({ exitCode: 2 });
  });

  it('is ended by a signal, at once', async () => {
    startChildrenWith('--import', 'data:text/javascript,setInterval(()=>{},1e9)', '--import', 'tsx');
    const forever = { size: tiny, seconds: 3600, steps: 1e9 };
    await expect(measureInChild('train', forever, engine, silent, AbortSignal.timeout(50))).rejects.toThrow(/abort/);
  });

  it('says so where the process ends without an answer', async () => {
    const code = 'process.exit(process.env.MALLOC_TRIM_THRESHOLD_ === `${2 ** 40}` ? 3 : 4)'; // it keeps its heap
    startChildrenWith('--import', `data:text/javascript,${encodeURIComponent(code)}`);
    await expect(measureInChild('gemm', { shapes: [], seconds: 0 }, engine, silent)).rejects.toThrow(
      'the measurement ended early: its process left with 3; if memory ran out, measure smaller sizes (--sizes)',
    );
  });
});
