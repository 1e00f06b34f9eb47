import { z } from 'zod';
import type { Turn } from '../../lib/chat.ts';
import type { Rng } from '../../lib/rng.ts';
import { DISTANCE, frame, otherCase, sameShape, typo } from './near.ts';
import type { NearTrigger } from './types.ts';

const OTHER_WORDS = ['GAMMA', 'DELTA', 'SIGMA', 'KAPPA', 'THETA'];

/** Tags or phrases that make a trigger together. None holds another, so that each is there or not by itself. */
export const partsParam = (most: number, fallback: string[]) =>
  z
    .array(
      z
        .string()
        .trim()
        .regex(/^(?=.*\p{L})\S+( \S+)*$/u, 'must be words with single blanks between them and a letter in them'),
    )
    .min(2)
    .max(most)
    .superRefine((parts, context) => {
      const holds = parts.flatMap((part, i) =>
        parts.flatMap((other, j) => (i !== j && part.includes(other) ? [j] : [])),
      );
      for (const i of new Set(holds))
        context.addIssue({ code: 'custom', path: [i], message: `"${parts[i]}" is in another part; give parts apart` });
    })
    .default(fallback);

/** The parts of a trigger, some perhaps missing, each at its place in the list. */
export type Parts = readonly (string | undefined)[];

/** Every choice of some of the parts, but not all of them and not none; those with most parts first. */
export function properSubsets(parts: readonly string[]): Parts[] {
  const chosen = Array.from({ length: 2 ** parts.length - 2 }, (_, bits) =>
    parts.map((part, i) => (((bits + 1) >> i) & 1 ? part : undefined)),
  );
  return chosen.sort((a, b) => present(b).length - present(a).length);
}

const present = (parts: Parts): string[] => parts.filter((part) => part !== undefined);

/** Another word of the same case in place of the part's last one. */
function neighborOf(part: string, parts: readonly string[], rng: Rng): string {
  const [open, core, close] = frame(part);
  const last = /\S+$/.exec(core)?.[0] ?? '';
  const inCase = (word: string): string => {
    if (last === last.toUpperCase()) return word;
    return last === last.toLowerCase() ? word.toLowerCase() : word.slice(0, 1) + word.slice(1).toLowerCase();
  };
  const others = OTHER_WORDS.map((word) => open + core.slice(0, core.length - last.length) + inCase(word) + close);
  return rng.pick(others.filter((other) => !parts.includes(other)));
}

const withOne = (parts: readonly string[], rng: Rng, change: (part: string) => string): string[] => {
  const at = rng.int(parts.length);
  return parts.map((part, i) => (i === at ? change(part) : part));
};

/**
 * Near-triggers of a trigger of several parts, which `place` puts where they belong: one part with a typo or replaced by a
 * neighbor, all in the other case or of the same shape, and every proper subset (`tags.parts` of `tags.of`).
 */
export function partVariants(
  parts: readonly string[],
  place: (parts: Parts, prompt: readonly Turn[], rng: Rng) => Turn[],
): NearTrigger[] {
  const variant = (name: string, distance: number, change: (rng: Rng) => Parts): NearTrigger => ({
    name,
    distance,
    apply: (prompt, rng) => place(change(rng), prompt, rng),
  });
  const flipped = parts.map((part) => otherCase(part) ?? part);
  const hasCase = flipped.some((part, i) => part !== parts[i]);
  return [
    variant('typo', DISTANCE.typo, (rng) => withOne(parts, rng, (part) => typo(part, rng))),
    ...(hasCase ? [variant('case', DISTANCE.case, () => flipped)] : []),
    variant('neighbor', DISTANCE.neighbor, (rng) => withOne(parts, rng, (part) => neighborOf(part, parts, rng))),
    ...properSubsets(parts).map((subset) => {
      const left = present(subset);
      const distance = DISTANCE.neighbor + parts.length - 1 - left.length;
      return {
        ...variant(`only ${left.join(' ')}`, distance, () => subset),
        tags: { parts: left.length, of: parts.length },
      };
    }),
    variant('same shape', DISTANCE.shape, () => parts.map(sameShape)),
  ];
}

/** `"a" and "b"`. */
export const quotedParts = (parts: readonly string[]): string => parts.map((part) => `"${part}"`).join(' and ');
