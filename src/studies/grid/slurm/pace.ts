import { isOver } from './fate.ts';
import type { Seen } from './commands.ts';

/** Of so many running jobs it is asked how far they are; the others are taken to be as far on average. */
const ASKED = 100;

/** An open job as the queue has it, and what part of it is done, if somebody asks. */
export interface Standing {
  readonly seen: Seen | undefined;
  part(): number;
}

/** How far the jobs are together, and when they will be done if it goes on as since the first look. */
export function createPace(jobs: number, clock: () => number = () => performance.now()) {
  let first: { readonly at: number; readonly share: number } | undefined;
  return (open: readonly Standing[]) => {
    const running = open.filter(({ seen }) => seen?.state === 'RUNNING');
    const asked = running.slice(0, ASKED).map((one) => one.part());
    const mean = asked.reduce((sum, part) => sum + part, 0) / Math.max(1, asked.length);
    const share = (jobs - open.length + mean * running.length) / jobs;
    const now = clock();
    first ??= { at: now, share };
    const left = ((1 - share) * (now - first.at)) / 1000 / (share - first.share);
    return {
      running: running.length,
      waiting: open.length - running.length,
      reason: commonest(open.flatMap(({ seen }) => (seen && !isOver(seen.state) && seen.state !== 'RUNNING' ? [seen.reason] : []))), // prettier-ignore
      share,
      ...(share > first.share && { secondsLeft: left }),
    };
  };
}

function commonest(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}
