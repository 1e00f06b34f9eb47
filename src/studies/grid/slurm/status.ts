import path from 'node:path';
import { codeOf, UserError } from '../../../lib/errors.ts';
import { exists, readJson, writeAtomic } from '../../../lib/files.ts';
import type { Ending } from '../types.ts';

/** What a job says of itself, in a file of its own: it outlives the job, its node and whoever submitted it. */
export interface Status {
  /** The array that it ran in last. */
  readonly batch: string;
  readonly ending?: Ending;
  /** Steps of the whole experiment, as far as it came. */
  readonly done: number;
  readonly total: number;
  /** That all its attempts took together. */
  readonly seconds: number;
}

const statusPath = (dir: string, hash: string): string => path.join(dir, 'jobs', `${hash}.json`);

export const writeStatus = (dir: string, hash: string, status: Status): void =>
  void writeAtomic(statusPath(dir, hash), `${JSON.stringify(status)}\n`);

/** Undefined where the job never began. */
export function readStatus(dir: string, hash: string): Status | undefined {
  const file = statusPath(dir, hash);
  if (!exists(file)) return undefined;
  try {
    return readJson(file) as Status;
  } catch (error) {
    // replaced this instant (a network's file system says so), or damaged: the job is asked again, and writes it anew
    if (error instanceof UserError || codeOf(error) !== undefined) return undefined;
    throw error;
  }
}
