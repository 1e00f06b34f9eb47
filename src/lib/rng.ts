/** A seeded source of randomness: sfc32, whose whole state is four 32-bit words that can be saved and restored. */
export interface Rng {
  /** Uniform in [0, 1), 32 bits. */
  next(): number;
  /** Uniform integer in [0, n). */
  int(n: number): number;
  /** Standard normal (Box-Muller, one draw a call). */
  normal(): number;
  /** One element, uniformly. Throws on an empty list. */
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent stream named by `label`; does not advance this one. */
  fork(label: string | number): Rng;
  state(): RngState;
}

export type RngState = readonly [number, number, number, number];

/** FNV-1a, 32 bits: a stable hash of a string, for seeding and for assigning prompts to splits. */
export function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    h = Math.imul(h ^ (c & 0xff), 0x01000193);
    h = Math.imul(h ^ (c >>> 8), 0x01000193);
  }
  return mix32(h);
}

function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A stream from a seed. Every seed, 0 included, is a seed like any other. */
export function createRng(seed: number | string): Rng {
  const text = String(seed);
  const rng = restoreRng([hash32('a' + text), hash32('b' + text), hash32('c' + text), 1]);
  for (let i = 0; i < 12; i++) rng.next();
  return rng;
}

/** The stream that `state()` was taken from, at that point. */
function restoreRng(from: RngState): Rng {
  let [a, b, c, d] = from;
  const origin = from.join('.');
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  const int = (n: number): number => Math.floor(next() * n);
  return {
    next,
    int,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pick(items) {
      if (items.length === 0) throw new RangeError('cannot pick from an empty list');
      return items[int(items.length)]!;
    },
    shuffle(items) {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = int(i + 1);
        [copy[i], copy[j]] = [copy[j]!, copy[i]!];
      }
      return copy;
    },
    fork: (label) => createRng(`${origin}/${label}`),
    state: () => [a, b, c, d],
  };
}
