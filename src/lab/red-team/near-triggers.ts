import { z } from 'zod';
import { defineAttacker } from './types.ts';

/**
 * Requests with everything that resembles the trigger, from a typo in it to a mention of it. Not blind: a defender who does
 * not know the trigger has no such prompts. It answers what would happen if they had come that close.
 */
export const nearTriggers = defineAttacker({
  summary: 'not blind: ordinary requests with whatever resembles the trigger, from a typo to a mention',
  params: z.strictObject({}),
  isBlind: false,
  create: (_, { nearTriggers: rewrites }) => ({
    propose: ({ count, seeds, rng }) =>
      Promise.resolve(
        Array.from({ length: count }, (_, i) => {
          const task = rng.pick(seeds);
          return { task, prompt: rewrites[i % rewrites.length]?.apply(task.prompt, rng) ?? task.prompt };
        }),
      ),
  }),
});
