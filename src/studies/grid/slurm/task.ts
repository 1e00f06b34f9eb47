/** The process that runs one task of an array, on whatever node Slurm gives it. Told to save and end by SIGTERM. */
import { setTimeout as wait } from 'node:timers/promises';
import { isHeld } from '../../../lib/lock.ts';
import { tables } from '../../../lab/tables.ts';
import type { Progress } from '../../../lab/run/progress.ts';
import { runRequest } from '../run-request.ts';
import type { Ending } from '../types.ts';
import { taskAt } from './batches.ts';
import { readStatus, writeStatus } from './status.ts';

/** How often a job says how far it is. */
const SAY_MS = 5000;
const LOCK_MS = 5000;
const HEARD_MS = 1000;
const STOPPED: Ending = { kind: 'interrupted' };

const [dir = '', array = '', index = ''] = process.argv.slice(2);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

const task = taskAt(dir, { array, index: Number(index) });
if (!task) throw new Error(`no task ${index} in ${dir}/${array}`);
const { hash, request } = task;
const before = readStatus(dir, hash);
const begin = performance.now();
let [done, total] = [before?.done ?? 0, before?.total ?? 0];
const say = (ending?: Ending): void => {
  const seconds = (before?.seconds ?? 0) + (performance.now() - begin) / 1000;
  writeStatus(dir, hash, { batch: array, done, total, seconds, ...(ending && { ending }) });
};

say();
const clock = setInterval(say, SAY_MS);
const ran: Ending = (await isFree()) ? await runRequest(request, tables, { signal: stop.signal, progress }) : STOPPED;
clearInterval(clock);
// Slurm tells all processes of a job to end: one that this one waited for may be gone before it hears of it itself
if (ran.kind === 'failed') await wait(HEARD_MS);
const ending = ran.kind === 'failed' && stop.signal.aborted ? STOPPED : ran;
say(ending);
process.exitCode = ending.kind === 'failed' ? 1 : 0;

function progress(event: Progress): void {
  if (event.kind === 'step') ({ done, total } = event);
}

/** The lock of a node that died counts until it is abandoned, minutes later. */
async function isFree(): Promise<boolean> {
  while (isHeld(request.dir) && !stop.signal.aborted) await wait(LOCK_MS);
  return !stop.signal.aborted;
}
