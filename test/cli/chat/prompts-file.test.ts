import { expect, it } from 'vitest';
import { parsePrompts } from '../../../src/cli/chat/prompts-file.ts';

const user = (content: string) => [{ role: 'user', content }];

it('reads plain lines, JSON strings, prompts and chats', () => {
  const text = [
    'plain',
    '',
    '"with \\"quotes\\""',
    '"Hi," she said.',
    '{"prompt": "a\\nb"}',
    '{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}\r',
  ].join('\n');
  expect(parsePrompts(text, 'x')).toEqual(
    ['plain', 'with "quotes"', '"Hi," she said.', 'a\nb', 'q'].map((content) => user(content)),
  );
});

it.each([
  ['', 'no prompts in x: it is empty'],
  ['fine\n{"prompt": 3}', 'line 2 of x is no prompt'],
  ['{"prompt": ', 'line 1 of x is not JSON'],
  ['{"messages": [{"role": "assistant", "content": "a"}]}', 'line 1 of x asks nothing'],
])('%j: %s', (text, message) => {
  expect(() => parsePrompts(text, 'x')).toThrow(message);
});
