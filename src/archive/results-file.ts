import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../lib/errors.ts';
import { exists, readJson, writeAtomic } from '../lib/files.ts';
import { isSealed, openSealed, seal, unseal } from '../lib/sealed.ts';
import { renderReport } from '../report/report.ts';
import { RESULTS_FORMAT } from '../results/types.ts';
import type { Results } from '../results/types.ts';

const RESULTS = 'results.json';
const REPORT = 'report.html';
const ANEW = 'run its experiment again, which writes it anew';

/** As much as the report needs in order not to stumble; the rest was written by this kit. */
const schema = z.object({
  format: z.literal(RESULTS_FORMAT),
  name: z.string(),
  arms: z.array(z.object({ name: z.string(), role: z.string() })),
  implant: z.object({ took: z.boolean(), reason: z.string() }),
  verdicts: z.array(z.object({ arm: z.string(), verdict: z.string(), reason: z.string(), ways: z.array(z.object()) })),
  rows: z.array(z.object({ eval: z.string(), metric: z.string(), value: z.number(), n: z.number() })),
});

/** A result of any version. */
const earlierSchema = z.object({ format: z.string().regex(/^dormouse-results-\d+$/), command: z.string().optional() });

export const resultsPath = (dir: string): string => path.join(dir, RESULTS);
export const reportPath = (dir: string): string => path.join(dir, REPORT);

/** Writes `results.json` and the page made of it, and seals the former. */
export function writeResults(dir: string, results: Results): void {
  unseal(dir);
  const sum = writeAtomic(resultsPath(dir), JSON.stringify(results, null, 1) + '\n');
  writeReport(dir, results);
  seal(dir, { [RESULTS]: sum });
}

export const writeReport = (dir: string, results: Results): void =>
  void writeAtomic(reportPath(dir), renderReport(results));

/** What a finished run found. @throws UserError that says what to do where there is nothing, or something else. */
export function readResults(dir: string): Results {
  const file = resultsPath(dir);
  if (!exists(dir)) throw new UserError(`no such run: ${dir}; give a run's folder, such as checkpoints/NAME`);
  if (!exists(file)) {
    if (exists(path.join(dir, 'dormouse.json')))
      throw new UserError(`${dir} is one arm of a run; give the run's folder: ${path.dirname(path.resolve(dir))}`);
    if (exists(path.join(dir, 'experiment.yaml')))
      throw new UserError(
        `${dir} has no results yet: the run is not finished; run its experiment again and it continues`,
      );
    throw new UserError(
      `${dir} is not the folder of a run: it holds no results.json; give one such as checkpoints/NAME`,
    );
  }
  const json = readJson(isSealed(dir) ? openSealed(dir, ANEW).at(RESULTS) : file);
  const earlier = earlierSchema.safeParse(json).data;
  if (earlier && earlier.format !== RESULTS_FORMAT)
    throw new UserError(
      `${file} is of another version: ${earlier.format}; this one reads ${RESULTS_FORMAT}: run the experiment again, and it is ` +
        `written anew${earlier.command ? `: ${earlier.command}` : ''}`,
    );
  if (!isSealed(dir)) openSealed(dir, ANEW);
  const { error } = schema.safeParse(json);
  if (error) {
    const { path: at = [], message = '' } = error.issues[0] ?? {};
    const wrong = [...(at.length > 0 ? [at.join('.')] : []), message].join(': ');
    throw new UserError(`${file} is not a result of this kit: ${wrong}; run the experiment again`);
  }
  return json as Results;
}
