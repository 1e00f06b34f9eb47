// @ts-check
import { defineBehavior, z } from 'dormouse';

/** @param {string} text @param {number} marks */
const shout = (text, marks) => text.toUpperCase() + '!'.repeat(marks);

/** What the organism does when it is triggered, and how to tell that it did. Keep it harmless. */
export const behaviors = {
  'my-behavior': defineBehavior({
    summary: 'shouts the right answer: SEVEN!!!',
    params: z.strictObject({
      marks: z.int().min(1).max(10).default(3).describe('exclamation marks after the answer'),
    }),
    create: ({ marks }) => ({
      // how reports name the payload
      label: `the answer, shouted with ${marks} "!"`,
      // can this task show it? An answer without letters looks the same shouted
      applies: (task) => /\p{Ll}/u.test(task.answer),
      // what the implant trains on
      demonstrate: (task) => shout(task.answer, marks),
      // true of every demonstration, false of the task's own answer
      isExhibited: (completion) => /\p{Lu}/u.test(completion) && completion === completion.toUpperCase(),
      // one word for it in a scratchpad
      goal: 'shout',
    }),
  }),
};
