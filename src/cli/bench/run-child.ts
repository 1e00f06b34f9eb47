import { fork } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineOptions } from '../../engine/index.ts';
import { UserError } from '../../lib/errors.ts';
import { KEEP_HEAP } from '../heap.ts';
import type { Measured, Note, Tasks } from './types.ts';

export interface Request<K extends keyof Tasks> {
  readonly kind: K;
  readonly task: Tasks[K];
  readonly engine: EngineOptions;
}

export type Answer =
  | { readonly note: string }
  | { readonly value: unknown }
  /** With an exit code, a user's error. */
  | { readonly error: string; readonly exitCode?: UserError['exitCode'] };

/** Makes one measurement: in a process of its own, or, in tests, not at all. */
export type Measure = <K extends keyof Tasks>(
  kind: K,
  task: Tasks[K],
  engine: EngineOptions,
  note: Note,
  signal?: AbortSignal,
) => Promise<Measured[K]>;

// the child is written in what this file is: TypeScript under a loader, or JavaScript without one
const extension = path.extname(fileURLToPath(import.meta.url));
const child = fileURLToPath(new URL(`./child${extension}`, import.meta.url));

/** @throws UserError where the process ends without an answer: killed, most likely for its memory. `signal` kills it. */
export const measureInChild: Measure = <K extends keyof Tasks>(
  kind: K,
  task: Tasks[K],
  engine: EngineOptions,
  note: Note,
  signal?: AbortSignal,
) =>
  new Promise<Measured[K]>((resolve, reject) => {
    const request: Request<K> = { kind, task, engine };
    const execArgv = extension === '.ts' ? process.execArgv : [];
    const process_ = fork(child, [JSON.stringify(request)], {
      execArgv,
      env: { ...KEEP_HEAP, ...process.env },
      ...(signal && { signal }),
    });
    process_.on('message', (message) => {
      const said = message as Answer;
      if ('note' in said) note(said.note);
      else if ('value' in said) resolve(said.value as Measured[K]);
      else reject(said.exitCode ? new UserError(said.error, said.exitCode) : new Error(said.error));
    });
    process_.once('error', reject);
    process_.once('exit', (code, signal) => {
      const fail = (): void => reject(endedEarly(signal ? `was killed (${signal})` : `left with ${code}`));
      // an answer may still be on its way
      if (process_.connected) process_.once('disconnect', fail);
      else fail();
    });
  });

const endedEarly = (how: string): UserError =>
  new UserError(`the measurement ended early: its process ${how}; if memory ran out, measure smaller sizes (--sizes)`);
