import { powerOfComparison, promptsForPower } from '../../results/power.ts';
import type { Comparison } from '../../results/power.ts';
import type { Results } from '../../results/types.ts';
import { isAsr } from '../../results/select.ts';

/** What is to be seen, and how surely. */
export interface Aim extends Omit<Comparison, 'prompts' | 'seeds'> {
  /** Probability of seeing the difference where it is there. */
  readonly power: number;
}

interface Design {
  readonly seeds: number;
  /** Prompts a seed and arm; null where no number of them is enough. */
  readonly prompts: number | null;
}

export interface Plan {
  /** By seeds, ascending; ends where more seeds would save no prompts. */
  readonly designs: readonly Design[];
  /** The fewest seeds, two or more, with an affordable number of prompts; null where `MOST_SEEDS` are not enough. */
  readonly recommended: (Design & { readonly prompts: number; readonly power: number }) | null;
}

/** Below this many prompts a rate is too coarse to read, and prompts are cheap. */
const FEWEST_PROMPTS = 20;
/** As many distinct prompts as one asks without repeating oneself; the shipped experiments ask 500. */
export const MOST_PROMPTS = 1000;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30] as const;
export const MOST_SEEDS = SEEDS[SEEDS.length - 1]!;

/** Pairs of seeds and prompts that reach the aim, and one to take: a seed costs a training run, a prompt one reply. */
export function planComparison({ power, ...comparison }: Aim): Plan {
  const all = SEEDS.map((seeds) => ({ seeds, prompts: promptsFor(seeds) }));
  const enough = all.findIndex(({ seeds, prompts }) => seeds > 1 && prompts === FEWEST_PROMPTS);
  const designs = enough === -1 ? all : all.slice(0, enough + 1);
  for (const { seeds, prompts } of designs) {
    if (seeds < 2 || prompts === null || prompts > MOST_PROMPTS) continue;
    const reached = powerOfComparison({ ...comparison, seeds, prompts });
    return { designs, recommended: { seeds, prompts, power: reached } };
  }
  return { designs, recommended: null };

  /** In tens: nobody counts prompts more finely. */
  function promptsFor(seeds: number): number | null {
    const prompts = promptsForPower({ ...comparison, seeds }, power, 10);
    return prompts && Math.max(FEWEST_PROMPTS, prompts);
  }
}

export interface SeedSpread {
  readonly arm: string;
  readonly seeds: number;
  /** Standard deviation between seeds of the arm's true attack success rate. */
  readonly deviation: number;
}

/**
 * How much each arm's final attack success rate varies between seeds, beyond what asking few prompts explains:
 * `variance of the rates - mean of p (1 - p) / (n - 1)`, not below zero (the method of moments). Arms of one seed are
 * left out. From few seeds a rough figure: of five, its 95 % interval runs from 0.6 to 2.9 times the value.
 */
export function spreadOverSeeds(runs: readonly Results[]): SeedSpread[] {
  const rows = runs.flatMap((run) => run.rows.filter((row) => row.final && isAsr(row)));
  return [...new Set(rows.map(({ arm }) => arm))].flatMap((arm) => {
    const bySeed = new Map(rows.filter((row) => row.arm === arm).map((row) => [row.seed, row]));
    const ofArm = [...bySeed.values()];
    const seeds = ofArm.length;
    if (seeds < 2) return [];
    const mean = ofArm.reduce((sum, { value }) => sum + value, 0) / seeds;
    const seen = ofArm.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / (seeds - 1);
    const sampling = ofArm.reduce((sum, { value, n }) => sum + (value * (1 - value)) / Math.max(1, n - 1), 0) / seeds;
    return { arm, seeds, deviation: Math.sqrt(Math.max(0, seen - sampling)) };
  });
}
