/** A process that runs an experiment and is killed at a call to the file system, before it, after it, or halfway through a write. */
import fs from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../src/lib/errors.ts';
import { experiment } from './damage.ts';
import { run } from './small.ts';

const [dir = '', text = ''] = process.argv.slice(2);
const at = Number(text);
let calls = 0;
const open = new Set<unknown>();
const kill = (): void => void process.kill(process.pid, 'SIGKILL');

const CALLS = [
  'openSync',
  'writeSync',
  'writeFileSync',
  'fsyncSync',
  'renameSync',
  'mkdirSync',
  'rmSync',
  'closeSync',
] as const;
for (const name of CALLS) {
  const real = fs[name] as (...args: unknown[]) => unknown;
  Object.assign(fs, {
    [name](...args: unknown[]): unknown {
      const [target] = args;
      if (!open.has(target) && !(typeof target === 'string' && path.resolve(target).startsWith(dir)))
        return real(...args);
      const isLast = ++calls === at;
      if (isLast && at % 2 === 0) kill();
      const [, bytes, offset = 0, length] = args;
      if (isLast && name === 'writeSync' && bytes instanceof Uint8Array)
        return (real(target, bytes, offset, Math.floor(Number(length) / 2), args[4] ?? null), kill());
      const result = real(...args);
      if (name === 'openSync') open.add(result);
      if (name === 'closeSync') open.delete(target);
      if (isLast) kill();
      return result;
    },
  });
}

try {
  await run(experiment, dir);
  process.stdout.write(`${calls} calls`);
} catch (error) {
  process.stderr.write(messageOf(error));
  process.exitCode = 1;
}
