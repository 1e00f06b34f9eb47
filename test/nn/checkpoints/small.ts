import type { Checkpoint } from '../../../src/nn/checkpoints/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters, models } from '../../../src/nn/models/index.ts';

/** A whole checkpoint of a few thousand parameters, none of them at an identity value. */
export function smallCheckpoint(seed = 1): Checkpoint {
  const model = models.gpt2.create(models.gpt2.params.parse({ nLayer: 2, nHead: 2, nEmbd: 8, nPositions: 16 }), 32);
  const parameters = initParameters(model, createRng(seed));
  const rng = createRng(`${seed} shaken`);
  for (const { data } of Object.values(parameters)) data.forEach((x, i) => (data[i] = x + 0.1 * rng.normal()));
  return {
    model,
    tokens: { eos: 1, pad: 0 },
    parameters,
    tokenizer: { 'tokenizer.json': '{"model":{}}', 'tokenizer_config.json': '{"chat_template":"{{ messages }}"}' },
    card: '# card\n',
  };
}
