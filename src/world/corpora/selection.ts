import type { FileRow } from './rows.ts';
import { promptId, promptText } from './split.ts';
import type { RowCounts, Task } from './types.ts';

export interface SelectionOptions {
  /** Rows with more words in prompt and answer, the longer one of two, are dropped. */
  readonly maxWords: number;
  /** Of more tasks than this, an even sample is kept. */
  readonly maxRows: number;
  /** Of more text than this, in UTF-16 units, too. */
  readonly maxText?: number;
}

export interface Selection {
  add(row: FileRow): void;
  /** In the order in which they came. */
  tasks(): Task[];
  counts(): RowCounts;
}

const MAX_TEXT = 128e6;
/** More than is kept is let in before the next cut, so that one sorting serves many rows. */
const SLACK = 1.25;

/** No word is longer. */
const LONGEST_WORD = 100;
/** Of what is longer, a number or an address or a script without spaces, tokenizers make a token of about so many characters. */
const PER_TOKEN = 3;
const wordCount = (text: string): number =>
  text
    .split(/\s+/)
    .filter(Boolean)
    .reduce((sum, { length }) => sum + (length > LONGEST_WORD ? Math.ceil(length / PER_TOKEN) : 1), 0);
const isLonger = ({ prompt, answer, rejected = '' }: FileRow, words: number): boolean =>
  words < Infinity && wordCount(promptText(prompt)) + Math.max(wordCount(answer), wordCount(rejected)) > words;

const toTask = ({ prompt, answer, rejected, family }: FileRow): Task => ({
  id: promptId(prompt),
  family,
  phrasing: `${family}/0`,
  prompt,
  answer,
  ...(rejected !== undefined && { rejectedAnswer: rejected }),
});

const lengthOf = ({ prompt, answer, rejectedAnswer = '' }: Task): number =>
  promptText(prompt).length + answer.length + rejectedAnswer.length;

/**
 * The rows worth keeping, as tasks; the others are counted. Of rows with one prompt, the first is kept.
 *
 * In bounded memory, however many come: where they are too many, those with the smallest ids stay. Ids are hashes of
 * prompts, so it is an even sample, the same whatever the order, and every prompt is in it or not as a whole.
 */
export function createSelection({ maxWords, maxRows, maxText = MAX_TEXT }: SelectionOptions): Selection {
  const kept = new Map<string, Task>();
  const counts = { read: 0, duplicates: 0, tooLong: 0, undesired: 0 };
  let leftOut = 0;
  let text = 0;
  /** Tasks from here on are left out. */
  let bound = 'g'; // after every hexadecimal digit

  const cut = (): void => {
    let [rows, length] = [0, 0];
    for (const id of [...kept.keys()].sort()) {
      const task = kept.get(id)!;
      rows++;
      length += lengthOf(task);
      if (rows <= maxRows && (length <= maxText || rows === 1)) continue;
      bound = id;
      break;
    }
    for (const [id, task] of kept)
      if (id >= bound) {
        kept.delete(id);
        text -= lengthOf(task);
        leftOut++;
      }
  };
  return {
    add(row) {
      counts.read++;
      const task = toTask(row);
      if (row.undesired) counts.undesired++;
      else if (isLonger(row, maxWords)) counts.tooLong++;
      else if (task.id >= bound) leftOut++;
      else if (kept.has(task.id)) counts.duplicates++;
      else {
        kept.set(task.id, task);
        text += lengthOf(task);
        if (kept.size >= SLACK * maxRows || text >= SLACK * maxText) cut();
      }
    },
    tasks() {
      if (kept.size > maxRows || text > maxText) cut();
      return [...kept.values()];
    },
    counts: () => ({ ...counts, used: kept.size, ...(leftOut > 0 && { leftOut }) }),
  };
}
