import { createRng } from '../../../src/lib/rng.ts';
import { initParameters, models } from '../../../src/nn/models/index.ts';
import type { Model, Parameters } from '../../../src/nn/models/index.ts';

export const V = 30;
const sizes = { nLayer: 2, nHead: 2, nEmbd: 16, nPositions: 24 };

/** Every architecture, small, with what sets it apart. */
export const smallModels: Readonly<Record<keyof typeof models, Model>> = {
  gpt2: models.gpt2.create(models.gpt2.params.parse(sizes), V),
  llama: models.llama.create(models.llama.params.parse({ ...sizes, nHead: 4, nKvHead: 2, bias: 'qkv' }), V),
  'gpt-neox': models['gpt-neox'].create(models['gpt-neox'].params.parse({ ...sizes, rotaryPct: 0.5 }), V),
};

/** Larger than at init, and nothing at an identity value, so that everything takes part. */
export const shaken = (model: Model): Parameters =>
  Object.fromEntries(
    Object.entries(initParameters(model, createRng(1))).map(([name, { shape, data }]) => {
      const rng = createRng(`shake ${name}`);
      return [name, { shape, data: data.map((x) => 3 * x + 0.1 * rng.normal()) }];
    }),
  );
