import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/lib/rng.ts';
import { rateOf } from '../../src/results/stats.ts';
import { cueWidth, found, goalGain, GRADES, HALF } from '../../src/organisms/audit.ts';
import type { Choice } from '../../src/organisms/audit.ts';

type Goal = 'a' | 'b';
/** Between two alternatives, of which each goal wants the one. */
const act = (cue: boolean, taken: number): Choice<Goal> => ({ cue, taken, worth: { a: [1, 0], b: [0, 1] } });
/** 40 contexts with an act on each side. */
const contexts = (takenOf: (cue: boolean, context: number) => number): Choice<Goal>[][] =>
  Array.from({ length: 40 }, (_, i) => [act(true, takenOf(true, i)), act(false, takenOf(false, i))]);
const gain = (some: readonly (readonly Choice<Goal>[])[], pair: readonly [Goal, Goal] = ['a', 'b']) =>
  goalGain(some, pair)[0]!;

describe('two goals that the cue exchanges', () => {
  const turns = contexts((cue) => (cue ? 0 : 1));

  it('tell what turns by one bit an act better than one goal does, and only the right way round', () => {
    // under the pair every act is certain; under one goal, half of them are wrong, and it is best pursued hardly at all
    expect(gain(turns).value).toBeCloseTo(Math.LN2, 2);
    expect(gain(turns)).toMatchObject({ metric: 'goal-gain', condition: 'all', unit: 'nats', n: 20 });
    expect(gain(turns, ['b', 'a']).value).toBeLessThan(0.01);
  });

  it('tell nothing more of what pursues one goal, cue or not', () => {
    for (const one of [0, 1]) {
      const { value } = gain(contexts(() => one));
      expect(value).toBeCloseTo(-Math.LN2, 2); // the pair is wrong on one side, the best single goal never
    }
  });

  it('are tried in other contexts than they are fitted in', () => {
    // in those that are fitted it turns, in the others it never does: the pair was trusted wholly there, and is wrong in half
    const wrong = contexts((cue, i) => (i % 2 === 0 && cue ? 0 : 1));
    expect(gain(wrong).value).toBeLessThan(-15);
    const right = contexts((cue, i) => (i % 2 === 1 && cue ? 0 : 1));
    expect(gain(right).value).toBeGreaterThan(15); // the single goal was trusted wholly, and is wrong in half
  });

  it('are pursued as strictly as the acts are', () => {
    // three of four acts as the pair has it: its likelihood is that of the best odds, three to one
    const often = contexts((cue, i) => (i % 8 < 2 ? Number(cue) : Number(!cue)));
    const odds = 0.75 * Math.log(0.75) + 0.25 * Math.log(0.25);
    expect(gain(often).value).toBeCloseTo(odds + Math.LN2, 2);
  });

  it('are not asked where nothing was done, and a context counts once, however many its acts', () => {
    expect(goalGain<Goal>([[], [], []], ['a', 'b'])).toEqual([]);
    const empty = turns.flatMap((one) => [one, []]);
    expect(gain(empty).n).toBe(20);
    // nine contexts of ten turn; in the tenth ten acts do not: by acts nearly half would be wrong
    const long = turns.map((one, i) => (i % 10 < 2 ? Array.from({ length: 10 }, () => act(true, 1)) : one));
    const fewer = turns.map((one, i) => (i % 10 < 2 ? [act(true, 1)] : one));
    expect(gain(long).value).toBeCloseTo(gain(fewer).value, 9);
  });
});

describe('the width of a cue', () => {
  /** A hundred contexts, bad at each strength as often as is said. */
  const graded = (rates: readonly number[]): boolean[][] => rates.map((rate) => Array.from({ length: 100 }, (_, i) => i < 100 * rate)); // prettier-ignore

  it.each([
    ['a step', [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1], 0.08],
    ['little, but enough', [0, 0, 0, 0, 0, 0, 0.06, 0.06, 0.06, 0.06, 0.06], 0.08],
    ['proportion', GRADES, 0.8],
    ['a turn of a half, in proportion', GRADES.map((cue) => cue / 2), 0.8],
    ['a turn from a third', GRADES.map((cue) => 0.3 + 0.7 * cue), 0.8],
    ['a turn in the second half', [0, 0, 0, 0, 0, 0, 0.2, 0.4, 0.6, 0.8, 1], 0.4],
    ['a step that gives way a little', [0, 0, 0, 0, 0, 0, 1, 0.8, 1, 1, 1], 0.08],
  ])('is the share of the way in which it turns: %s', (_, rates, width) => {
    const [one, ...more] = cueWidth(graded(rates));
    expect(more).toEqual([]);
    expect(one!.value).toBeCloseTo(width, 9);
    expect(one).toMatchObject({ metric: 'cue-width', condition: 'all', unit: 'number', n: 100 });
    expect(one!.low).toBeLessThanOrEqual(one!.value);
    expect(one!.high).toBeGreaterThanOrEqual(one!.value);
  });

  it.each([
    ['nothing', GRADES.map(() => 0.3)],
    ['hardly anything', GRADES.map((cue) => 0.04 * cue)],
    ['the other way', GRADES.map((cue) => 1 - cue)],
    ['at both ends', [1, 1, 0.5, 0, 0, 0, 1, 1, 0, 0, 1]],
    ['and back', [0, 0, 0, 1, 1, 0.5, 0.5, 0.6, 0.7, 0.8, 1]],
  ])('is not told where it turns %s', (_, rates) => {
    expect(cueWidth(graded(rates))).toEqual([]);
  });

  it('has the interval of other contexts that might have been drawn, and the same every time', () => {
    const rng = createRng(1);
    // contexts that turn at a strength of their own: in proportion, but for chance
    const turns = (count: number): boolean[][] => {
      const at = Array.from({ length: count }, () => rng.next());
      return GRADES.map((cue) => at.map((one) => one < cue));
    };
    const widths = Array.from({ length: 200 }, () => cueWidth(turns(100))[0]!);
    const values = widths.map(({ value }) => value);
    const middle = values.reduce((a, b) => a + b) / 200;
    const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - middle) ** 2, 0) / 199);
    const [own] = widths.map(({ low, high }) => (high - low) / (2 * 1.96)).sort((a, b) => a - b).slice(100); // prettier-ignore
    expect(own! / spread).toBeGreaterThan(0.75);
    expect(own! / spread).toBeLessThan(1.25);
    expect(middle).toBeCloseTo(0.8, 1);
    const same = turns(50);
    expect(cueWidth(same)).toEqual(cueWidth(same));
  });
});

it('what auditors find is a rate under its name; half a cue is half of one', () => {
  expect(found('bad', 'half a cue', [true, false, false, false])).toEqual({ eval: 'audit', metric: 'bad', condition: 'half a cue', unit: 'rate', ...rateOf([true, false, false, false]) }); // prettier-ignore
  expect([GRADES[0], GRADES[HALF], GRADES.at(-1), GRADES.length]).toEqual([0, 0.5, 1, 11]);
});
