import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { isFile, readJson } from '../../lib/files.ts';
import type { Score } from '../../results/score.ts';
import { ACCURACY } from '../../results/select.ts';
import { baseDigest, findBases, hasWeights, openBase } from './shipped-base.ts';
import type { FoundBase } from './shipped-base.ts';

export const METRICS = 'metrics.json';

const score = z.custom<Score>((value) => typeof Object(value).value === 'number');
const schema = z.object({
  format: z.literal('dormouse-base-1'),
  parameters: z.int(),
  steps: z.int(),
  /** Tokens whose loss was trained on. */
  lossTokens: z.number(),
  /** Of the weights as they are shipped, on prompts of the test split. */
  scores: z.array(score).readonly(),
  /** A few prompts that whoever has the base can ask again: so many of the checkable ones are answered rightly, greedily. */
  sample: z.object({ prompts: z.int(), n: z.int(), right: z.int() }),
  versions: z.record(z.string(), z.string()),
});
export type BaseMetrics = Readonly<z.output<typeof schema>>;

/** @throws UserError where the file is missing or damaged. */
export const readMetrics = (found: FoundBase): BaseMetrics => schema.parse(readJson(openBase(found).at(METRICS)));

/** A base in numbers. */
export interface BaseSummary {
  readonly name: string;
  readonly seed: number;
  readonly parameters: number;
  readonly accuracy: Score | null;
  /** Nats a token. */
  readonly cleanLoss: Score | null;
  /** Of those of its files that are here. */
  readonly bytes: number;
  /** Whether its weights are. */
  readonly isHere: boolean;
  readonly sha256: string;
}

/** @throws UserError where a file is missing or damaged. */
export function summarizeBase(found: FoundBase): BaseSummary {
  const folder = openBase(found);
  const { parameters, scores } = readMetrics(found);
  const of = (metric: string): Score | undefined =>
    scores.find((one) => one.metric === metric && one.condition === ACCURACY.condition);
  return {
    ...{ name: found.name, seed: found.seed, parameters },
    accuracy: of(ACCURACY.metric) ?? null,
    cleanLoss: of('clean-loss') ?? null,
    bytes: Object.keys(folder.sums)
      .map((name) => path.join(found.dir, name))
      .reduce((sum, file) => sum + (isFile(file) ? fs.statSync(file).size : 0), 0),
    isHere: hasWeights(found),
    sha256: baseDigest(folder),
  };
}

/** Those in a folder; the kit's own where none is given. */
export const summarizeBases = (folder?: string): BaseSummary[] => findBases(folder).map(summarizeBase);
