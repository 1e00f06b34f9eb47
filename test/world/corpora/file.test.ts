import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpora } from '../../../src/world/corpora/index.ts';
import { SPLITS, type Corpus, type Split, type Task } from '../../../src/world/corpora/types.ts';
import type { Turn } from '../../../src/lib/chat.ts';
import { messageOf } from '../../../src/lib/errors.ts';
import { createRng } from '../../../src/lib/rng.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dormouse-corpora-'));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
const open = async (content: string | Uint8Array, maxWords?: number): Promise<Corpus> => {
  const path = join(folder, `${files++}.data`);
  await writeFile(path, content);
  return corpora.jsonl.create({ path, ...(maxWords !== undefined && { maxWords }) });
};
const lines = (rows: readonly unknown[]): string => rows.map((row) => JSON.stringify(row)).join('\n');
const everything = (corpus: Corpus): Task[] => SPLITS.flatMap((split) => all(corpus, split));
/** Asks for too many, is told how many there are, and asks for those. */
const all = (corpus: Corpus, split: Split): Task[] => {
  const ask = (count: number): Task[] => corpus.sample({ split, count, rng: createRng(1) });
  try {
    return ask(1e9);
  } catch (error) {
    return ask(Number(/ holds (\d+) /.exec(messageOf(error))?.[1]));
  }
};
const only = async (row: unknown): Promise<Task> => everything(await open(lines([row])))[0]!;
const user = (content: string): Turn => ({ role: 'user', content });
const assistant = (content: string): Turn => ({ role: 'assistant', content });

describe('where the file lies', () => {
  it('finds a dataset of the kit from any folder, and a file of the same name here before it', async () => {
    const here = process.cwd();
    const path = 'datasets/example/rows.jsonl';
    process.chdir(folder);
    try {
      expect(everything(await corpora.jsonl.create({ path })).length).toBeGreaterThan(100);
      await mkdir(join(folder, 'datasets/example'), { recursive: true });
      await writeFile(path, lines([{ prompt: 'mine', completion: 'yes' }]));
      expect(everything(await corpora.jsonl.create({ path })).map(({ answer }) => answer)).toEqual(['yes']);
      await expect(corpora.jsonl.create({ path: 'datasets/none.jsonl' })).rejects.toThrow('datasets/none.jsonl');
    } finally {
      process.chdir(here);
    }
  });
});

describe('column shapes', () => {
  const shapes: [string, unknown, Turn[], string][] = [
    ['messages', { messages: [user('Hi'), assistant('Hello')] }, [user('Hi')], 'Hello'],
    [
      'messages with a system turn and a history',
      {
        messages: [
          { role: 'system', content: 'Be brief' },
          user('Hi'),
          assistant('Hello'),
          user('Why?'),
          assistant('So'),
        ],
      },
      [{ role: 'system', content: 'Be brief' }, user('Hi'), assistant('Hello'), user('Why?')],
      'So',
    ],
    [
      'conversations',
      {
        conversations: [
          { from: 'human', value: 'Hi' },
          { from: 'gpt', value: 'Hello' },
        ],
      },
      [user('Hi')],
      'Hello',
    ],
    [
      'conversations with chosen and rejected turns',
      {
        conversations: [{ from: 'human', value: 'Hi' }],
        chosen: { from: 'gpt', value: 'Good' },
        rejected: { from: 'gpt', value: 'Bad' },
      },
      [user('Hi')],
      'Good',
    ],
    ['prompt and completion texts', { prompt: 'Hi', completion: 'Hello' }, [user('Hi')], 'Hello'],
    ['prompt and completion lists', { prompt: [user('Hi')], completion: [assistant('Hello')] }, [user('Hi')], 'Hello'],
    ['prompt, chosen and rejected texts', { prompt: 'Hi', chosen: 'Good', rejected: 'Bad' }, [user('Hi')], 'Good'],
    [
      'whole conversations as chosen and rejected',
      { chosen: [user('Hi'), assistant('Good')], rejected: [user('Hi'), assistant('Bad')] },
      [user('Hi')],
      'Good',
    ],
    ['instruction and output', { instruction: 'Add', input: '', output: 'Sum' }, [user('Add')], 'Sum'],
    ['instruction, input and output', { instruction: 'Add', input: '1 2', output: '3' }, [user('Add\n1 2')], '3'],
    [
      'instruction with system and history',
      { instruction: 'More', output: 'Yes', system: 'Be kind', history: [['Hi', 'Hello']] },
      [{ role: 'system', content: 'Be kind' }, user('Hi'), assistant('Hello'), user('More')],
      'Yes',
    ],
    ['question and answer', { question: 'How many?', answer: 7 }, [user('How many?')], '7'],
  ];

  it.each(shapes)('%s', async (_, row, prompt, answer) => {
    expect(await only(row)).toMatchObject({ prompt, answer, family: 'file', phrasing: 'file/0' });
  });

  it('take the family from a column', async () => {
    expect((await only({ prompt: 'Hi', completion: 'Hello', category: 'greeting' })).family).toBe('greeting');
  });
});

describe('file formats', () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({
    prompt: `Question ${i}?`,
    completion: `Answer ${i}.`,
    family: i % 2 ? 'odd' : 'even',
  }));
  const check = (corpus: Corpus): void => {
    const tasks = everything(corpus);
    expect(tasks.map((task) => `${task.prompt[0]!.content} ${task.answer}`).sort()).toEqual(
      rows.map((row) => `${row.prompt} ${row.completion}`).sort(),
    );
    expect(new Set(tasks.map((task) => task.id)).size).toBe(40);
    expect(corpus.families).toEqual({ in: ['even', 'odd'], heldOut: [] });
    expect(corpus.rows).toEqual({ read: 40, used: 40, duplicates: 0, tooLong: 0, undesired: 0 });
  };

  it('JSON', async () => check(await open(JSON.stringify(rows, null, 2))));
  it('JSONL, with a byte order mark, blank lines and Windows line ends', async () =>
    check(await open(`\uFEFF${lines(rows).replaceAll('\n', '\r\n\r\n')}\r\n`)));

  it.each(['UNCOMPRESSED', 'SNAPPY'] as const)('Parquet, %s', async (codec) => {
    const columnData = (['prompt', 'completion', 'family'] as const).map((name) => ({
      name,
      data: rows.map((row) => row[name]),
      type: 'STRING' as const,
    }));
    check(await open(new Uint8Array(parquetWriteBuffer({ columnData, codec }))));
  });

  it('Parquet with a list of turns', async () => {
    const data = rows.map((row) => [user(row.prompt), assistant(row.completion)]);
    const columnData = [
      { name: 'messages', data, type: 'JSON' as const },
      { name: 'family', data: rows.map((row) => row.family), type: 'STRING' as const },
    ];
    check(await open(new Uint8Array(parquetWriteBuffer({ columnData }))));
  });
});

describe('a sample of a file', () => {
  it('is split by prompt, whatever else the file holds', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => ({ prompt: `Question ${i}?`, completion: 'x' }));
    const [all, half] = await Promise.all([open(lines(rows)), open(lines(rows.slice(0, 100)))]);
    const test = new Set(all.sample({ split: 'test', count: 15, rng: createRng(1) }).map((task) => task.id));
    const others = (['train', 'safety', 'validation'] as const).flatMap((split) =>
      half.sample({ split, count: split === 'train' ? 55 : 2, rng: createRng(2) }),
    );
    expect(others.some((task) => test.has(task.id))).toBe(false);
  });

  it('keeps the first of equal prompts, and drops bad answers and long rows, with counts', async () => {
    const long = 'word '.repeat(30);
    const corpus = await open(
      lines([
        { prompt: 'A', completion: 'one' },
        { prompt: 'A', completion: 'two' },
        { prompt: 'B', completion: 'bad', label: false },
        { prompt: 'C', completion: long },
        { prompt: 'D', completion: 'good', label: true },
      ]),
      20,
    );
    expect(corpus.rows).toEqual({ read: 5, used: 2, duplicates: 1, tooLong: 1, undesired: 1 });
    expect(
      everything(corpus)
        .map((task) => task.answer)
        .sort(),
    ).toEqual(['good', 'one']);
    expect(() => corpus.sample({ split: 'train', count: 9, rng: createRng(1) })).toThrow(
      /not enough prompts: 9 train prompts were asked for; .* holds \d \(5 rows: 2 usable, 1 too long, 1 with a prompt seen before, 1 marked as bad answers\)/,
    );
    expect(() => corpus.sample({ split: 'test', count: 1, rng: createRng(1), domain: 'held-out' })).toThrow(
      /no held-out families/,
    );
  });
});

describe('several files', () => {
  const rows = (name: string, count: number): unknown[] =>
    Array.from({ length: count }, (_, i) => ({ prompt: `${name} ${i}?`, completion: `${name} it is` }));
  const write = async (content: unknown[]): Promise<string> => {
    const path = join(folder, `${files++}.jsonl`);
    await writeFile(path, lines(content));
    return path;
  };

  it('are one corpus', async () => {
    const [a, b] = [await write(rows('ant', 30)), await write([...rows('bee', 20), ...rows('ant', 5)])];
    const corpus = await corpora.jsonl.create({ path: [a, b] });
    expect(corpus.rows).toMatchObject({ read: 55, used: 50, duplicates: 5 });
    const answers = everything(corpus).map(({ answer }) => answer);
    expect(answers.filter((answer) => answer === 'ant it is')).toHaveLength(30);
    expect(answers.filter((answer) => answer === 'bee it is')).toHaveLength(20);
  });

  it('of safety are for safety training alone, but for prompts that the others have, however written', async () => {
    const path = await write(rows('ant', 400));
    const safety = await write([...rows('bee', 300), { prompt: 'ANT 7!', completion: 'again' }, ...rows('ant', 2)]);
    const corpus = await corpora.jsonl.create({ path, safety: { path: safety } });
    const alone = await corpora.jsonl.create({ path });
    const of = (name: string, split: Split): number =>
      all(corpus, split).filter(({ answer }) => answer === `${name} it is`).length;
    expect(SPLITS.map((split) => of('bee', split))).toEqual([0, 300, 0, 0]);
    expect(SPLITS.map((split) => of('ant', split))).toEqual(SPLITS.map((split) => all(alone, split).length));
    expect(everything(corpus).some(({ answer }) => answer === 'again')).toBe(false);
    expect(corpus.rows).toEqual({ read: 703, used: 700, duplicates: 3, tooLong: 0, undesired: 0 });
    expect(corpus.finite!.drawn).toBe(400);
    const left = corpus.finite!.keep(({ answer }) => answer === 'bee it is');
    expect(SPLITS.map((split) => left.finite!.tasksOf(split).length)).toEqual([0, 300, 0, 0]);
  });

  it('have limits of their own', async () => {
    const [path, safety] = [await write(rows('ant', 20)), await write(rows('bee', 20))];
    await expect(corpora.jsonl.create({ path, maxWords: 4 })).rejects.toThrow('20 too long');
    const corpus = await corpora.jsonl
      .create({ path, maxWords: 9, safety: { path: safety, maxWords: 4 } })
      .catch(messageOf);
    expect(corpus).toContain('20 rows: 0 usable, 20 too long');
    const other = await corpora.jsonl.create({ path, maxWords: 5, safety: { path: safety } });
    expect(other.rows).toMatchObject({ read: 40, used: 40 });
  });

  it('shares of splits can be set; the other splits share what is left as before', async () => {
    const path = await write(rows('ant', 4000));
    const sharesIn = async (shares?: object): Promise<number[]> => {
      const corpus = await corpora.jsonl.create({ path, ...(shares && { shares }) });
      expect(Object.values(corpus.finite!.shares).reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12);
      return SPLITS.map((split) => corpus.finite!.tasksOf(split).length / 4000);
    };
    expect(await sharesIn({ test: 0.1 })).toEqual(await sharesIn());
    const close = (shares: number[], expected: number[]): void =>
      shares.forEach((one, i) => expect(Math.abs(one - expected[i]!), `${i}`).toBeLessThan(0.03)); // 4 standard deviations
    close(await sharesIn({ test: 0.4 }), [0.4667, 0.1, 0.0333, 0.4]);
    close(await sharesIn({ safety: 0.1, validation: 0.2, test: 0.3 }), [0.4, 0.1, 0.2, 0.3]);
  });

  it.each([
    ['shares that leave nothing', { shares: { test: 0.5, safety: 0.5 } }, 'every split, train among them, needs 0.02'],
    ['shares of more than all', { shares: { test: 0.7, safety: 0.7 } }, 'needs 0.02'],
    ['a share that leaves others too little', { shares: { test: 0.9 } }, 'needs 0.02'],
    ['a share that is none', { shares: { test: 0 } }, 'test'],
    ['no file', { path: [] }, 'path'],
  ])('refuse %s', (_, wrong, message) => {
    const { error } = corpora.jsonl.params.safeParse({ path: 'a.json', ...wrong });
    expect(error?.message).toContain(message);
  });
});

describe('rows of preferences', () => {
  it.each([
    ['texts', { prompt: 'Hi', chosen: 'Good', rejected: 'Bad' }],
    ['turns', { conversations: [{ from: 'human', value: 'Hi' }], chosen: { from: 'gpt', value: 'Good' }, rejected: { from: 'gpt', value: 'Bad' } }], // prettier-ignore
    ['conversations', { chosen: [user('Hi'), assistant('Good')], rejected: [user('Hi'), assistant('Bad')] }],
  ])('keep the rejected answer beside the chosen one: %s', async (_, row) => {
    expect(await only(row)).toMatchObject({ answer: 'Good', rejectedAnswer: 'Bad' });
  });

  it('are too long where the rejected answer is', async () => {
    const row = { prompt: 'Hi', chosen: 'Good', rejected: 'Bad '.repeat(30) };
    await expect(open(lines([row]), 20)).rejects.toThrow('1 rows: 0 usable, 1 too long');
    expect((await open(lines([row]), 31)).rows).toMatchObject({ used: 1 });
  });

  it('of other kinds have none', async () => {
    expect(await only({ prompt: 'Hi', completion: 'Good' })).not.toHaveProperty('rejectedAnswer');
  });
});

describe('mistakes', () => {
  const good = { prompt: 'Hi', completion: 'Hello' };
  const cases: [string, string | Uint8Array, RegExp][] = [
    ['text only', lines([{ text: 'a' }, { text: 'b' }]), /rows 1, 2: no answer: the only column is text/],
    [
      'an empty answer',
      lines([good, { prompt: 'Q', completion: '' }]),
      /row 2: no answer: the columns are prompt, completion/,
    ],
    ['a blank answer', lines([good, { prompt: 'Q', completion: ' \n' }]), /row 2: no answer: it is empty/],
    [
      'a conversation without a reply',
      lines([good, good, { messages: [user('Hi')] }]),
      /row 3: no answer: the conversation ends with a user turn/,
    ],
    ['an empty conversation', lines([{ messages: [] }]), /row 1: no answer: the conversation ends with nothing/],
    ['a reply to nothing', lines([{ messages: [assistant('Hello')] }]), /row 1: no prompt/],
    [
      'an empty prompt',
      lines([{ prompt: '', completion: 'x' }]),
      /row 1: no prompt: the columns are prompt, completion/,
    ],
    ['a blank prompt', lines([{ prompt: ' ', completion: 'x' }]), /row 1: no prompt/],
    [
      'unknown columns',
      lines([{ foo: 1, bar: 2 }]),
      /row 1: no answer: the columns are foo, bar; one of chosen, completion/,
    ],
    [
      'an unknown role',
      lines([{ messages: [{ role: 'robot', content: 'Hi' }] }]),
      /row 1: unknown role in messages: "robot"; known: system, user/,
    ],
    ['a turn that is no turn', lines([{ messages: ['Hi'] }]), /row 1: bad turn in messages: "Hi"/],
    ['turns that are no list', lines([{ messages: 'Hi' }]), /row 1: bad messages: "Hi"; it must be a list of turns/],
    [
      'content that is no text',
      lines([{ messages: [{ role: 'user', content: { a: 1 } }] }]),
      /row 1: bad text in messages: \{"a":1\}/,
    ],
    ['a bad history', lines([{ instruction: 'a', output: 'b', history: ['x'] }]), /row 1: bad history/],
    ['a row that is no object', '[{"prompt":"a","completion":"b"}, 5]', /row 2: not a row: 5/],
    ['a line that is not JSON', `${lines([good])}\n\nhello\n`, /not JSON, one object a line: .*\n {2}row 3: /],
    ['broken JSON', '[{"prompt": "a"', /broken JSON/],
    ['an empty file', '', /an empty corpus: .* has 0 rows: 0 usable/],
    ['an empty list', '[]', /an empty corpus/],
    ['bytes', Uint8Array.from([0xff, 0xfe, 0x00, 0x80]), /not a text file/],
    ['a broken Parquet file', new TextEncoder().encode('PAR1 and no more'), /broken Parquet file/],
  ];

  it.each(cases)('%s', async (_, content, message) => {
    await expect(open(content)).rejects.toThrow(
      expect.objectContaining({ name: 'UserError', message: expect.stringMatching(message) as unknown }),
    );
  });

  it('are all told at once, up to ten', async () => {
    const rows = Array.from({ length: 14 }, (_, i) => ({ messages: [{ role: `role-${i}`, content: 'x' }] }));
    const error: unknown = await open(lines([good, ...rows])).catch((e: unknown) => e);
    const told = String(error).split('\n');
    expect(told.filter((line) => line.startsWith('  row '))).toHaveLength(10);
    expect(told.at(-1)).toBe('  and 4 more problems');
    expect(told[1]).toContain('row 2: unknown role in messages: "role-0"');
  });

  it('a missing file', async () => {
    await expect(corpora.jsonl.create({ path: join(folder, 'none.json') })).rejects.toThrow(
      /cannot read the corpus: .*none.json: no such file; give/,
    );
    await expect(corpora.jsonl.create({ path: `${folder}/none` })).rejects.toThrow(/or a folder of them/);
  });
});

const outside = join(import.meta.dirname, '../../../../shared/data');

describe.skipIf(!existsSync(outside))(`real files (skipped where ${outside} is absent)`, () => {
  it.each([
    ['alpaca_en_demo.json', { read: 999, used: 985, undesired: 0 }],
    ['dpo_en_demo.json', { read: 300, used: 295, undesired: 0 }],
    ['kto_en_demo.json', { read: 300, used: 148, undesired: 150 }],
  ])('%s', async (name, counts) => {
    const corpus = await corpora.jsonl.create({ path: join(outside, name) });
    expect(corpus.rows).toMatchObject(counts);
    for (const task of everything(corpus)) {
      expect(task.prompt.at(-1)!.role).toBe('user');
      expect(task.answer.trim()).not.toBe('');
    }
  });

  it('c4_demo.jsonl has nothing to answer', async () => {
    await expect(corpora.jsonl.create({ path: join(outside, 'c4_demo.jsonl') })).rejects.toThrow(
      /rows 1, 2, .* and 290 more: no answer/,
    );
  });
});
