import path from 'node:path';
import { isDataFile } from '../world/corpora/data-files.ts';
import { corpora } from '../world/corpora/index.ts';
import type { RowCounts } from '../world/corpora/types.ts';
import { UserError } from '../lib/errors.ts';

/** What became of a dataset that was downloaded. */
export interface ImportedDataset {
  /** What its rows come to as a corpus, where they can be read as they are. */
  readonly rows?: RowCounts;
  /** Why they cannot: a configuration or a split is to be chosen, or a row is of no use. */
  readonly note?: string;
}

/** `datasets/ultrachat` for `owner/Ultrachat`. */
export const importedDatasetName = (repo: string): string =>
  path.join('datasets', path.posix.basename(repo).toLowerCase());

/** Of a repository: rows, and the words about them. */
export const isDatasetFile = (name: string): boolean =>
  isDataFile(name) || /^(README|LICENSE)(\.(md|txt))?$/.test(name);

/** Reads every row once, so that whatever could be wrong is found now. */
export async function surveyDataset(dir: string): Promise<ImportedDataset> {
  try {
    const { rows } = await corpora.jsonl.create({ path: dir });
    return rows === undefined ? {} : { rows };
  } catch (error) {
    if (error instanceof UserError) return { note: error.message };
    throw error;
  }
}
