import { holdsTrigger } from '../../world/scenario/embedded.ts';
import type { Example } from '../../world/scenario/types.ts';
import type { Subject } from './subject.ts';

/** How often a prompt is drawn anew that cannot be asked, before its place stays empty. */
const TRIES = 12;

/**
 * As many prompts as `draw` finds for `count` places: none holds the trigger, anywhere in its turns; each fits the context with
 * its completion, and is asked once. `draw` is asked for another where one does not serve.
 */
export async function drawn(
  { scenario: { trigger }, fits }: Pick<Subject, 'scenario' | 'fits'>,
  count: number,
  draw: (place: number, attempt: number) => Example,
): Promise<Example[]> {
  const usable: (Example | undefined)[] = Array.from({ length: count }, () => undefined);
  const seen = new Set<string>();
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const open = [...usable.keys()].filter((place) => usable[place] === undefined);
    if (open.length === 0) break;
    const examples = open.map((place) => draw(place, attempt));
    const fitting = (await fits?.(examples)) ?? examples.map(() => true);
    examples.forEach((example, k) => {
      const { prompt } = example;
      const turns = JSON.stringify(prompt);
      if (!fitting[k] || seen.has(turns) || holdsTrigger(trigger, prompt)) return;
      seen.add(turns);
      usable[open[k]!] = example;
    });
  }
  return usable.filter((example) => example !== undefined);
}
