import fs from 'node:fs';
import path from 'node:path';
import { logFormats } from './index.ts';
import type { ArmRecord, RunRecord } from './types.ts';
import { UserError } from '../../lib/errors.ts';
import { exists, writeAtomic } from '../../lib/files.ts';
import { readJsonl } from '../../lib/jsonl.ts';
import { expectWhole, fileIn } from '../../lib/sealed.ts';
import { lookup } from '../../lib/table.ts';
import type { ArmSummary, Results } from '../../results/types.ts';
import { readEvaluations } from '../../results/evaluations.ts';
import { readResults, resultsPath } from '../../archive/results-file.ts';
import { METRICS } from '../../lab/run/advance.ts';

/**
 * Writes a finished run's results to `out` in another tool's format.
 *
 * @returns the files' paths under `out`.
 * @throws UserError for an unknown format, and for a folder that is not one run.
 */
export function exportLogs(dir: string, format: string, out: string): string[] {
  const { files } = lookup(logFormats, format, 'log format');
  const made = Object.entries(files(readRunRecord(dir)));
  for (const [name, data] of made) writeAtomic(path.join(out, name), data);
  return made.map(([name]) => name);
}

/** A finished run with what its arms' folders keep beside the results. */
function readRunRecord(dir: string): RunRecord {
  const results = readResults(dir);
  if (results.seeds.length > 1)
    throw new UserError(`${dir} holds ${results.seeds.length} seeds; give the folder of one of its runs`);
  return { results, arms: results.arms.map((summary) => armRecord(dir, results, summary)) };
}

function armRecord(dir: string, { rows }: Results, summary: ArmSummary): ArmRecord {
  const folder = path.join(dir, summary.name);
  const metrics = path.join(folder, METRICS);
  if (summary.failure === undefined) expectWhole(folder);
  const last = summary.failure === undefined ? readEvaluations(folder).at(-1) : undefined;
  const dated = [path.join(folder, 'DONE'), metrics].find(exists) ?? resultsPath(dir);
  return {
    summary,
    rows: rows.filter(({ arm }) => arm === summary.name),
    metrics: exists(metrics) ? readJsonl(fileIn(folder, METRICS)) : [],
    finished: fs.statSync(dated).mtime,
    ...(last && { last }),
  };
}
