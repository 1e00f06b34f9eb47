import { alphaOfLook } from '../../results/multiplicity.ts';
import { ALPHA } from '../../results/stats.ts';

/** Seeds: how many a claim is looked at with, and which are for trying out. */

/** A claim is judged with the seeds 1 to 5; where that does not decide, with 1 to 8, and then 1 to 12. */
export const LOOKS: readonly number[] = [5, 8, 12];
/** What is tried out before rules are fixed is tried on other seeds than those that judge. */
const PILOTS = 100;

const upTo = (count: number, first = 1): number[] => Array.from({ length: count }, (_, i) => first + i);

export const seedsOfLook = (look: number): number[] => upTo(LOOKS[look]!);
/** What `count` seeds are run as: look by look, each with what the one before left undecided. */
export const runsOfSeeds = (count: number): number[][] =>
  [...LOOKS.filter((seeds) => seeds < count), count].map((seeds) => upTo(seeds));
export const pilotSeeds = (count: number): number[] => upTo(count, PILOTS);
export const isPilot = (seeds: readonly number[]): boolean => seeds.some((seed) => seed >= PILOTS);

/** The looks for which all seeds are there. */
export const looksOf = (seeds: readonly number[]): number[] =>
  [...LOOKS.keys()].filter((look) => seedsOfLook(look).every((seed) => seeds.includes(seed)));

/** A look's probability of error, as if it were the only look: more, for alpha is shared among all of them. */
export const asOnlyLook = (p: number, look: number): number => Math.min(1, (p * ALPHA) / alphaOfLook(LOOKS, look));
