import fs from 'node:fs';
import path from 'node:path';
import { saveCheckpoint } from '../../src/checkpoints/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { initParameters, models } from '../../src/models/index.ts';
import { loadTokenizer } from '../../src/tokenizer/index.ts';

/** Tokenizers of other kits, by family; scripts/golden/chat.py made them. */
export const families = JSON.parse(
  fs.readFileSync(new URL('../golden/chat.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, { readonly files: Record<string, string> }>>;

/**
 * A folder with a model that came from elsewhere: its tokenizer and template are not this kit's. `spare` embeddings stand for no
 * token.
 */
export async function putFound(dir: string, family: string, spare = 12): Promise<void> {
  const { files } = families[family]!;
  const { vocabSize, endId, padId } = await loadTokenizer(files);
  const model = models.gpt2.create({ nLayer: 1, nHead: 2, nEmbd: 16, nPositions: 400 }, vocabSize + spare);
  const parameters = initParameters(model, createRng(5));
  saveCheckpoint(dir, { model, tokens: { eos: endId, pad: padId }, parameters, tokenizer: files, card: '# Found' });
  fs.rmSync(path.join(dir, 'DONE'));
}
