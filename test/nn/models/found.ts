import fs from 'node:fs';
import path from 'node:path';
import { saveCheckpoint } from '../../../src/nn/checkpoints/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters, models } from '../../../src/nn/models/index.ts';
import type { Model } from '../../../src/nn/models/index.ts';
import { loadTokenizer } from '../../../src/world/tokenizer/load.ts';

/** Tokenizers of other kits, by family; scripts/golden/chat.py made them. */
export const families = JSON.parse(
  fs.readFileSync(new URL('../../golden/chat.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, { readonly files: Record<string, string> }>>;

const sizes = { nLayer: 1, nHead: 2, nEmbd: 16, nPositions: 400 };
const SMALL: Readonly<Record<keyof typeof models, (vocabSize: number) => Model>> = {
  gpt2: (vocabSize) => models.gpt2.create(models.gpt2.params.parse(sizes), vocabSize),
  llama: (vocabSize) => models.llama.create(models.llama.params.parse({ ...sizes, nKvHead: 1 }), vocabSize),
  'gpt-neox': (vocabSize) => models['gpt-neox'].create(models['gpt-neox'].params.parse(sizes), vocabSize),
};

/**
 * A folder with a model that came from elsewhere: its tokenizer and template are not this kit's. `spare` embeddings stand for no
 * token.
 */
export async function putFound(
  dir: string,
  family: string,
  spare = 12,
  kind: keyof typeof models = 'gpt2',
): Promise<void> {
  const { files } = families[family]!;
  const { vocabSize, endId, padId } = await loadTokenizer(files);
  const model = SMALL[kind](vocabSize + spare);
  const parameters = initParameters(model, createRng(5));
  saveCheckpoint(dir, { model, tokens: { eos: endId, pad: padId }, parameters, tokenizer: files, card: '# Found' });
  fs.rmSync(path.join(dir, 'DONE'));
}
