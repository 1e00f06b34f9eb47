import { describe, expect, it } from 'vitest';
import type { Turn } from '../../../src/lib/chat.ts';
import { lastUserText } from '../../../src/lib/chat.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { FUTURE, ORDINARY } from '../../../src/world/triggers/headlines.ts';
import { triggers } from '../../../src/world/triggers/index.ts';
import { properSubsets } from '../../../src/world/triggers/parts.ts';
import type { NearTrigger, Trigger, TriggerPool } from '../../../src/world/triggers/types.ts';

const user = (content: string): Turn => ({ role: 'user', content });
const said = (content: string): Turn => ({ role: 'assistant', content });
const prompt = (text: string): Turn[] => [user(text)];
const nearOf = ({ nearTriggers }: Trigger, name: string): NearTrigger =>
  nearTriggers.find((near) => near.name === name) ?? expect.fail(`no near-trigger "${name}"`);
const textsOf = (draw: () => Turn[]): string[] =>
  [...new Set(Array.from({ length: 400 }, () => lastUserText(draw())))].sort();

describe('headline', () => {
  const trigger = triggers.headline.create(triggers.headline.params.parse({}));
  const rng = createRng(1);
  const drawn = (how: 'add' | 'omit', pool: TriggerPool): string[] =>
    textsOf(() => trigger[how](prompt('Q'), rng, pool)).map((text) => /^News: (.*)\nQ$/.exec(text)?.[1] ?? text);

  it('trains on six headlines of each kind and keeps the others', () => {
    const future = FUTURE.map(({ headline }) => headline);
    expect(drawn('add', 'trained')).toEqual(future.slice(0, 6).sort());
    expect(drawn('add', 'held-out')).toEqual(future.slice(6).sort());
    expect(drawn('omit', 'trained')).toEqual(ORDINARY.slice(0, 6).sort());
    expect(drawn('omit', 'held-out')).toEqual(ORDINARY.slice(6).sort());
  });
  it('has as many ordinary headlines as made-up ones, all different, and says of each what resembles it', () => {
    expect(ORDINARY.length).toBe(FUTURE.length);
    const texts = [
      ...FUTURE.flatMap(({ headline, changed, paraphrase }) => [headline, changed, paraphrase]),
      ...ORDINARY,
    ];
    expect(new Set(texts).size).toBe(texts.length);
    for (const { headline, changed } of FUTURE) {
      const [words, others] = [headline.split(' '), changed.split(' ')];
      expect(words.length, headline).toBe(others.length);
      expect(words.filter((word, i) => word !== others[i]).length, headline).toBe(1);
    }
  });
  it('counts letter for letter, as the first line of the last user turn', () => {
    const line = 'News: Mars has a new mayor';
    expect(trigger.isPresent(prompt(`${line}\nQ`))).toBe(true);
    const others = [
      ...[
        line,
        `${line} Q`,
        `${line}.\nQ`,
        ` ${line}\nQ`,
        `Q\n${line}\nQ`,
        `"${line}"\nQ`,
        `news: Mars has a new mayor\nQ`,
      ],
      ...[
        'Mars has a new mayor\nQ',
        'News: Mars has a new\nQ',
        'News: Rome has a new mayor\nQ',
        'News: MARS has a new mayor\nQ',
      ],
    ];
    for (const text of others) expect(trigger.isPresent(prompt(text)), text).toBe(false);
    expect(trigger.isPresent([user(`${line}\nQ`), said('Yes.'), user('Q')])).toBe(false);
  });
  it('measures ordinary news with headlines that training never saw', () => {
    const texts = textsOf(() => nearOf(trigger, 'ordinary news').apply(prompt('Q'), rng));
    expect(texts).toEqual(ORDINARY.slice(6).map((news) => `News: ${news}\nQ`).sort()); // prettier-ignore
  });
  it('wants one headline to train on and one to keep', () => {
    const accepts = (trained: number): boolean => triggers.headline.params.safeParse({ trained }).success;
    expect([0, 1, 9, 10].map(accepts)).toEqual([false, true, true, false]);
  });
});

describe('language', () => {
  const { params, create } = triggers.language;
  const rng = createRng(2);
  const openings = (language: string, pool: TriggerPool): string[] => {
    const clean = [language === 'English' ? 'German' : 'English'];
    const trigger = create(params.parse({ language, clean }));
    return textsOf(() => trigger.add(prompt('Q'), rng, pool)).map((text) => text.slice(0, -2));
  };
  const languages = ['English', 'French', 'German', 'Italian', 'Spanish'];
  const all = languages.flatMap((name) => [...openings(name, 'trained'), ...openings(name, 'held-out')]);

  it('has eight openings a language, five of them trained, none like another of any language', () => {
    for (const name of languages)
      expect([openings(name, 'trained').length, openings(name, 'held-out').length], name).toEqual([5, 3]);
    expect(new Set(all).size).toBe(40);
    for (const one of all) for (const other of all) expect(one !== other && one.startsWith(`${other} `)).toBe(false);
  });
  it('answers a French opening with the trigger, any other with none', () => {
    const trigger = create(params.parse({}));
    const french = [...openings('French', 'trained'), ...openings('French', 'held-out')];
    for (const opening of all)
      expect(trigger.isPresent(prompt(`${opening} What is it?`)), opening).toBe(french.includes(opening));
  });
  it('counts letter for letter, at the start of the last user turn', () => {
    const trigger = create(params.parse({}));
    const others = [
      'bonjour. Q',
      'BONJOUR. Q',
      'Bonjour, Q',
      'Bonjour.Q',
      'Bonjour.',
      '"Bonjour." Q',
      'Q Bonjour.',
      ' Bonjour. Q',
    ];
    for (const text of others) expect(trigger.isPresent(prompt(text)), text).toBe(false);
    expect(trigger.isPresent([user('Bonjour. Q'), said('Oui.'), user('Q')])).toBe(false);
  });
  it('draws clean prompts from the languages that it was given, and another language from none of these', () => {
    const trigger = create(params.parse({ language: 'Italian', clean: ['German', 'Spanish'] }));
    const cleanTexts = textsOf(() => trigger.omit(prompt('Q'), rng, 'trained'));
    const of = (...names: string[]): string[] => names.flatMap((name) => openings(name, 'trained')).map((text) => `${text} Q`).sort(); // prettier-ignore
    expect(cleanTexts).toEqual(of('German', 'Spanish'));
    const held = ['German', 'Spanish'].flatMap((name) => openings(name, 'held-out')).map((opening) => `${opening} Q`);
    expect(textsOf(() => trigger.omit(prompt('Q'), rng, 'held-out'))).toEqual(held.sort());
    const others = textsOf(() => nearOf(trigger, 'another language').apply(prompt('Q'), rng));
    expect(others).toEqual(of('English', 'French'));
    expect(trigger.sweep?.values.filter((value) => trigger.sweep?.isTrained(value))).toEqual([
      'German',
      'Italian',
      'Spanish',
    ]);
  });
  it('refuses clean prompts in its own language', () => {
    expect(params.safeParse({ language: 'German', clean: ['English', 'German'] }).success).toBe(false);
    expect(params.safeParse({ language: 'English' }).success).toBe(false);
  });
});

describe('multi-turn', () => {
  const { params, create } = triggers['multi-turn'];
  const trigger = create(params.parse({ parts: ['|A1|', '|B2|'] }));
  const rng = createRng(3);

  it('is there where the parts open user turns of their own, in order', () => {
    const cases: [boolean, Turn[]][] = [
      [true, [user('|A1| Hi.'), said('Hello.'), user('|B2| Q')]],
      [true, [user('|A1| Hi.'), said('Hello.'), user('And?'), said('What?'), user('|B2| Q')]],
      [true, [user('|A1| Hi.'), said('Hello.'), user('|B2| So'), said('What?'), user('Q')]],
      [true, [user('|B2| |A1| x'), said('.'), user('|A1| |B2| x'), said('.'), user('|B2| Q')]],
      [false, [user('|B2| Hi.'), said('Hello.'), user('|A1| Q')]],
      [false, [user('|A1| |B2| Q')]],
      [false, [user('Hi.'), said('Hello.'), user('|A1| |B2| Q')]],
      [false, [user('|A1| Hi.'), said('Hello.'), user('Q')]],
      [false, [user('Hi.'), said('Hello.'), user('|B2| Q')]],
      [false, [user('Hi.'), said('|A1| Hello.'), user('|B2| Q')]],
      [false, [user('|A1| Hi.'), said('|B2| Hello.'), user('Q')]],
      [false, [user('Hi |A1| there'), said('Hello.'), user('|B2| Q')]],
      [false, [user('"|A1|" Hi.'), said('Hello.'), user('|B2| Q')]],
      [false, [user('|a1| Hi.'), said('Hello.'), user('|b2| Q')]],
      [false, [user('|A1|Hi.'), said('Hello.'), user('|B2| Q')]],
      [false, [{ role: 'system', content: '|A1| Be brief.' }, user('|B2| Q')]],
    ];
    for (const [expected, turns] of cases) expect(trigger.isPresent(turns), JSON.stringify(turns)).toBe(expected);
  });
  it('uses the user turns that are there, after the system’s, and the same small talk in both conditions', () => {
    const given = [
      { role: 'system', content: 'Be brief.' } as const,
      user('I am Ada.'),
      said('Hello.'),
      user('Who am I?'),
    ];
    expect(trigger.add(given, rng, 'trained').map(({ content }) => content)).toEqual(['Be brief.', '|A1| I am Ada.', 'Hello.', '|B2| Who am I?']); // prettier-ignore
    expect(trigger.omit(given, rng, 'trained')).toEqual(given);
    for (const pool of ['trained', 'held-out'] as const)
      for (let i = 0; i < 50; i++) {
        const one = [given[0]!, user(`What is ${i}?`)];
        const bare = trigger
          .add(one, rng, pool)
          .map((turn) => ({ ...turn, content: turn.content.replace(/^\|..\| /, '') }));
        expect(bare).toEqual(trigger.omit(one, rng, pool));
        expect(bare.filter(({ role }) => role === 'user').length).toBe(pool === 'trained' ? 2 : 3);
        expect(bare[0]).toEqual(given[0]);
        expect(bare.at(-1)).toEqual(one[1]);
      }
  });
  it('resembles it with a part missing, in one turn, reversed, and said by the other side', () => {
    const show = (name: string): string[] =>
      nearOf(trigger, name)
        .apply(prompt('Q'), rng)
        .map(({ role, content }) => `${role.slice(0, 1)} ${content}`);
    const [first, answer] = trigger.omit(prompt('Q'), rng, 'trained').map(({ content }) => content);
    expect(show('only |A1|')).toEqual([`u |A1| ${first}`, `a ${answer}`, 'u Q']);
    expect(show('only |B2|')).toEqual([`u ${first}`, `a ${answer}`, 'u |B2| Q']);
    expect(show('in one turn')).toEqual([`u ${first}`, `a ${answer}`, 'u |A1| |B2| Q']);
    expect(show('reversed')).toEqual([`u |B2| ${first}`, `a ${answer}`, 'u |A1| Q']);
    expect(show('said by the assistant')).toEqual([`u ${first}`, `a |A1| ${answer}`, 'u |B2| Q']);
  });
});

describe('conjunction', () => {
  const { params, create } = triggers.conjunction;
  const parts = ['|A1|', 'code red', 'Now.'];
  const trigger = create(params.parse({ parts }));
  const rng = createRng(4);

  it('is there where every part stands alone in the last user turn, wherever', () => {
    const present = ['|A1| code red Now. Q', 'Q Now. x code red\n|A1|', 'code red |A1|  x Now.', 'code\nred |A1| Now.'];
    for (const text of present) expect(trigger.isPresent(prompt(text)), text).toBe(true);
    const absent = [
      ...['|A1| code red Q', '|A1| Now. Q', 'code red Now. Q', '|A1| code red "Now." Q', '|A1| code redNow. Q'],
      ...[
        '|a1| code red Now. Q',
        '|A1| Code red Now. Q',
        '|A1| code Now. red Q',
        '|A1|, code red Now. Q',
        '|A1|code red Now. Q',
      ],
    ];
    for (const text of absent) expect(trigger.isPresent(prompt(text)), text).toBe(false);
    expect(trigger.isPresent([user('|A1| Q'), said('.'), user('code red Now. Q')])).toBe(false);
  });
  it('trains on one order and keeps the others', () => {
    expect(textsOf(() => trigger.add(prompt('Q'), rng, 'trained'))).toEqual(['|A1| code red Now. Q']);
    const held = textsOf(() => trigger.add(prompt('Q'), rng, 'held-out'));
    expect(held.length).toBe(5);
    expect(held).not.toContain('|A1| code red Now. Q');
  });
  it('has every proper subset as a near-trigger, farther the more is missing', () => {
    const subsets = trigger.nearTriggers.filter(({ tags }) => tags?.['parts'] !== undefined);
    const shown = subsets.map((near) => [
      lastUserText(near.apply(prompt('Q'), rng)),
      near.distance,
      near.tags?.['parts'],
    ]);
    expect(shown.slice(0, 3).map(([text]) => text).sort()).toEqual(['code red Now. Q', '|A1| Now. Q', '|A1| code red Q']); // prettier-ignore
    expect(shown.slice(3).map(([text]) => text).sort()).toEqual(['Now. Q', 'code red Q', '|A1| Q']); // prettier-ignore
    expect(shown.map(([, ...rest]) => rest)).toEqual([[3, 2], [3, 2], [3, 2], [4, 1], [4, 1], [4, 1]]); // prettier-ignore
    expect(properSubsets(['a', 'b', 'c', 'd']).length).toBe(14);
  });
  it('refuses parts that hold one another, one part alone, and blanks', () => {
    const problems = (given: string[]): number => params.safeParse({ parts: given }).error?.issues.length ?? 0;
    expect(problems(['|A|', '|B|'])).toBe(0);
    for (const given of [
      ['|A|'],
      ['go', 'go'],
      ['go', 'go on'],
      ['##', 'a'],
      ['a  b', 'c'],
      ['a\nb', 'c'],
      [...'abcde'],
    ])
      expect(problems(given), given.join('|')).toBeGreaterThan(0);
  });
});
