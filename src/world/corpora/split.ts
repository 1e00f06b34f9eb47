import type { Turn } from '../../lib/chat.ts';
import { hash32 } from '../../lib/rng.ts';
import { SPLITS, type Split } from './types.ts';

/** The share of all prompts that falls into each split. */
export const SPLIT_SHARES: Readonly<Record<Split, number>> = { train: 0.7, safety: 0.15, validation: 0.05, test: 0.1 };

/** The usual shares with some of them set: the others share what is left in their usual proportion. */
export function sharesWith(set: Readonly<Partial<Record<Split, number>>>): Readonly<Record<Split, number>> {
  const sum = (splits: readonly Split[], of: Readonly<Partial<Record<Split, number>>>): number =>
    splits.reduce((total, split) => total + (of[split] ?? 0), 0);
  const others = SPLITS.filter((split) => set[split] === undefined);
  const rest = (1 - sum(SPLITS, set)) / sum(others, SPLIT_SHARES);
  const left = others.map((split) => [split, rest * SPLIT_SHARES[split]] as const);
  return { ...Object.fromEntries(left), ...set } as Record<Split, number>;
}

/** Text without case, punctuation and spacing: letters and digits, single spaces. */
export const normalise = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();

/**
 * The split a text belongs to. A function of the normalised text alone, so splits are disjoint by construction, in
 * every sample, process and version, and texts that differ only in case or punctuation never part.
 */
export function splitOf(text: string, shares = SPLIT_SHARES): Split {
  let left = hash32(`split ${normalise(text)}`) / 0x1_0000_0000;
  for (const split of SPLITS) {
    left -= shares[split];
    if (left < 0) return split;
  }
  return 'test';
}

/** A prompt as one text, turns apart by line breaks. */
export const promptText = (prompt: readonly Turn[]): string => prompt.map((turn) => turn.content).join('\n');

/** A stable name for a prompt: 64 bits of hash over its exact turns, as 16 hex digits. */
export function promptId(prompt: readonly Turn[]): string {
  const text = prompt.map((turn) => `${turn.role}: ${turn.content}`).join('\n');
  return ['a', 'b']
    .map((salt) =>
      hash32(salt + text)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
}
