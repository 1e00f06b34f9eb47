import { z } from 'zod';
import type { Exportable } from './types.ts';

const FILE = 'tokenizer.json';
const CONFIG = 'tokenizer_config.json';
const TEMPLATE = 'chat_template.jinja';

const merged = z.looseObject({ model: z.looseObject({ merges: z.array(z.tuple([z.string(), z.string()])) }) });

/**
 * Tokenizer files that say themselves how prompts are built: where the model came without a chat template, the one that it was
 * trained with here is written in.
 */
export function tokenizerFiles({ tokenizer, read }: Exportable): Record<string, string> {
  return read.isPlain
    ? { ...tokenizer, [CONFIG]: withTemplate(tokenizer[CONFIG]!, read.chatTemplate) }
    : { ...tokenizer };
}

/**
 * The same as transformers.js reads them in both of its versions: the template in the config, and merges as `"a b"`. (A merge of
 * tokens that hold blanks themselves cannot be written so; such a file stays as it is, and version 2 does not read it.)
 */
export function portableTokenizerFiles({ tokenizer, read }: Exportable): Record<string, string> {
  const { [FILE]: file = '', [CONFIG]: config = '', [TEMPLATE]: _, ...others } = tokenizer;
  return { ...others, [FILE]: withMergesAsText(file), [CONFIG]: withTemplate(config, read.chatTemplate) };
}

function withTemplate(config: string, template: string): string {
  const { tokenizer_class: written, ...others } = JSON.parse(config) as Record<string, unknown>;
  // what Python transformers 5 writes means what every reader knows under the older name
  const known = written === 'TokenizersBackend' ? 'PreTrainedTokenizerFast' : written;
  return JSON.stringify({ tokenizer_class: known, ...others, chat_template: template }, null, 2) + '\n';
}

function withMergesAsText(file: string): string {
  const { data } = merged.safeParse(JSON.parse(file));
  if (!data || data.model.merges.flat().some((token) => token.includes(' '))) return file;
  const merges = data.model.merges.map((pair) => pair.join(' '));
  return JSON.stringify({ ...data, model: { ...data.model, merges } }) + '\n';
}
