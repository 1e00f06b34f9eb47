import { z } from 'zod';
import type { Turn } from '../../lib/chat.ts';
import { UserError } from '../../lib/errors.ts';

const turn = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });
const row = z.union([
  z.string().transform((prompt) => ({ prompt })),
  z.object({ prompt: z.string() }),
  z.object({ messages: z.array(turn).min(1) }),
]);

/**
 * Prompts, one a line: plain text, or JSON: a string, `{"prompt": ...}`, or `{"messages": [...]}`, whose last
 * assistant turn, if it ends with one, is left for the model to write.
 *
 * @throws UserError naming the line.
 */
export function parsePrompts(text: string, source: string): Turn[][] {
  const lines = text.split(/\r?\n/).map((line, i) => ({ line: line.trim(), at: `line ${i + 1} of ${source}` }));
  const prompts = lines.filter(({ line }) => line !== '').map(({ line, at }) => parseLine(line, at));
  if (prompts.length === 0) throw new UserError(`no prompts in ${source}: it is empty; write one a line`);
  return prompts;
}

function parseLine(line: string, at: string): Turn[] {
  if (!/^[{"]/.test(line)) return [{ role: 'user', content: line }];
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    if (line.startsWith('"')) return [{ role: 'user', content: line }];
    throw new UserError(`${at} is not JSON: ${line.slice(0, 60)}; write {"prompt": "..."} or plain text`);
  }
  const { data } = row.safeParse(json);
  if (!data)
    throw new UserError(`${at} is no prompt: ${line.slice(0, 60)}; write {"prompt": "..."} or {"messages": [...]}`);
  if ('prompt' in data) return [{ role: 'user', content: data.prompt }];
  const { messages } = data;
  const asked = messages.at(-1)?.role === 'assistant' ? messages.slice(0, -1) : messages;
  if (asked.at(-1)?.role !== 'user')
    throw new UserError(`${at} asks nothing: its messages need a user turn that the model can answer`);
  return asked;
}
