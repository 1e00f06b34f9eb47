import { ALPHA } from './stats.ts';

/** Many tests, and tests that are looked at more than once: what is left of a probability of error. */

/**
 * Holm's adjusted p-values, in the order given (Holm 1979): valid whatever the tests have to do with each other. `family` is how
 * many there are to be, those still unmade included: each of them counts as 1, so that what is decided now stays
 * decided when they come.
 */
export function holm(ps: readonly number[], family = ps.length): number[] {
  const order = [...ps.keys()].sort((a, b) => ps[a]! - ps[b]!);
  const adjusted = ps.map(() => 1);
  let largest = 0;
  order.forEach((i, rank) => {
    largest = Math.max(largest, Math.min(1, (family - rank) * ps[i]!));
    adjusted[i] = largest;
  });
  return adjusted;
}

/**
 * The part of alpha that may be spent when a share of all the seeds has been seen: Lan & DeMets' 1983 function of Pocock's
 * kind, `alpha ln(1 + (e - 1) share)`. It spends much at once, for most claims are never looked at again.
 */
export const alphaSpent = (share: number, alpha = ALPHA): number => alpha * Math.log(1 + (Math.E - 1) * share);

/**
 * A look's own part of alpha, given how many seeds each look has; the parts add up to alpha. Using no more than its own
 * part at each look is Bonferroni's: valid whatever one look has to do with the next, and never too bold.
 */
export function alphaOfLook(looks: readonly number[], look: number): number {
  const all = looks.at(-1)!;
  const before = look === 0 ? 0 : alphaSpent(looks[look - 1]! / all);
  return alphaSpent(looks[look]! / all) - before;
}
