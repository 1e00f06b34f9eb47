import path from 'node:path';
import { exists, readText } from '../../lib/files.ts';
import { expectInside } from '../../lib/regular-file.ts';
import { loadTokenizer, TOKENIZER_FILES } from '../../world/tokenizer/load.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';

/** The tokenizer in a folder of any origin. @param hint ends the message where a file is missing. */
export async function readTokenizer(dir: string, hint: string): Promise<ChatTokenizer> {
  const names = TOKENIZER_FILES.filter((name) => name !== 'chat_template.jinja' || exists(path.join(dir, name)));
  for (const name of names) expectInside(dir, name);
  return loadTokenizer(Object.fromEntries(names.map((name) => [name, readText(path.join(dir, name), hint)])));
}
