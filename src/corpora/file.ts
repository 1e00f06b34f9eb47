import { basename } from 'node:path';
import { z } from 'zod';
import { UserError } from '../lib/errors.ts';
import { mapRows, readRows } from './read-rows.ts';
import { parseRow, type Row } from './rows.ts';
import { promptId, promptText, splitOf } from './split.ts';
import { defineCorpus, type Corpus, type RowCounts, type SampleOptions, type Task } from './types.ts';

const wordCount = (text: string): number => text.split(/\s+/).filter(Boolean).length;

const toTask = ({ prompt, answer, family }: Row): Task => ({
  id: promptId(prompt),
  family,
  phrasing: `${family}/0`,
  prompt,
  answer,
});

/** The rows worth keeping, as tasks; the others are counted. Of rows with one prompt, the first is kept. */
function select(rows: readonly Row[], maxWords: number): { tasks: Task[]; counts: RowCounts } {
  const tasks = new Map<string, Task>();
  const counts = { read: rows.length, used: 0, duplicates: 0, tooLong: 0, undesired: 0 };
  for (const row of rows) {
    const task = toTask(row);
    if (row.undesired) counts.undesired++;
    else if (wordCount(promptText(row.prompt)) + wordCount(row.answer) > maxWords) counts.tooLong++;
    else if (tasks.has(task.id)) counts.duplicates++;
    else tasks.set(task.id, task);
  }
  counts.used = tasks.size;
  return { tasks: [...tasks.values()], counts };
}

/** `999 rows: 850 usable, 140 too long, 9 with a prompt seen before`. */
function describe({ read, used, duplicates, tooLong, undesired }: RowCounts): string {
  const dropped = [
    tooLong > 0 && `${tooLong} too long`,
    duplicates > 0 && `${duplicates} with a prompt seen before`,
    undesired > 0 && `${undesired} marked as bad answers`,
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

export const jsonl = defineCorpus({
  summary: 'your own rows: a JSON, JSONL or Parquet file of chats, prompt and completion, or Alpaca columns',
  params: z.strictObject({
    path: z.string().min(1).describe('the file, relative to where the command runs'),
    maxWords: z.int().positive().optional().describe('drop rows whose prompt and answer have more words than this'),
  }),
  async create({ path, maxWords = Infinity }): Promise<Corpus> {
    const rows = mapRows(await readRows(path), parseRow, `rows that cannot be used: ${path}`);
    const { tasks, counts } = select(
      rows.map(({ value }) => value),
      maxWords,
    );
    if (tasks.length === 0) throw new UserError(`an empty corpus: ${path} has ${describe(counts)}`);
    return fileCorpus(path, tasks, counts);
  },
});
