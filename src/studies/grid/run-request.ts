import { messageOf, UserError } from '../../lib/errors.ts';
import { runExperiment } from '../../pipeline.ts';
import { Interrupted } from '../../lab/run/progress.ts';
import type { Io } from '../../lab/run/progress.ts';
import { loadPlugins } from '../../lab/plugins.ts';
import type { Tables } from '../../lab/tables.ts';
import type { Ending, Job } from './types.ts';

/** What a process is to run, wherever it is: it comes as JSON, and so may a resolved experiment. */
export interface Request extends Pick<Job, 'experiment' | 'dir' | 'command'> {
  /** What `threads: auto` stands for. */
  readonly autoThreads: number;
  readonly baseCache?: string | undefined;
}

/** Runs one job in this process. Never rejects: whatever happens is how the job ended. */
export async function runRequest(request: Request, tables: Tables, io: Io): Promise<Ending> {
  try {
    const own = await loadPlugins(tables, request.experiment.plugins ?? []);
    await runExperiment({ ...request, tables: own, io });
    return { kind: 'done' };
  } catch (error) {
    return error instanceof Interrupted ? { kind: 'interrupted' } : { kind: 'failed', error: failure(error) };
  }
}

/** What a person can mend, its message says; of anything else, in one line, where it happened. */
function failure(error: unknown): string {
  if (error instanceof UserError || !(error instanceof Error)) return messageOf(error);
  const [, place = ''] = error.stack?.split('\n    at ') ?? [];
  return `unexpected: ${error.message.split('\n')[0]} (at ${place})`;
}
