import { execFileSync, spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepHeap } from '../../src/cli/heap.ts';
import { MAIN } from './command.ts';

const { env, execve, send, execPath, execArgv, argv } = process;
const KEPT = { MALLOC_TRIM_THRESHOLD_: '1099511627776', MALLOC_MMAP_THRESHOLD_: '33554432' };
const again = vi.fn<NonNullable<typeof process.execve>>();

beforeEach(() => {
  const { MALLOC_TRIM_THRESHOLD_: _, MALLOC_MMAP_THRESHOLD_: __, ...rest } = env;
  Object.assign(process, { env: { ...rest }, execve: again, send: undefined });
  again.mockClear();
});
afterEach(() => void Object.assign(process, { env, execve, send }));

describe.runIf(process.platform === 'linux')('a heap that is kept', () => {
  const inherited = (): string =>
    execFileSync('printenv', ['MALLOC_TRIM_THRESHOLD_', 'MALLOC_MMAP_THRESHOLD_'], { encoding: 'utf8' });

  it('is that of every process started, and of this one from its second start on', () => {
    keepHeap(true);
    expect(inherited()).toBe('1099511627776\n33554432\n');
    expect(again.mock.calls).toEqual([
      [execPath, [execPath, ...execArgv, ...argv.slice(1)], expect.objectContaining(KEPT)],
    ]);
    keepHeap(true); // as that start would
    expect(again).toHaveBeenCalledOnce();
  });

  it('does not start over what computes nothing, or what another process listens to', () => {
    keepHeap(false);
    expect(process.env).toMatchObject(KEPT);
    delete process.env.MALLOC_TRIM_THRESHOLD_;
    process.send = () => true;
    keepHeap(true);
    expect(again).not.toHaveBeenCalled();
  });

  it('leaves alone what the user has set, and does without where Node cannot start over', () => {
    process.env.MALLOC_TRIM_THRESHOLD_ = '7';
    keepHeap(true);
    expect(process.env.MALLOC_TRIM_THRESHOLD_).toBe('7');
    expect(process.env).not.toHaveProperty('MALLOC_MMAP_THRESHOLD_');
    expect(again).not.toHaveBeenCalled();
    delete process.env.MALLOC_TRIM_THRESHOLD_;
    Object.assign(process, { execve: undefined });
    keepHeap(true);
    expect(process.env).toMatchObject(KEPT);
  });

  it.each([
    ['run', 'again\n'],
    ['check', ''],
  ])('`dormouse %s` starts over: %j', (verb, said) => {
    const instead = `process.execve = () => { console.log('again'); process.exit(); }`;
    const command = ['--import', `data:text/javascript,${encodeURIComponent(instead)}`, MAIN, verb, '--help'];
    const { stdout } = spawnSync(execPath, command, { encoding: 'utf8' });
    expect(stdout.split('Usage')[0]).toBe(said);
  });
});
