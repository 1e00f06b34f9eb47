import path from 'node:path';
import { writeAtomic } from '../../lib/files.ts';

/** Where what many runs came to lies in its three forms: `ledger.json`, `LEDGER.md`, `ledger.html`. */
export const formsIn = (dir: string, name: string) => ({
  json: path.join(dir, `${name}.json`),
  markdown: path.join(dir, `${name.toUpperCase()}.md`),
  page: path.join(dir, `${name}.html`),
});

/** Writes all three. */
export function writeForms(to: ReturnType<typeof formsIn>, data: object, markdown: string, page: string): void {
  writeAtomic(to.json, `${JSON.stringify(data, null, 1)}\n`);
  writeAtomic(to.markdown, markdown);
  writeAtomic(to.page, page);
}
