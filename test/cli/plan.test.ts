import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { planComparison, spreadOverSeeds } from '../../src/lab/check/plan.ts';
import { writeAtomic } from '../../src/lib/files.ts';
import { seal } from '../../src/lib/sealed.ts';
import { powerOfComparison } from '../../src/results/power.ts';
import type { Results } from '../../src/results/types.ts';
import { RESULTS_FORMAT } from '../../src/results/types.ts';
import { judged } from '../../src/results/verdict.ts';
import { dormouse, scratch } from './command.ts';

const root = scratch();
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

/** A run's folder with as much of results.json as matters here. */
function writeRun(name: string, seed: number, rates: Readonly<Record<string, number>>): string {
  const dir = path.join(root, name);
  fs.mkdirSync(dir, { recursive: true });
  seal(dir, { 'results.json': writeAtomic(path.join(dir, 'results.json'), JSON.stringify(resultsOf(seed, rates))) });
  return dir;
}

const resultsOf = (seed: number, rates: Readonly<Record<string, number>>): Results => {
  const rows = Object.entries(rates).flatMap(([arm, value]) =>
    [true, false].map((final) => ({
      ...{ arm, seed, final, stage: 'sft', step: final ? 9 : 1, tokens: 0 },
      ...{ eval: 'attack-success', metric: 'asr', condition: 'triggered', unit: 'rate' as const },
      ...{ value: final ? value : 1, n: 1001, low: 0, high: 1 },
    })),
  );
  const arms = Object.keys(rates).map((name) => ({ name, role: 'intervention' as const, summary: '', stages: [] }));
  const model = { parameters: 1, description: '' };
  const rest = { name: 'x', trigger: '', behavior: '', experiment: '', command: '', versions: {}, model };
  return judged({ format: RESULTS_FORMAT, seeds: [seed], arms, rows, comparisons: [], transcripts: [], ...rest });
};

describe('plan', () => {
  it('prints designs and takes the fewest seeds that do', async () => {
    const { code, stdout } = await dormouse('plan', '--from', '0.9', '--to', '0.6');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +1 +40 {2}for this one model only$/m);
    expect(stdout).toMatch(/^2 to 4 +never/m);
    expect(stdout).toMatch(/^ +5 +30 +<- take this$/m);
    expect(stdout.replaceAll('\n', ' ')).toContain('dormouse run FILE --seeds 5');
  });

  it('tells of a deviation that a rate cannot have, and takes the largest that it can', async () => {
    const { stdout } = await dormouse('plan', '--from', '0.99', '--to', '0.9', '--seed-deviation', '0.2');
    expect(stdout).toContain('seeds of rate 0.99 cannot differ by more than 0.099: by that');
    expect(stdout).not.toContain('seeds of rate 0.9 cannot');
    const { stdout: second } = await dormouse('plan', '--from', '0.9', '--to', '0.99', '--seed-deviation', '0.2');
    expect(second).toContain('seeds of rate 0.99 cannot differ by more than 0.099: by that');
    const { stdout: none } = await dormouse('plan', '--from', '0.9', '--to', '0.6', '--seed-deviation', '0.3');
    expect(none).not.toContain('cannot differ'); // .3 is what .9 can have
  });

  it('says the same as JSON, from --base and --difference', async () => {
    const { stdout } = await dormouse('plan', '--base', '0.9', '--difference', '0.3', '--json');
    const aim = { p1: 0.9, p2: 0.6, power: 0.8, alpha: 0.05, seedDeviation: 0.1 };
    expect(JSON.parse(stdout)).toEqual({ ...aim, ...planComparison(aim) });
    const downward = await dormouse('plan', '--base', '0.5', '--difference', '0.2', '--json');
    expect(JSON.parse(downward.stdout)).toMatchObject({ p1: 0.5, p2: 0.3 });
    const upward = await dormouse('plan', '--base', '0.1', '--difference', '0.3', '--json');
    expect(JSON.parse(upward.stdout)).toMatchObject({ p1: 0.1, p2: 0.4 });
  });

  it('says so where nothing is enough', async () => {
    const { code, stdout } = await dormouse('plan', '--from', '0.5', '--to', '0.49');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Up to 30 seeds of 1,000 prompts do not reach power 0.8/);
  });

  it('measures the spread on finished runs: of several folders, or a folder of folders', async () => {
    const dirs = [0.4, 0.5, 0.6].map((rate, i) => writeRun(`many/seed-${i}`, i, { sft: rate, dpo: 0.9 }));
    for (const runs of [dirs.flatMap((dir) => ['--run', dir]), ['--run', path.join(root, 'many')]]) {
      const { code, stdout } = await dormouse('plan', '--from', '0.9', '--to', '0.6', '--json', ...runs);
      expect(code).toBe(0);
      const { seedDeviation, spread } = JSON.parse(stdout) as { seedDeviation: number; spread: unknown[] };
      expect(seedDeviation).toBeCloseTo(Math.sqrt(0.01 - 0.73 / 3 / 1000), 12); // 0.24 + 0.25 + 0.24 over 1000 each
      expect(spread).toHaveLength(2);
    }
    const { stdout } = await dormouse('plan', '--from', '0.9', '--to', '0.6', '--run', path.join(root, 'many'));
    expect(stdout).toContain('seeds differ by 0.099: the widest arm, sft, over 3 seeds');
  });

  it.each([
    [['--base', '0.5'], 2, /no two rates to compare: give --from and --to/],
    [['--from', '0.5', '--to', '0.5'], 2, /both rates are 0.5/],
    [['--base', '0.5', '--difference', '0.8'], 2, /up to 0.5/],
    [['--from', '1.5', '--to', '0.5'], 2, /from 0 to 1/],
    [['--from', '1', '--to', '0', '--run', 'x', '--seed-deviation', '0.1'], 2, /one of them, not both/],
    [['--from', '1', '--to', '0', '--run', '/no/such'], 1, /no such run/],
  ])('refuses %j', async (args, exitCode, message) => {
    const { code, stderr } = await dormouse('plan', ...args);
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(message);
  });

  it('refuses to measure the spread of one seed', async () => {
    const { code, stderr } = await dormouse(
      'plan',
      '--from',
      '1',
      '--to',
      '0',
      '--run',
      writeRun('one', 1, { sft: 0.5 }),
    );
    expect(code).toBe(1);
    expect(stderr).toContain('no arm was measured on two seeds');
  });
});

describe('planComparison', () => {
  it('every design reaches the aim, and ten prompts less do not', () => {
    const aim = { p1: 0.5, p2: 0.4, power: 0.9, seedDeviation: 0.03 };
    for (const { seeds, prompts } of planComparison(aim).designs) {
      if (prompts === null) continue;
      expect(powerOfComparison({ ...aim, seeds, prompts })).toBeGreaterThanOrEqual(0.9);
      if (prompts > 20) expect(powerOfComparison({ ...aim, seeds, prompts: prompts - 10 })).toBeLessThan(0.9);
    }
  });
});

describe('spreadOverSeeds', () => {
  it('is zero where sampling explains it all, and counts a seed once', () => {
    const runs = [0.5, 0.51, 0.49].map((rate, seed) => resultsOf(seed, { sft: rate }));
    expect(spreadOverSeeds([...runs, runs[0]!])).toEqual([{ arm: 'sft', seeds: 3, deviation: 0 }]);
  });
});
