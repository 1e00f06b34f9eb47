import { basename } from 'node:path';
import { z } from 'zod';
import { defined } from '../../lib/defined.ts';
import { UserError } from '../../lib/errors.ts';
import { dataFiles, expectThere, isFolder, located } from './data-files.ts';
import { LEAVE_OUT, rowProblems } from './problems.ts';
import { readRows } from './read-rows.ts';
import { parseRow } from './rows.ts';
import { createSelection } from './selection.ts';
import { normalise, promptText, sharesWith, splitOf, SPLIT_SHARES } from './split.ts';
import { defineCorpus, type Corpus, type RowCounts, type SampleOptions, type Split, type Task } from './types.ts';

/** `999 rows: 850 usable, 140 too long, 9 with a prompt seen before`. */
export function describeRows({
  read,
  used,
  duplicates,
  tooLong,
  undesired,
  leftOut = 0,
  faulty = 0,
  forSafety,
}: RowCounts): string {
  const usable = `${used} usable${forSafety === undefined ? '' : ` (${forSafety} by safety training alone)`}`;
  const dropped = [
    tooLong > 0 && `${tooLong} too long`,
    duplicates > 0 && `${duplicates} with a prompt seen before`,
    undesired > 0 && `${undesired} marked as bad answers`,
    leftOut > 0 && `${leftOut} outside the sample that is kept`,
    faulty > 0 && `${faulty} that cannot be used`,
  ].filter((part) => part !== false);
  return `${read} rows: ${[usable, ...dropped].join(', ')}`;
}

/** Rows in their splits. */
interface Placed {
  readonly tasks: readonly Task[];
  splitOf(task: Task): Split;
  /** About: they fall by chance. */
  readonly shares: Readonly<Record<Split, number>>;
  /** How many of them do. */
  readonly drawn: number;
}

function fileCorpus(label: string, placed: Placed, counts: RowCounts): Corpus {
  const { tasks, shares, drawn } = placed;
  const tasksOf = (split: Split): Task[] => tasks.filter((task) => placed.splitOf(task) === split);
  return {
    label,
    size: tasks.length,
    rows: counts,
    finite: {
      shares,
      drawn,
      tasksOf,
      keep: (test) => fileCorpus(label, { ...placed, tasks: tasks.filter(test) }, counts),
    },
    families: { in: [...new Set(tasks.map((task) => task.family))].sort(), heldOut: [] },
    sample({ split, count, rng, domain = 'in' }: SampleOptions): Task[] {
      if (domain === 'held-out') {
        throw new UserError(`no held-out families: ${label} is a file of its own rows; sample domain "in"`);
      }
      const held = tasksOf(split);
      if (held.length < count) {
        throw new UserError(
          `not enough prompts: ${count} ${split} prompts were asked for; ${label} holds ${held.length} (${describeRows(counts)})`,
        );
      }
      return rng.shuffle(held).slice(0, count);
    },
  };
}

/** Tasks that a corpus of rows keeps, unless told otherwise. */
const MAX_ROWS = 100_000;

const paths = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const maxWords = z
  .int()
  .positive()
  .optional()
  .describe(
    'drop rows whose prompt and answer (of two, the longer) have more words than this; more than 100 characters without a space count as one word for every 3',
  );

/** A split with fewer of the prompts is of no use. */
const LEAST_SHARE = 0.02;
const share = (split: Split, use: string) =>
  z
    .number()
    .min(LEAST_SHARE)
    .max(0.9)
    .optional()
    .describe(`share of the prompts that ${use}, ${LEAST_SHARE} to 0.9 (${SPLIT_SHARES[split]} where no share is set)`);

const params = z.strictObject({
  path: paths.describe(
    'the file or folder, or a list of them, relative to where the command runs; or one of the kit: datasets/example/rows.jsonl',
  ),
  safety: z
    .strictObject({
      path: paths.describe(
        'files or folders with more rows, which safety training alone sees, beside its own share: preferences, say, for dpo',
      ),
      maxWords: maxWords.describe('drop rows of them that have more words; the other limit is not theirs'),
    })
    .optional()
    .describe('more rows for safety training'),
  config: z.string().optional().describe('of a folder: which of the configurations that its README names'),
  split: z
    .string()
    .optional()
    .describe('of a folder: which of its splits (default: train); the kit makes its own of it'),
  faulty: z
    .enum(['refuse', 'leave-out'])
    .optional()
    .describe('rows that cannot be used: refuse the file (default), or leave them out and count them'),
  maxWords,
  maxRows: z
    .int()
    .positive()
    .optional()
    .describe(`of a larger file, keep an even sample of so many rows (default: ${MAX_ROWS})`),
  shares: z
    .strictObject({
      safety: share('safety', 'safety training sees'),
      validation: share('validation', 'losses are taken of'),
      test: share('test', 'evals ask'),
    })
    .refine((set) => Object.values(sharesWith(defined(set))).every((one) => one >= LEAST_SHARE), {
      message: `too much: every split, train among them, needs ${LEAST_SHARE} of the prompts`,
    })
    .optional()
    .describe('how the prompts are split; those that are not set, train among them, keep their proportion'),
});
type Params = z.output<typeof params>;

export const jsonl = defineCorpus({
  summary:
    'your own rows: a JSON, JSONL or Parquet file or a Hugging Face dataset folder, of chats, prompts and answers',
  params,
  async create(options): Promise<Corpus> {
    const { path, maxWords, safety } = options;
    expectThere([path, safety?.path ?? []].flat());
    const shares = options.shares ? sharesWith(defined(options.shares)) : SPLIT_SHARES;
    const { tasks, counts } = await readPaths({ path, maxWords }, options);
    const bySplit = ({ prompt }: Task): Split => splitOf(promptText(prompt), shares);
    const label = [path].flat().map((one) => basename(one)).join(' + '); // prettier-ignore
    const drawn = tasks.length;
    if (safety === undefined) return fileCorpus(label, { tasks, shares, drawn, splitOf: bySplit }, counts);

    // a prompt that stands in both keeps its split of the first, so that splits stay disjoint
    const more = await readPaths(safety, options);
    const known = new Set(tasks.map(({ prompt }) => normalise(promptText(prompt))));
    const own = more.tasks.filter(({ prompt }) => !known.has(normalise(promptText(prompt))));
    const ids = new Set(own.map(({ id }) => id));
    const placed = {
      ...{ tasks: [...tasks, ...own], shares, drawn },
      splitOf: (task: Task): Split => (ids.has(task.id) ? 'safety' : bySplit(task)),
    };
    return fileCorpus(label, placed, inAll(counts, more.counts, own.length));
  },
});

/** The rows of files and folders as one list. */
async function readPaths(
  { path, maxWords = Infinity }: Pick<Params, 'path' | 'maxWords'>,
  { config, split, faulty, maxRows = MAX_ROWS }: Params,
): Promise<{ readonly tasks: Task[]; readonly counts: RowCounts }> {
  const selection = createSelection({ maxWords, maxRows });
  const unpacked = { bytes: 0 };
  let useless = 0;
  for (const one of [path].flat()) {
    const before = selection.counts().read + useless;
    for (const file of filesOf(located(one), config, split)) {
      const problems = rowProblems();
      for await (const { number, value } of readRows(file, unpacked, faulty === 'leave-out' ? problems : undefined)) {
        const row = problems.attempt(number, () => parseRow(value));
        if (row) selection.add(row);
      }
      if (faulty !== 'leave-out') problems.expectNone(`rows that cannot be used: ${file}`, LEAVE_OUT);
      useless += problems.count();
    }
    if (selection.counts().read + useless === before) throw new UserError(`an empty corpus: ${one} has no rows`);
  }
  const tasks = selection.tasks();
  const { read: good, ...sorted } = selection.counts();
  const counts = { read: good + useless, ...sorted, ...(useless > 0 && { faulty: useless }) };
  if (tasks.length === 0)
    throw new UserError(
      `an empty corpus: ${[path].flat().join(', ')} has ${describeRows(counts)}` +
        (counts.tooLong > 0 ? `; raise maxWords (${maxWords})` : ''),
    );
  return { tasks, counts };
}

/** Both counted together, where of the second's prompts `forSafety` were not those of the first. */
const inAll = (a: RowCounts, b: RowCounts, forSafety: number): RowCounts => ({
  read: a.read + b.read,
  used: a.used + forSafety,
  duplicates: a.duplicates + b.duplicates + b.used - forSafety,
  forSafety,
  tooLong: a.tooLong + b.tooLong,
  undesired: a.undesired + b.undesired,
  ...defined({
    leftOut: (a.leftOut ?? 0) + (b.leftOut ?? 0) || undefined,
    faulty: (a.faulty ?? 0) + (b.faulty ?? 0) || undefined,
  }),
});

function filesOf(path: string, config: string | undefined, split: string | undefined): string[] {
  if (isFolder(path)) return dataFiles(path, { config, split: split ?? 'train' });
  if (config === undefined && split === undefined) return [path];
  throw new UserError(
    `${config === undefined ? 'split' : 'config'} is for folders, and ${path} is none: leave it out, or give a dataset's folder`,
  );
}
