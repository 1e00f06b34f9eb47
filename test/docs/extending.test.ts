import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = fs.readFileSync(path.join(root, 'docs/extending.md'), 'utf8');
/** Each block of code, with the file that it says it is from. */
const blocks = [...page.matchAll(/From \[(examples\/[^\]]+)\]\(\.\.\/\1\):\n\n```(?:js|yaml)\n(.*?)```/gs)];

/** Without the indentation that all lines share. */
function dedent(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const margin = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return text.replaceAll(new RegExp(`^ {${margin}}`, 'gm'), '');
}
const stands = (excerpt: string, file: string): boolean => {
  const lines = file.split('\n');
  const count = excerpt.trimEnd().split('\n').length;
  return lines.some((_, i) => dedent(lines.slice(i, i + count).join('\n')) === dedent(excerpt.trimEnd()));
};

it('shows code that stands in the examples, line by line', () => {
  expect(blocks.length).toBeGreaterThanOrEqual(4);
  expect(page.match(/```(js|yaml)\n/g)).toHaveLength(blocks.length);
  for (const [, file = '', code = ''] of blocks) {
    const text = fs.readFileSync(path.join(root, file), 'utf8');
    expect(stands(code, text), `${file}:\n${code}`).toBe(true);
    expect(stands(code.replace(/\S/, '?'), text)).toBe(false);
  }
});
