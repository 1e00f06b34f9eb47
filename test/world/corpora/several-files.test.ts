import { describe, expect, it } from 'vitest';
import { corpora } from '../../../src/world/corpora/index.ts';
import { describeRows } from '../../../src/world/corpora/file.ts';
import { SPLITS, type Split } from '../../../src/world/corpora/types.ts';
import { all, assistant, everything, lines, rowsFolder, user } from './own-rows.ts';

const own = rowsFolder();
const { open, only } = own;

describe('several files', () => {
  const rows = (name: string, count: number): unknown[] =>
    Array.from({ length: count }, (_, i) => ({ prompt: `${name} ${i}?`, completion: `${name} it is` }));
  const write = (content: readonly unknown[]): Promise<string> => own.write(lines(content));

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
    expect(corpus.rows).toEqual({ read: 703, used: 700, duplicates: 3, tooLong: 0, undesired: 0, forSafety: 300 });
    expect(describeRows(corpus.rows!)).toBe(
      '703 rows: 700 usable (300 by safety training alone), 3 with a prompt seen before',
    );
    expect(corpus.finite!.drawn).toBe(400);
    const left = corpus.finite!.keep(({ answer }) => answer === 'bee it is');
    expect(SPLITS.map((split) => left.finite!.tasksOf(split).length)).toEqual([0, 300, 0, 0]);
  });

  it('that are missing are told all at once, and an empty one by its name', async () => {
    const path = await write(rows('ant', 20));
    const some = corpora.jsonl.create({ path: [path, 'no-a.json'], safety: { path: 'no-b.json' } });
    await expect(some).rejects.toThrow('cannot read the corpus: no-a.json, no-b.json: no such file; give');
    const empty = await own.write('');
    await expect(corpora.jsonl.create({ path: [path, empty] })).rejects.toThrow(`${empty} has no rows`);
  });

  it('have limits of their own', async () => {
    const [path, safety] = [await write(rows('ant', 20)), await write(rows('bee', 20))];
    await expect(corpora.jsonl.create({ path, maxWords: 4 })).rejects.toThrow('20 too long');
    const strict = corpora.jsonl.create({ path, maxWords: 9, safety: { path: safety, maxWords: 4 } });
    await expect(strict).rejects.toThrow('20 rows: 0 usable, 20 too long; raise maxWords (');
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

  it('are too long where a number or a text without spaces is', async () => {
    const of = (completion: string): string => lines([{ prompt: 'What is it?', completion }]);
    await expect(open(of(`1.${'0'.repeat(600)}`), 200)).rejects.toThrow('1 too long'); // 3 + 201
    expect((await open(of(`1.${'0'.repeat(580)}`), 200)).rows).toMatchObject({ used: 1 });
    expect((await open(of('x'.repeat(100)), 4)).rows).toMatchObject({ used: 1 });
  });

  it('of other kinds have none', async () => {
    expect(await only({ prompt: 'Hi', completion: 'Good' })).not.toHaveProperty('rejectedAnswer');
  });
});
