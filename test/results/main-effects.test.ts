import { describe, expect, it } from 'vitest';
import { mainEffects } from '../../src/results/main-effects.ts';
import type { Observation } from '../../src/results/main-effects.ts';
import { createRng } from '../../src/lib/rng.ts';
import { rate } from '../../src/results/stats.ts';

const N = 200;
const rng = (): ReturnType<typeof createRng> => createRng('test');

/** Rates by learning rate, the same for both sizes; every seed a little off. */
const grid = (rates: readonly number[], seeds: readonly number[], shift = 0): Observation[] =>
  rates.flatMap((p, i) =>
    ['small', 'large'].flatMap((size) =>
      seeds.map((seed) => ({
        levels: { lr: String(i), size },
        seed,
        sample: rate(Math.round((p + shift * seed) * N), N),
      })),
    ),
  );
const effect = (observations: readonly Observation[], factor: string) =>
  mainEffects(observations, ['lr', 'size'], { rng: rng(), resamples: 400 }).find((one) => one.factor === factor)!;

describe('main effects', () => {
  it('are the range of level means, all else averaged over, and a share of the variance', () => {
    const lr = effect(grid([0.9, 0.5, 0.1], [1]), 'lr');
    expect(lr.levels.map(({ level, value, observations }) => [level, value, observations])).toEqual([
      ['0', 0.9, 2],
      ['1', 0.5, 2],
      ['2', 0.1, 2],
    ]);
    expect(lr.range).toBeCloseTo(0.8);
    expect(lr.share).toBeCloseTo(1);
  });

  it('shares by hand: two levels of two factors, one with twice the effect', () => {
    // values 0, .2, .4, .6: mean .3, SS .2; lr means .1 and .5: 4 x .04 = .16; size means .2 and .4: .04
    const at = (lr: string, size: string, p: number): Observation => ({
      levels: { lr, size },
      seed: 1,
      sample: rate(p * N, N),
    });
    const four = [at('a', 's', 0), at('a', 'l', 0.2), at('b', 's', 0.4), at('b', 'l', 0.6)];
    expect(effect(four, 'lr').share).toBeCloseTo(0.8);
    expect(effect(four, 'size').share).toBeCloseTo(0.2);
    expect(effect(four, 'size').range).toBeCloseTo(0.2);
  });

  it('tell what matters from what does not by shuffling levels within the rest', () => {
    const observations = grid([0.9, 0.5, 0.1], [1, 2, 3]);
    expect(effect(observations, 'lr').test?.pValue).toBeLessThan(0.01);
    expect(effect(observations, 'size').test?.pValue).toBe(1);
  });

  it('find a small effect beside a large one: levels are shuffled where all else is equal', () => {
    const observations = grid([0.9, 0.5, 0.1], [1, 2, 3]).map(({ levels, seed, sample }) => {
      const more = levels.size === 'large' ? 8 : 0;
      return { levels, seed, sample: rate(sample.successes! + more, N) };
    });
    expect(effect(observations, 'size').range).toBeCloseTo(0.04);
    // 9 pairs, all with the larger value at one size: 2 of 2^9 orders
    expect(effect(observations, 'size').test).toEqual({ pValue: 2 / 512, floor: 2 / 512 });
  });

  it('compare the seeds, too, and widen where seeds disagree about a level', () => {
    const alike = effect(grid([0.3, 0.3], [1, 2, 3]), 'lr');
    expect(effect(grid([0.3, 0.3], [1, 2, 3], 0.1), 'seed').range).toBeCloseTo(0.2);
    expect(effect(grid([0.3, 0.3], [1, 2, 3]), 'seed').range).toBeCloseTo(0);
    const torn = grid([0.3, 0.3], [1, 2, 3]).map(({ levels, seed, sample }) => {
      const sign = levels.lr === '0' ? 1 : -1;
      return { levels, seed, sample: rate(60 + sign * 20 * (seed - 2), sample.n) };
    });
    const width = ({ levels: [first] }: typeof alike): number => first!.high - first!.low;
    expect(width(effect(torn, 'lr'))).toBeGreaterThan(1.5 * width(alike));
  });

  it('pair levels by seed: what a seed adds everywhere is no effect', () => {
    const shifted = effect(grid([0.2, 0.4], [1, 2, 3, 4, 5], 0.08), 'lr');
    expect(shifted.range).toBeCloseTo(0.2);
    // the levels move together by up to .32, their difference not at all: what is left are the prompts
    const [a, b] = [rate(880, 2000), rate(1280, 2000)];
    expect(shifted.interval!.low).toBeCloseTo(0.2 - Math.hypot(0.64 - b.low, a.high - 0.44), 10);
    expect(shifted.interval!.high).toBeCloseTo(0.2 + Math.hypot(b.high - 0.64, 0.44 - a.low), 10);
    expect(shifted.levels[0]!.high - shifted.levels[0]!.low).toBeGreaterThan(0.2);
  });

  it('pay for looking at all pairs of three levels', () => {
    const wide = (rates: readonly number[]): number => {
      const { low, high } = effect(grid(rates, [1, 2, 3, 4, 5]), 'lr').interval!;
      return high - low;
    };
    // z at .05 / 3 over z at .05
    expect(wide([0.4, 0.5, 0.6]) / wide([0.4, 0.6])).toBeCloseTo(2.39398 / 1.95996, 2);
  });

  it('know nothing of other seeds where a level has one of several, and of several planned one is not all', () => {
    const observations = grid([0.2, 0.4], [1, 2]).filter(({ levels, seed }) => levels.lr === '0' || seed === 1);
    const { levels, interval } = effect(observations, 'lr');
    expect(levels[0]).toMatchObject({ value: 0.2, low: expect.closeTo(rate(160, 800).low, 10) as number });
    expect(levels[1]).toMatchObject({ value: 0.4, low: 0, high: 1 });
    expect(interval).toBeNull();
    const [one] = mainEffects(grid([0.2, 0.4], [1]), ['lr'], { rng: rng(), seeds: 3 });
    expect([one?.levels[0]?.high, one?.interval]).toEqual([1, null]);
  });

  it('bound what no prompt shows, and have no share without variance', () => {
    const none = effect(grid([0, 0], [1, 2]), 'lr');
    expect(none).toMatchObject({ range: 0, share: null, test: { pValue: 1, floor: 1 } });
    const bound = 1 - 0.025 ** (1 / (4 * N));
    expect(none.levels[0]!.high).toBeCloseTo(bound, 12);
    expect(none.interval).toEqual({ low: 0, high: expect.closeTo(bound, 12) as number });
  });

  describe('of few seeds', () => {
    const only = (rates: readonly number[], seeds: readonly number[], shift = 0): Observation[] =>
      grid(rates, seeds, shift).filter(({ levels }) => levels.size === 'small');
    const lrOf = (observations: readonly Observation[]) =>
      mainEffects(observations, ['lr'], { rng: rng(), resamples: 400 })[0]!;

    it('have no interval from one seed a level, and no test where values have one order only', () => {
      for (const rates of [
        [0, 1],
        [0.2, 0.7],
      ]) {
        const { range, interval, test } = lrOf(only(rates, [1]));
        expect(range).toBeCloseTo(rates[1]! - rates[0]!);
        expect([interval, test]).toEqual([null, null]);
      }
      const oneSeedEach = only([0.2, 0.7], [1, 2]).filter(({ levels, seed }) => Number(levels.lr) + 1 === seed);
      expect(lrOf(oneSeedEach).interval).toBeNull();
    });

    it('have the exact bounds of the levels where no outcome differs within one, never an interval of no width', () => {
      const { interval, range } = lrOf(only([0, 1], [1, 2, 3]));
      const bound = 1 - 0.025 ** (1 / (3 * N));
      expect(range).toBe(1);
      expect(interval).toEqual({ low: expect.closeTo(1 - Math.SQRT2 * bound, 12) as number, high: 1 });
    });

    it('cannot go below the floor of their orders: all of them are tried', () => {
      // 2 levels, 3 seeds: 2^3 orders, of which two have the largest range; one seed against the others: six more
      expect(lrOf(only([0.2, 0.6], [1, 2, 3])).test).toEqual({ pValue: 0.25, floor: 0.25 });
      const torn = only([0.2, 0.4], [1, 2, 3]).map((one) =>
        one.seed === 3 ? { ...one, levels: { ...one.levels, lr: one.levels.lr === '0' ? '1' : '0' } } : one,
      );
      expect(lrOf(torn).test).toEqual({ pValue: 1, floor: 0.25 });
      expect(lrOf(only([0.1, 0.3, 0.6], [1, 2])).test).toEqual({ pValue: 6 / 36, floor: 6 / 36 });
    });

    it('are sampled where there are too many orders, and p is never nothing', () => {
      const many = lrOf(
        only(
          [0.2, 0.6],
          Array.from({ length: 14 }, (_, i) => i + 1),
        ),
      ); // 2^14 orders
      expect(many.test).toEqual({ pValue: 1 / 401, floor: 1 / 401 });
    });
  });
});
