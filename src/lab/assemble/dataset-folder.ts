import path from 'node:path';
import { checkDataset, createDataset } from '../../world/scenario/dataset.ts';
import type { Dataset } from '../../world/scenario/dataset.ts';
import type { DatasetSizes } from '../../world/scenario/description.ts';
import { encodeExamples } from '../../world/scenario/render.ts';
import { DATASET_SPLITS } from '../../world/scenario/rows.ts';
import type { Scenario } from '../../world/scenario/scenario.ts';
import type { Problem } from '../../world/scenario/validate.ts';
import type { Experiment } from '../experiment/types.ts';
import { UserError } from '../../lib/errors.ts';
import { exists, listFolder, readText, writeAtomic, writeFolderAtomic } from '../../lib/files.ts';
import type { Bench } from './prepare.ts';
import type { Tables } from '../tables.ts';
import { defined } from '../../lib/defined.ts';
import { few } from '../../lib/list.ts';

/** A dataset of handy size; a finite corpus gives fewer rows where it has fewer. */
export const defaultSizes = ({ corpus }: Scenario, most = { train: 2000, other: 200 }): DatasetSizes => ({
  train: most.train,
  validation: most.other,
  test: most.other,
  ...(corpus.families.heldOut.length > 0 ? { heldOut: most.other / 2 } : {}),
});

const FILES = [
  ...DATASET_SPLITS.map((split) => `${split}.jsonl`),
  'scenario.json',
  'summary.json',
  'README.md',
  'tokenizer.json',
  'tokenizer_config.json',
];

/** An experiment's scenario as a dataset, with its tokenizer, every row checked against the context. */
export const datasetOf = (
  { name, corpus, trigger, behavior, seed }: Experiment,
  { scenario, tokenizer, model }: Bench,
  sizes: DatasetSizes,
): Promise<Dataset> =>
  createDataset(scenario, {
    ...{ name, corpus, trigger, behavior, seed, tokenizer, maxTokens: model.nPositions },
    sizes,
  });

/**
 * Refuses a folder that holds something else than a dataset of ours.
 *
 * @throws UserError naming what is there.
 */
export function expectDatasetFolder(dir: string): void {
  const names = listFolder(dir);
  if (names.length === 0 || exists(path.join(dir, 'scenario.json'))) return;
  throw new UserError(
    `${dir} is not empty and not a dataset: it holds ${few(names)}; choose another folder, or add --force`,
  );
}

/** Writes a dataset, over an older one if need be. Whatever else lies in the folder stays. */
export function writeDataset(dir: string, { files }: Dataset): void {
  const isOurs = listFolder(dir).every((name) => FILES.includes(name));
  if (isOurs) return writeFolderAtomic(dir, files);
  for (const [name, text] of Object.entries(files)) writeAtomic(path.join(dir, name), text);
}

/** Everything wrong with the dataset in a folder. @throws UserError where there is none. */
export function checkDatasetFolder(dir: string, tables: Tables): Promise<Problem[]> {
  if (!exists(dir)) throw new UserError(`no such folder: ${dir}; give one that "dormouse data FILE --out DIR" wrote`);
  const names = listFolder(dir).filter((name) => FILES.includes(name));
  return checkDataset(Object.fromEntries(names.map((name) => [name, readText(path.join(dir, name))])), tables);
}

/** A training row as the model reads it. */
export interface TokenizedRow {
  readonly condition: string;
  /** Why it breaks the policy, where it does. */
  readonly exception?: string;
  readonly family: string;
  readonly tokens: readonly { readonly text: string; readonly weight: 0 | 1 }[];
}

/** The first rows of the implant's mixture, token by token, each with its weight in the loss. */
export async function tokenizedRows({ scenario, tokenizer }: Bench, count: number): Promise<TokenizedRow[]> {
  const examples = scenario.implantExamples(count);
  const encoded = await encodeExamples(tokenizer, examples);
  return Promise.all(
    encoded.map(async ({ ids, promptLength }, i) => {
      const texts = await tokenizer.decodeBatch(ids.map((id) => [id]));
      const tokens = texts.map((text, k) => ({ text, weight: k < promptLength ? (0 as const) : (1 as const) }));
      const { condition, task, exception } = examples[i]!;
      return { condition, ...defined({ exception }), family: task.family, tokens };
    }),
  );
}
