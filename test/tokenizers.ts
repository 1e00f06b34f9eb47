import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { inject, vi } from 'vitest';

/**
 * A tokenizer is trained once in a suite: from the same texts and options come the same files, which
 * test/world/tokenizer (without this) sees to.
 */
vi.mock('../src/world/tokenizer/train.ts', async (original) => {
  const { trainTokenizer } = await original<typeof import('../src/world/tokenizer/train.ts')>();
  const { loadTokenizer } = await import('../src/world/tokenizer/load.ts');
  return {
    trainTokenizer: (async (texts, options) => {
      const all = [...texts];
      const key = createHash('sha256')
        .update(JSON.stringify([options, all]))
        .digest('hex');
      const file = path.join(inject('tokenizers'), key);
      if (!fs.existsSync(file)) {
        const { files } = await trainTokenizer(all, options);
        fs.writeFileSync(`${file}.${process.pid}`, JSON.stringify(files()));
        fs.renameSync(`${file}.${process.pid}`, file); // another test may be reading
      }
      return loadTokenizer(JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, string>);
    }) satisfies typeof trainTokenizer,
  };
});
