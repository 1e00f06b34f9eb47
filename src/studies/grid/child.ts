/** The process that runs one job. Started by run-child.ts; asked to stop by a message, never by a signal. */
import { messageOf, UserError } from '../../lib/errors.ts';
import { runExperiment } from '../../pipeline.ts';
import { Interrupted } from '../../lab/run/progress.ts';
import { loadPlugins } from '../../lab/plugins.ts';
import { tables } from '../../lab/tables.ts';
import type { Answer, Request } from './run-child.ts';

const stop = new AbortController();
const tell = (answer: Answer): void => {
  if (process.connected) process.send?.(answer);
};

process.on('disconnect', () => stop.abort()); // whoever asked is gone: save, then leave
process.on('message', (message: Request | 'stop') => {
  if (message === 'stop') stop.abort();
  else void work(message).finally(() => process.connected && process.disconnect());
});

async function work({ experiment, dir, command, autoThreads, baseCache }: Request): Promise<void> {
  const io = {
    signal: stop.signal,
    progress: (event: Extract<Answer, { kind: 'progress' }>['event']) => tell({ kind: 'progress', event }),
  };
  try {
    const own = await loadPlugins(tables, experiment.plugins ?? []);
    await runExperiment({ experiment, tables: own, dir, command, io, autoThreads, baseCache });
    tell({ kind: 'done' });
  } catch (error) {
    tell(error instanceof Interrupted ? { kind: 'interrupted' } : { kind: 'failed', error: failure(error) });
  }
}

/** What a person can mend, its message says; of anything else, in one line, where it happened. */
function failure(error: unknown): string {
  if (error instanceof UserError || !(error instanceof Error)) return messageOf(error);
  const [, place = ''] = error.stack?.split('\n    at ') ?? [];
  return `unexpected: ${error.message.split('\n')[0]} (at ${place})`;
}
