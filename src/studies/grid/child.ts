/** The process that runs one job. Started by run-child.ts; asked to stop by a message, never by a signal. */
import { runRequest } from './run-request.ts';
import { tables } from '../../lab/tables.ts';
import type { Answer } from './run-child.ts';
import type { Request } from './run-request.ts';

const stop = new AbortController();
const tell = (answer: Answer): void => {
  if (process.connected) process.send?.(answer);
};

process.on('disconnect', () => stop.abort()); // whoever asked is gone: save, then leave
process.on('message', (message: Request | 'stop') => {
  if (message === 'stop') stop.abort();
  else void work(message).finally(() => process.connected && process.disconnect());
});

async function work(request: Request): Promise<void> {
  const io = {
    signal: stop.signal,
    progress: (event: Extract<Answer, { kind: 'progress' }>['event']) => tell({ kind: 'progress', event }),
  };
  tell(await runRequest(request, tables, io));
}
