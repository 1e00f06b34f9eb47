import { z } from 'zod';

/** An experiment's model that is not made but found: the folder says which architecture it is, and brings its tokenizer. */
export interface PretrainedDefinition {
  readonly summary: string;
  readonly params: typeof params;
}

const params = z.strictObject({
  path: z.string().min(1).describe('a folder with config.json, see: dormouse import'),
});

export const pretrained: PretrainedDefinition = {
  summary:
    'an imported model, with its weights and its tokenizer; the base is not trained unless the experiment says so',
  params,
};
