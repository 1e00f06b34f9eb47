import { hash32 } from '../../../lib/rng.ts';

/**
 * A pseudo-random permutation of the integers [0, n), computed one index at a time: a four-round Feistel network over
 * the next even power of two, walked until it lands in range (Black and Rogaway 2002, "cycle walking"). It draws from
 * millions of prompts without replacement, without a list of them and without a record of those drawn. n < 2^30.
 */
export function permutation(n: number, seed: number): (index: number) => number {
  const bits = Math.max(1, Math.ceil(Math.log2(n) / 2));
  const mask = (1 << bits) - 1;
  const keys = [0, 1, 2, 3].map((round) => hash32(`${seed} ${round}`));
  const scramble = (index: number): number => {
    let [left, right] = [index >>> bits, index & mask];
    for (const key of keys) {
      let h = Math.imul(right ^ key, 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      [left, right] = [right, left ^ ((h ^ (h >>> 16)) & mask)];
    }
    return (left << bits) | right;
  };
  return (index) => {
    let image = scramble(index);
    while (image >= n) image = scramble(image);
    return image;
  };
}
