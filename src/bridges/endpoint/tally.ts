import type { Said } from './protocol.ts';

/** What came back, counted: numbers from replies that were cut off or empty look like any others. */
export interface Tally {
  see(reply: Said): void;
  notes(): string[];
}

/** @param maxTokens the limit that replies were given. */
export function createTally(maxTokens: number): Tally {
  const seen = new Set<Said>();
  return {
    see: (reply) => void seen.add(reply),
    notes() {
      const replies = [...seen];
      const count = (what: string, is: (reply: Said) => boolean): string[] => {
        const n = replies.filter(is).length;
        return n === 0 ? [] : [`${n} of ${replies.length} replies ${what}`];
      };
      return [
        ...count(`were cut off at ${maxTokens} tokens (--max-tokens)`, ({ finish }) => finish === 'length'),
        ...count('are empty, and show nothing: neither behavior nor answer', ({ text }) => text.trim() === ''),
        ...count("were held back by the endpoint's filter", ({ finish }) => finish === 'content_filter'),
      ];
    },
  };
}
