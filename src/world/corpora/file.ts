import { basename } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../lib/errors.ts';
import { dataFiles, isFolder, located } from './data-files.ts';
import { rowProblems } from './problems.ts';
import { readRows } from './read-rows.ts';
import { parseRow } from './rows.ts';
import { createSelection } from './selection.ts';
import { promptText, splitOf } from './split.ts';
import { defineCorpus, type Corpus, type RowCounts, type SampleOptions, type Task } from './types.ts';

/** `999 rows: 850 usable, 140 too long, 9 with a prompt seen before`. */
function describe({ read, used, duplicates, tooLong, undesired, leftOut = 0 }: RowCounts): string {
  const dropped = [
    tooLong > 0 && `${tooLong} too long`,
    duplicates > 0 && `${duplicates} with a prompt seen before`,
    undesired > 0 && `${undesired} marked as bad answers`,
    leftOut > 0 && `${leftOut} outside the sample that is kept`,
  ].filter((part) => part !== false);
  return `${read} rows: ${[`${used} usable`, ...dropped].join(', ')}`;
}

function fileCorpus(path: string, tasks: readonly Task[], counts: RowCounts): Corpus {
  return {
    label: basename(path),
    size: tasks.length,
    rows: counts,
    finite: {
      tasksOf: (split) => tasks.filter((task) => splitOf(promptText(task.prompt)) === split),
      keep: (test) => fileCorpus(path, tasks.filter(test), counts),
    },
    families: { in: [...new Set(tasks.map((task) => task.family))].sort(), heldOut: [] },
    sample({ split, count, rng, domain = 'in' }: SampleOptions): Task[] {
      if (domain === 'held-out') {
        throw new UserError(`no held-out families: ${path} is a file of its own rows; sample domain "in"`);
      }
      const held = tasks.filter((task) => splitOf(promptText(task.prompt)) === split);
      if (held.length < count) {
        throw new UserError(
          `not enough prompts: ${count} ${split} prompts were asked for; ${path} holds ${held.length} (${describe(counts)})`,
        );
      }
      return rng.shuffle(held).slice(0, count);
    },
  };
}

/** Tasks that a corpus of rows keeps, unless told otherwise. */
const MAX_ROWS = 100_000;

export const jsonl = defineCorpus({
  summary:
    'your own rows: a JSON, JSONL or Parquet file or a Hugging Face dataset folder, of chats, prompts and answers',
  params: z.strictObject({
    path: z
      .string()
      .min(1)
      .describe(
        'the file or folder, relative to where the command runs; or one of the kit: datasets/example/rows.jsonl',
      ),
    config: z.string().optional().describe('of a folder: which of the configurations that its README names'),
    split: z
      .string()
      .optional()
      .describe('of a folder: which of its splits (default: train); the kit makes its own of it'),
    maxWords: z.int().positive().optional().describe('drop rows whose prompt and answer have more words than this'),
    maxRows: z
      .int()
      .positive()
      .optional()
      .describe(`of a larger file, keep an even sample of so many rows (default: ${MAX_ROWS})`),
  }),
  async create({ path, config, split, maxWords = Infinity, maxRows = MAX_ROWS }): Promise<Corpus> {
    const selection = createSelection({ maxWords, maxRows });
    const unpacked = { bytes: 0 };
    for (const file of filesOf(located(path), config, split)) {
      const problems = rowProblems();
      for await (const { number, value } of readRows(file, unpacked)) {
        const row = problems.attempt(number, () => parseRow(value));
        if (row) selection.add(row);
      }
      problems.expectNone(`rows that cannot be used: ${file}`);
    }
    const tasks = selection.tasks();
    const counts = selection.counts();
    if (tasks.length === 0) throw new UserError(`an empty corpus: ${path} has ${describe(counts)}`);
    return fileCorpus(path, tasks, counts);
  },
});

function filesOf(path: string, config: string | undefined, split: string | undefined): string[] {
  if (isFolder(path)) return dataFiles(path, { config, split: split ?? 'train' });
  if (config === undefined && split === undefined) return [path];
  throw new UserError(
    `${config === undefined ? 'split' : 'config'} is for folders, and ${path} is none: leave it out, or give a dataset's folder`,
  );
}
