import { fork } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Progress } from '../../lab/run/progress.ts';
import type { Request } from './run-request.ts';
import type { Ending, Job } from './types.ts';

export type Answer = { readonly kind: 'progress'; readonly event: Progress } | Ending;

export interface ChildOptions extends Pick<Request, 'autoThreads' | 'baseCache'> {
  readonly signal: AbortSignal;
  progress(event: Progress): void;
}

// the child is written in what this file is: TypeScript under a loader, or JavaScript without one
const extension = path.extname(fileURLToPath(import.meta.url));
const child = fileURLToPath(new URL(`./child${extension}`, import.meta.url));

/** Of what a process wrote before it died. */
const LAST_LINES = 12;

/** Runs one job in a process of its own. Never rejects: whatever happens to the process is how the job ended. */
export const runInChild = (
  { experiment, dir, command }: Job,
  { autoThreads, baseCache, signal, progress }: ChildOptions,
): Promise<Ending> =>
  new Promise((resolve) => {
    const worker = fork(child, [], {
      execArgv: extension === '.ts' ? process.execArgv : [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // a group of its own: the terminal's Ctrl-C reaches this process alone, which passes it on as a message
      detached: true,
    });
    let ending: Ending | undefined;
    let said = '';
    const stop = (): void => void (worker.connected && worker.send('stop', () => {}));
    worker.stderr?.setEncoding('utf8').on('data', (text: string) => (said = lastLines(said + text)));
    worker.on('message', (answer: Answer) => {
      if (answer.kind === 'progress') progress(answer.event);
      else ending = answer;
    });
    worker.once('error', (error) => (ending ??= { kind: 'failed', error: error.message }));
    // after `close` nothing more is to come, neither messages nor lines
    worker.once('close', (code, killer) => {
      signal.removeEventListener('abort', stop);
      resolve(ending ?? { kind: 'failed', error: died(code, killer, said) });
    });
    const request: Request = { experiment, dir, command, autoThreads, baseCache };
    worker.send(request, () => {}); // a child that is gone already says so by closing
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
  });

const lastLines = (text: string): string => text.split('\n').slice(-LAST_LINES).join('\n');

function died(code: number | null, killer: NodeJS.Signals | null, said: string): string {
  const memory = killer === 'SIGKILL' ? ' (out of memory? fewer --workers need less of it)' : '';
  const how = killer ? `was killed by ${killer}${memory}` : `left with exit code ${code} and no word`;
  return [`its process ${how}`, said.trim()].filter((line) => line !== '').join('\n');
}
