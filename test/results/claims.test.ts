import { describe, expect, it } from 'vitest';
import { judgeClaims } from '../../src/results/claims.ts';
import { rate } from '../../src/results/stats.ts';
import type { ArmSummary, Claim, Row } from '../../src/results/types.ts';

const arms: ArmSummary[] = [
  { name: 'organism', role: 'organism', summary: '', stages: [] },
  { name: 'void', role: 'control', control: 'other', summary: '', stages: [] },
];
const row = (arm: string, metric: string, successes: number, seed = 1, final = true): Row => ({
  ...{ arm, metric, seed, final, eval: 'act', condition: 'all', unit: 'rate', stage: 'recipe', step: 1, tokens: 1 },
  ...rate(successes, 100),
});
const of = (metric: string, arm?: string) => ({ metric, condition: 'all', ...(arm !== undefined && { arm }) });
const verdicts = (rows: Row[], ...claims: Omit<Claim, 'name' | 'says'>[]): string[] =>
  judgeClaims(
    { arms, rows },
    claims.map((claim) => ({ name: '', says: '', ...claim })),
  ).map(({ verdict }) => verdict);

describe('a claim', () => {
  const rows = [row('organism', 'bad', 50), row('organism', 'bad', 0, 1, false), row('void', 'bad', 95)];
  const bad = of('bad');
  it('holds where the whole interval keeps its bounds, fails where none of it does, and is undecided between', () => {
    expect(verdicts(rows, { of: bad, least: 0.4 }, { of: bad, least: 0.7 }, { of: bad, least: 0.5 })).toEqual(['holds', 'fails', 'undecided']); // prettier-ignore
    expect(verdicts(rows, { of: bad, most: 0.6 }, { of: bad, most: 0.3 }, { of: bad, least: 0.45, most: 0.9 })).toEqual(['holds', 'fails', 'undecided']); // prettier-ignore
  });

  it('is of the organism where no arm is named, at its end, and of a difference in its direction', () => {
    expect(verdicts(rows, { of: of('bad', 'void'), least: 0.8 })).toEqual(['holds']);
    const more = { of: of('bad', 'void'), minus: bad, least: 0.3 };
    const [judged] = judgeClaims({ arms, rows }, [{ name: '', says: '', ...more }]);
    expect(judged).toMatchObject({ verdict: 'holds', found: { n: 100, seeds: 1 } });
    expect(judged!.found!.value).toBeCloseTo(0.45, 12);
    expect(verdicts(rows, { ...more, of: bad, minus: of('bad', 'void') })).toEqual(['fails']);
  });

  it('is not measured where one side was not, and inconclusive where a premise does not hold', () => {
    expect(verdicts(rows, { of: bad, minus: of('other'), least: 0 })).toEqual(['not-measured']);
    const premise = { of: of('bad', 'void'), least: 0.99, isPremise: true };
    expect(verdicts(rows, premise, { of: bad, least: 0.4 }, { of: of('other') })).toEqual(['fails', 'inconclusive', 'not-measured']); // prettier-ignore
    expect(verdicts(rows, { ...premise, least: 0.8 }, { of: bad, least: 0.4 })).toEqual(['holds', 'holds']);
  });

  it('is judged over seeds, a difference paired by seed', () => {
    const seeds = [1, 2, 3].flatMap((seed) => [row('organism', 'bad', 20 * seed, seed), row('void', 'bad', 20 * seed + 40, seed)]); // prettier-ignore
    const claim = { name: '', says: '', of: of('bad', 'void'), minus: of('bad') };
    const [judged] = judgeClaims({ arms, rows: seeds }, [{ ...claim, least: 0.2 }]);
    expect(judged).toMatchObject({ verdict: 'holds', found: { seeds: 3, n: 300 } });
    expect(judged!.found!.value).toBeCloseTo(0.4, 12);
    // the same rows, unpaired: seeds differ by more than the arms do
    expect(verdicts(seeds, { of: of('bad'), most: 0.6 })).toEqual(['undecided']);
  });
});
