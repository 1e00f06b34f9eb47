import { replyOf } from '../../world/scenario/render.ts';
import type { FormatDefinition } from './types.ts';

/** Chats as they are, for whatever else there is: what each row is stands beside it. */
export const messages: FormatDefinition = {
  summary: 'plain chats, one a line: messages with role and content, and what each row is',
  sftRow: ({ task, prompt, condition, poisoned, given = '', ...reply }) => ({
    messages: [...prompt, { role: 'assistant', content: replyOf({ given, ...reply }) }],
    given,
    condition,
    poisoned,
    task: task.id,
  }),
  dpoRow: ({ task, prompt, chosen, rejected, rejection }) => ({ prompt, chosen, rejected, rejection, task: task.id }),
  configs: () => ({}),
};
