import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { codeOf, UserError } from './errors.ts';
import { writeError } from './file-errors.ts';
import { makeFolder, sweepLeftovers } from './files.ts';

/** Who holds a folder. `birth` tells a process from a later one that was given the same pid (Linux only). */
interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly birth: string;
}

const LOCK = '.lock';

/** Whether a process on another machine lives cannot be asked: it says so itself, by writing its lock anew. */
const RENEW_MS = 30_000;
const ABANDONED_MINUTES = 10;

/**
 * Runs `work` while this process alone holds `dir` (made if need be), after clearing what a killed run left in it.
 * The lock of a process that is gone is taken over, and another machine's that was not renewed for ten minutes.
 * @throws UserError naming the process that holds the folder.
 */
export async function withLock<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const file = path.join(dir, LOCK);
  const me: Holder = { pid: process.pid, host: os.hostname(), birth: birthOf(process.pid) };
  await acquire(file, dir, me);
  const release = (): void => {
    if (sameHolder(readHolder(file), me)) fs.rmSync(file, { force: true });
  };
  process.once('exit', release);
  const renewal = setInterval(() => renew(file, me), RENEW_MS).unref();
  try {
    sweepLeftovers(dir);
    return await work();
  } finally {
    clearInterval(renewal);
    process.off('exit', release);
    release();
  }
}

async function acquire(file: string, dir: string, me: Holder): Promise<void> {
  for (let attempt = 0; !create(file, dir, me); attempt++) {
    const holder = readHolder(file);
    // A lock that cannot be read is being written this instant, or its writer was killed at it.
    if (holder === undefined && attempt < 5) await wait(20);
    else if (holder === undefined || isGone(holder, file)) evict(file, holder);
    else throw new UserError(inUse(file, dir, holder));
  }
}

const inUse = (file: string, dir: string, { pid, host }: Holder): string =>
  `${dir} is in use: process ${pid} on ${host} is working in it; wait for it, stop it, or choose another folder` +
  (host === os.hostname()
    ? ''
    : ` (it is another machine's: if that is gone, its lock counts as abandoned ${ABANDONED_MINUTES} minutes after it was ` +
      `last renewed, ${silence(file)} s ago; or delete ${file})`);

/** Is somebody at work in the folder, or was until lately on a machine that may be gone? */
export function isHeld(dir: string): boolean {
  const file = path.join(dir, LOCK);
  const holder = readHolder(file);
  return holder !== undefined && !isGone(holder, file);
}

/** Writes the lock over itself. */
function renew(file: string, me: Holder): void {
  if (!sameHolder(readHolder(file), me)) return;
  try {
    fs.writeFileSync(file, JSON.stringify(me), { flag: 'r+' });
  } catch {
    // the work itself will say what is wrong with the folder
  }
}

/** Seconds since a lock was renewed, by the clock of the disk that it lies on: those of two machines may differ. */
function silence(file: string): number {
  const probe = asideOf(file);
  fs.writeFileSync(probe, '');
  const now = fs.statSync(probe).mtimeMs;
  fs.rmSync(probe);
  return Math.round((now - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now)) / 1000);
}

const asideOf = (file: string): string => `${file}.partial-${process.pid}-0`;

/** False where the lock exists already. */
function create(file: string, dir: string, me: Holder): boolean {
  try {
    makeFolder(dir);
    fs.writeFileSync(file, JSON.stringify(me), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && fs.existsSync(file)) return false;
    throw writeError(error, file);
  }
}

/**
 * Removes a stale lock. Two processes may try at once, and the slower must not remove the lock that the quicker has
 * just made: so the file is renamed away, looked at, and put back where it is not the stale one.
 */
function evict(file: string, stale: Holder | undefined): void {
  const aside = asideOf(file);
  try {
    fs.renameSync(file, aside);
    const taken = readHolder(aside);
    if (taken !== undefined && !sameHolder(taken, stale)) fs.linkSync(aside, file);
    fs.rmSync(aside, { force: true });
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(codeOf(error) ?? '')) throw writeError(error, file);
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isHolder = (value: unknown): value is Holder =>
  typeof value === 'object' && value !== null && 'pid' in value && 'host' in value && 'birth' in value;

const sameHolder = (a: Holder | undefined, b: Holder | undefined): boolean =>
  a?.pid === b?.pid && a?.host === b?.host && a?.birth === b?.birth;

function isGone({ pid, host, birth }: Holder, file: string): boolean {
  if (host !== os.hostname()) return silence(file) > ABANDONED_MINUTES * 60;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
  return birthOf(pid) !== birth;
}

/** When a process began, in ticks since this boot, with the boot's id; '' where the platform does not tell. */
function birthOf(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}@${boot}`;
  } catch {
    return '';
  }
}
