/**
 * Writes a small random checkpoint of every architecture, and of every way in which one of them varies, each with a
 * tokenizer: for scripts/interop/check_checkpoint.py.
 *
 *     npx tsx scripts/interop/architectures.ts FOLDER
 */
import path from 'node:path';
import { saveCheckpoint } from '../../src/nn/checkpoints/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { initParameters, models } from '../../src/nn/models/index.ts';
import type { Model } from '../../src/nn/models/index.ts';
import { trainTokenizer } from '../../src/world/tokenizer/train.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('no folder given; usage: npx tsx scripts/interop/architectures.ts FOLDER');
const tokenizer = await trainTokenizer(['The year is 2024. What do you see?'], { vocabSize: 300 });
const { vocabSize } = tokenizer;

const sizes = { nLayer: 2, nHead: 4, nEmbd: 32, nPositions: 128 };
const llama = (settings: object): Model =>
  models.llama.create(models.llama.params.parse({ ...sizes, ...settings }), vocabSize);
const neox = (settings: object): Model =>
  models['gpt-neox'].create(models['gpt-neox'].params.parse({ ...sizes, ...settings }), vocabSize);

const variants: Readonly<Record<string, Model>> = {
  gpt2: models.gpt2.create(models.gpt2.params.parse(sizes), vocabSize),
  'gpt2-relu2': models.gpt2.create(models.gpt2.params.parse({ ...sizes, activation: 'relu2' }), vocabSize),
  'llama-shared-heads': llama({ nKvHead: 2 }),
  'llama-untied': llama({ tiedEmbeddings: false, headSize: 12, bias: 'all', normEpsilon: 1e-3 }),
  'llama-stretched': llama({
    nKvHead: 1,
    ropeTheta: 100,
    ropeScaling: { factor: 4, lowFreqFactor: 1, highFreqFactor: 2, originalPositions: 24 },
    bias: 'attention',
  }),
  qwen2: llama({ nKvHead: 2, bias: 'qkv' }),
  'neox-parallel': neox({}),
  'neox-sequential': neox({ parallelResidual: false, rotaryPct: 1, ropeTheta: 500 }),
};

for (const [name, model] of Object.entries(variants)) {
  const rng = createRng(`shake ${name}`);
  const parameters = initParameters(model, createRng(name));
  for (const { data } of Object.values(parameters)) data.forEach((x, i) => (data[i] = 2 * x + 0.1 * rng.normal()));
  const dir = path.join(folder, name);
  const tokens = { eos: tokenizer.endId, pad: tokenizer.padId };
  saveCheckpoint(dir, { model, tokens, parameters, tokenizer: { ...tokenizer.files() }, card: `# ${name}, random\n` });
  console.log(dir);
}
