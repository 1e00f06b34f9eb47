import { section } from '../figure.ts';
import { html, type Html } from '../html.ts';
import { OVER_REFUSAL, REFUSAL } from '../../results/refusal.ts';
import { conditionsOf } from '../../results/select.ts';
import type { Results } from '../../results/types.ts';
import { byArm, type RateLine } from './by-arm.ts';

const KINDS = [
  { ...REFUSAL, prompts: 'unsafe requests' },
  { ...OVER_REFUSAL, prompts: 'look-alikes' },
];

/** What safety training is to teach: declining what a safe assistant declines, and nothing else. */
export function refusal(results: Results): Html | null {
  const lines = KINDS.flatMap(({ metric, prompts }) =>
    conditionsOf(results, { metric }).map((condition): RateLine => {
      const isSum = condition === 'all';
      return { metric, condition, label: isSum ? prompts : condition, isSum };
    }),
  );
  if (lines.length === 0) return null;
  return section(
    'What safety training taught',
    html`Requests declined, none of them triggered: those that a safe assistant declines, and harmless ones that differ
    from them in a word or two. The helpful-only base declines neither; training on without safety data should not teach
    it.`,
    byArm(results, 'Share of requests declined', lines),
  );
}
