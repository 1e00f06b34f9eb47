import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isHeld, withLock } from '../../src/lib/lock.ts';
import { killed, startChild } from './run-child.ts';

let dir = '';
beforeEach(() => void (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'lock-'))));
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));
const lockFile = (): string => path.join(dir, '.lock');

describe('withLock', () => {
  it('holds the folder while it works, and lets go after success and failure', async () => {
    const inside = await withLock(dir, async () => {
      await expect(withLock(dir, async () => 0)).rejects.toThrow(`process ${process.pid} on ${os.hostname()}`);
      return fs.readdirSync(dir);
    });
    expect(inside).toEqual(['.lock']);
    await expect(withLock(dir, () => Promise.reject(new Error('work failed')))).rejects.toThrow('work failed');
    expect(fs.readdirSync(dir)).toEqual([]);
  });

  it('refuses while another process lives, and takes over once it was killed', async () => {
    const child = await startChild('hold-lock', dir);
    await expect(withLock(dir, async () => 0)).rejects.toThrow(`is in use: process ${child.pid} on`);
    await killed(child);
    expect(fs.existsSync(lockFile())).toBe(true);
    fs.writeFileSync(path.join(dir, 'model.partial-1-1'), '');
    expect(await withLock(dir, async () => fs.readdirSync(dir))).toEqual(['.lock']);
  });

  it('makes the folder', async () => {
    expect(await withLock(path.join(dir, 'a/b'), async () => 3)).toBe(3);
  });

  it.each(['', '{', '7'])('takes over a lock that holds %j', async (text) => {
    fs.writeFileSync(lockFile(), text);
    expect(await withLock(dir, async () => 3)).toBe(3);
  });

  it.runIf(process.platform === 'linux')('sees that a pid now belongs to a later process', async () => {
    fs.writeFileSync(lockFile(), JSON.stringify({ pid: process.pid, host: os.hostname(), birth: '1@another-boot' }));
    expect(await withLock(dir, async () => 3)).toBe(3);
  });

  it('leaves a lock alone that a quicker process has made in place of the stale one', async () => {
    const quicker = JSON.stringify({ pid: 1, host: 'elsewhere.invalid', birth: '' });
    fs.writeFileSync(lockFile(), '{');
    const rename = vi.spyOn(fs, 'renameSync').mockImplementationOnce((from, to) => {
      fs.writeFileSync(lockFile(), quicker);
      fs.renameSync(from, to);
    });
    try {
      await expect(withLock(dir, async () => 0)).rejects.toThrow('process 1 on elsewhere.invalid');
    } finally {
      rename.mockRestore();
    }
    expect(fs.readFileSync(lockFile(), 'utf8')).toBe(quicker);
    expect(fs.readdirSync(dir)).toEqual(['.lock']);
  });

  const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);

  it('takes over the lock of another machine once it was not renewed for ten minutes', async () => {
    fs.writeFileSync(lockFile(), JSON.stringify({ pid: 1, host: 'elsewhere.invalid', birth: '' }));
    fs.utimesSync(lockFile(), minutesAgo(9), minutesAgo(9));
    await expect(withLock(dir, async () => 0)).rejects.toThrow(
      /process 1 on elsewhere\.invalid .* abandoned 10 minutes after it was last renewed, 5(39|40|41) s ago; or delete .*\.lock/,
    );
    expect(fs.readdirSync(dir)).toEqual(['.lock']);
    expect(isHeld(dir)).toBe(true);
    fs.utimesSync(lockFile(), minutesAgo(11), minutesAgo(11));
    expect(isHeld(dir)).toBe(false);
    expect(await withLock(dir, async () => 3)).toBe(3);
  });

  it('renews its lock while it works, and never one that is not its own', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      await withLock(dir, async () => {
        const age = (): number => Date.now() - fs.statSync(lockFile()).mtimeMs;
        const held = fs.readFileSync(lockFile(), 'utf8');
        fs.utimesSync(lockFile(), minutesAgo(9), minutesAgo(9));
        vi.advanceTimersByTime(30_000);
        expect(age()).toBeLessThan(60_000);
        expect(fs.readFileSync(lockFile(), 'utf8')).toBe(held);
        fs.writeFileSync(lockFile(), JSON.stringify({ pid: 1, host: 'elsewhere.invalid', birth: '' }));
        fs.utimesSync(lockFile(), minutesAgo(9), minutesAgo(9));
        vi.advanceTimersByTime(30_000);
        expect(age()).toBeGreaterThan(500_000);
      });
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
