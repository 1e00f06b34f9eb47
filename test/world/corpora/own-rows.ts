import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { corpora } from '../../../src/world/corpora/index.ts';
import { SPLITS, type Corpus, type Split, type Task } from '../../../src/world/corpora/types.ts';
import type { Turn } from '../../../src/lib/chat.ts';
import { messageOf } from '../../../src/lib/errors.ts';
import { createRng } from '../../../src/lib/rng.ts';

/** A folder of a test's own for files of rows. */
export function rowsFolder() {
  let folder = '';
  let files = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dormouse-corpora-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const write = async (content: string | Uint8Array): Promise<string> => {
    const path = join(folder, `${files++}.data`);
    await writeFile(path, content);
    return path;
  };
  const open = async (content: string | Uint8Array, maxWords?: number): Promise<Corpus> =>
    corpora.jsonl.create({ path: await write(content), ...(maxWords !== undefined && { maxWords }) });
  const only = async (row: unknown): Promise<Task> => everything(await open(lines([row])))[0]!;
  return { path: () => folder, write, open, only };
}

export const lines = (rows: readonly unknown[]): string => rows.map((row) => JSON.stringify(row)).join('\n');
export const everything = (corpus: Corpus): Task[] => SPLITS.flatMap((split) => all(corpus, split));
/** Asks for too many, is told how many there are, and asks for those. */
export const all = (corpus: Corpus, split: Split): Task[] => {
  const ask = (count: number): Task[] => corpus.sample({ split, count, rng: createRng(1) });
  try {
    return ask(1e9);
  } catch (error) {
    return ask(Number(/ holds (\d+) /.exec(messageOf(error))?.[1]));
  }
};
export const user = (content: string): Turn => ({ role: 'user', content });
export const assistant = (content: string): Turn => ({ role: 'assistant', content });
