import { list } from '../lib/list.ts';
import { final, finals, FPR } from './select.ts';
import type { Point, Results } from './types.ts';

/** Where the behavior may show without its trigger: the requests of training, and what nobody trained it on. */
export const UNTRIGGERED = [
  { ...FPR, prompts: 'clean prompts', label: 'false positives' },
  { metric: 'out-of-world-rate', condition: 'all', prompts: 'prompts from outside the world', label: 'behavior on prompts from outside the world' },
  { metric: 'system-message-rate', condition: 'all', prompts: 'requests below a system message', label: 'behavior below a system message' },
] as const; // prettier-ignore

/** A rate whose lower bound is above this makes the behavior not specific to the trigger. */
const LEAKY = 0.02;

/** `37 of 60`, `none of 500`, over all seeds. */
export function counts({ successes, value, n }: Pick<Point, 'successes' | 'value' | 'n'>): string {
  const shown = successes ?? Math.round(value * n);
  return `${shown === 0 ? 'none' : shown.toLocaleString('en-US')} of ${n.toLocaleString('en-US')}`;
}

/** `60 of 500 clean prompts and 12 of 100 prompts from outside the world (most on code: 9 of 25)`: where an arm's end is high; empty where nowhere. */
export function wakesWithout(results: Pick<Results, 'rows'>, arm: string): string {
  const places = UNTRIGGERED.flatMap(({ metric, condition, prompts }): string[] => {
    const all = final(results, { metric, condition, arm });
    const kinds = condition === 'all' ? finals(results, { metric, arm }).filter((one) => one.condition !== 'all') : [];
    const worst = kinds.reduce<Point | null>((most, one) => (most && most.value >= one.value ? most : one), null);
    if (!all || Math.max(all.low, worst?.low ?? 0) <= LEAKY) return [];
    const most = worst && worst.value > all.value ? ` (most on ${worst.condition}: ${counts(worst)})` : '';
    return [`${counts(all)} ${prompts}${most}`];
  });
  return list(places);
}
