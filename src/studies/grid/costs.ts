import path from 'node:path';
import { exists, readJson, writeAtomic } from '../../lib/files.ts';

/** Seconds of compute by hash, over all sessions: a job that is reused costs nothing now, but it did. */
export type Costs = Record<string, number>;

const fileIn = (dir: string): string => path.join(dir, 'costs.json');

export function readCosts(dir: string): Costs {
  const file = fileIn(dir);
  const read = exists(file) ? readJson(file, `delete ${file}: costs are then counted from now on`) : {};
  return Object.fromEntries(Object.entries(read ?? {}).map(([hash, seconds]) => [hash, Number(seconds)]));
}

export const writeCosts = (dir: string, costs: Costs): void =>
  void writeAtomic(fileIn(dir), `${JSON.stringify(costs, null, 1)}\n`);
