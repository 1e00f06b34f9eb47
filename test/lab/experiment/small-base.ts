import path from 'node:path';
import { saveCheckpoint } from '../../../src/nn/checkpoints/index.ts';
import { experimentToYaml } from '../../../src/lab/experiment/compare.ts';
import { writeAtomic } from '../../../src/lib/files.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters, models } from '../../../src/nn/models/index.ts';
import { loadTokenizer } from '../../../src/world/tokenizer/load.ts';
import { families } from '../../nn/models/found.ts';
import { MODEL, tiny } from '../../tiny.ts';

/** A base that nobody trained, as `checkpoints/bases` holds one, with a tokenizer that is not what an experiment would make. */
export async function putBase(folder: string, name: string, seed: number): Promise<string> {
  const dir = path.join(folder, `${name}-${seed}`);
  const { files } = families.chatml!;
  const { vocabSize, endId, padId } = await loadTokenizer(files);
  const { kind: _, ...sizes } = MODEL;
  const model = models.gpt2.create(models.gpt2.params.parse(sizes), vocabSize);
  const recipe = experimentToYaml(tiny({ seed, tokenizer: { vocabSize } }));
  const sums = { 'recipe.yaml': writeAtomic(path.join(dir, 'recipe.yaml'), recipe) };
  const parameters = initParameters(model, createRng(seed));
  saveCheckpoint(
    dir,
    { model, tokens: { eos: endId, pad: padId }, parameters, tokenizer: files, card: '# Small' },
    sums,
  );
  return dir;
}
