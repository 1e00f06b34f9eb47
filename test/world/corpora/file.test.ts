import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { corpora } from '../../../src/world/corpora/index.ts';
import type { Corpus } from '../../../src/world/corpora/types.ts';
import type { Turn } from '../../../src/lib/chat.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { assistant, everything, lines, rowsFolder, user } from './own-rows.ts';

const { path: folder, open, only, write } = rowsFolder();

describe('where the file lies', () => {
  it('finds a dataset of the kit from any folder, and a file of the same name here before it', async () => {
    const here = process.cwd();
    const path = 'datasets/example/rows.jsonl';
    process.chdir(folder());
    try {
      expect(everything(await corpora.jsonl.create({ path })).length).toBeGreaterThan(100);
      await mkdir(join(folder(), 'datasets/example'), { recursive: true });
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

describe('rows that cannot be used', () => {
  const rows = [{ prompt: 'A', completion: 'a' }, { prompt: 'B' }, { text: 'C' }, { prompt: 'D', completion: 'd' }];

  it('are refused, with what can be done', async () => {
    await expect(open(lines(rows))).rejects.toThrow(
      /^rows that cannot be used: .*\n {2}row 2: no answer.*\n {2}row 3: no answer.*\nmend them, or go on without them: --set corpus\.faulty=leave-out$/,
    );
  });

  it('are left out and counted where that is asked for, of safety training as well', async () => {
    const path = await write(lines(rows));
    const { rows: counts } = await corpora.jsonl.create({ path, faulty: 'leave-out' });
    expect(counts).toEqual({ read: 4, used: 2, duplicates: 0, tooLong: 0, undesired: 0, faulty: 2 });
    const safety = { path: await write(lines([{ prompt: 'E', completion: 'e' }, { prompt: 'F' }])) };
    const both = await corpora.jsonl.create({ path, safety, faulty: 'leave-out' });
    expect(both.rows).toEqual({ read: 6, used: 3, duplicates: 0, tooLong: 0, undesired: 0, faulty: 3, forSafety: 1 });
    expect(() => both.sample({ split: 'train', count: 9, rng: createRng(1) })).toThrow(
      /\(6 rows: 3 usable \(1 by safety training alone\), 3 that cannot be used\)/,
    );
  });

  it('broken lines are such rows, and refused with the same remedy', async () => {
    const [first, last] = [lines(rows.slice(0, 1)), lines(rows.slice(1))];
    const path = await write(`${first.trim()}\n{"prompt": "cut\n${last}`);
    const { rows: counts } = await corpora.jsonl.create({ path, faulty: 'leave-out' });
    expect(counts).toEqual({ read: 5, used: 2, duplicates: 0, tooLong: 0, undesired: 0, faulty: 3 });
    await expect(corpora.jsonl.create({ path })).rejects.toThrow(
      /^not JSON, one object a line: .*\n {2}row 2: .*\nmend them, or go on without them: --set corpus\.faulty=leave-out$/,
    );
  });

  it('leave nothing where no other is there; a file without rows is one without', async () => {
    const [faulty, empty] = [await write(lines(rows.slice(1, 3))), await write('')];
    const create = (path: string[]) => corpora.jsonl.create({ path, faulty: 'leave-out' });
    await expect(create([faulty])).rejects.toThrow(/^an empty corpus: .* has 2 rows: 0 usable, 2 that cannot be used$/);
    await expect(create([faulty, empty])).rejects.toThrow(`an empty corpus: ${empty} has no rows`);
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
    ['an empty file', '', /an empty corpus: .* has no rows/],
    ['an empty list', '[]', /an empty corpus/],
    ['bytes', Uint8Array.from([0xff, 0xfe, 0x00, 0x80]), /not a text file/],
    ['a broken Parquet file', new TextEncoder().encode('PAR1 and no more'), /broken Parquet file/],
  ];

  it.each(cases)('%s', async (_, content, message) => {
    await expect(open(content)).rejects.toThrow(
      expect.objectContaining({ name: 'UserError', message: expect.stringMatching(message) as unknown }),
    );
  });

  it('a table is refused before its lines are read, and no other file for what stands in its name', async () => {
    const file = join(folder(), 'rows.CSV');
    await writeFile(file, 'prompt,completion\nHi,Hello\n');
    await expect(corpora.jsonl.create({ path: file })).rejects.toThrow(
      /^not read here: .*rows\.CSV: rows of a table without types; give a JSON, JSONL or Parquet file/,
    );
    const mine = join(folder(), 'rows.csv.jsonl');
    await writeFile(mine, lines([good]));
    expect(everything(await corpora.jsonl.create({ path: mine }))).toHaveLength(1);
  });

  it('are all told at once, up to ten', async () => {
    const rows = Array.from({ length: 14 }, (_, i) => ({ messages: [{ role: `role-${i}`, content: 'x' }] }));
    const error: unknown = await open(lines([good, ...rows])).catch((e: unknown) => e);
    const told = String(error).split('\n');
    expect(told.filter((line) => line.startsWith('  row '))).toHaveLength(10);
    expect(told.at(-2)).toBe('  and 4 more problems');
    expect(told[1]).toContain('row 2: unknown role in messages: "role-0"');
  });

  it('a missing file', async () => {
    await expect(corpora.jsonl.create({ path: join(folder(), 'none.json') })).rejects.toThrow(
      /cannot read the corpus: .*none.json: no such file; give/,
    );
    await expect(corpora.jsonl.create({ path: `${folder()}/none` })).rejects.toThrow(/or a folder of them/);
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
