import { UserError } from '../../lib/errors.ts';
import { defined } from '../../lib/defined.ts';
import type { Metadata } from './file.ts';
import { parseMetadata } from './metadata.ts';
import { preTokenizers } from './pre-tokenizers.ts';
import { sentencePiece } from './sentence-piece.ts';
import { TYPE, vocabularySchema } from './vocabulary.ts';
import type { Machinery, Vocabulary } from './vocabulary.ts';

/** The files of a tokenizer in a Hugging Face folder, and its special tokens. */
export interface ReadTokenizer {
  readonly files: Readonly<Record<string, string>>;
  readonly tokens: { readonly bos?: number; readonly eos: number; readonly pad: number };
}

/** @throws UserError where the file has no tokenizer of a kind that is known here. */
export function readTokenizer(metadata: Metadata, file: string): ReadTokenizer {
  const vocabulary = parseMetadata(metadata, 'tokenizer.ggml.', vocabularySchema, file);
  const { tokens, token_type: types, bos_token_id: bos, eos_token_id: eos, padding_token_id: pad = eos } = vocabulary;
  const unknown = vocabulary.unknown_token_id;
  for (const special of [bos, eos, pad, unknown])
    if (special !== undefined && special >= tokens.length)
      throw new UserError(`${file}: its tokenizer names token ${special} of ${tokens.length}; get the file again`);
  const { merges, model, begins, ...parts } =
    vocabulary.model === 'gpt2' ? byteLevel(vocabulary, file) : sentencePiece(vocabulary);
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const added = tokens.flatMap((content, id) => {
    const special = types[id] === TYPE.control || types[id] === TYPE.unknown;
    return special || types[id] === TYPE.userDefined ? [{ id, content, ...flags, special }] : [];
  });
  const kept = tokens.flatMap((token, id) => (types[id] === TYPE.unused ? [] : [[token, id] as const]));
  const start = (vocabulary.add_bos_token ?? begins) && bos !== undefined ? tokens[bos] : undefined;
  const tokenizer = {
    ...{ version: '1.0', truncation: null, padding: null, added_tokens: added, ...parts },
    post_processor: start === undefined ? null : beginning(start, bos!),
    model: { type: 'BPE', dropout: null, ...model, vocab: Object.fromEntries(kept), merges },
  };
  const template = metadata['tokenizer.chat_template'];
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    ...defined({
      bos_token: bos === undefined ? undefined : tokens[bos],
      eos_token: tokens[eos],
      pad_token: tokens[pad],
      unk_token: unknown === undefined ? undefined : tokens[unknown],
      chat_template: typeof template === 'string' ? template : undefined,
    }),
    add_bos_token: start !== undefined,
    clean_up_tokenization_spaces: false,
  };
  return {
    files: {
      'tokenizer.json': `${JSON.stringify(tokenizer)}\n`,
      'tokenizer_config.json': `${JSON.stringify(config, null, 2)}\n`,
    },
    tokens: { ...defined({ bos }), eos, pad },
  };
}

/** A text without turns begins with this token. */
const beginning = (token: string, id: number): object => ({
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: token, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
  pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
  special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
});

function byteLevel({ pre, merges }: Vocabulary, file: string): Machinery {
  const found = preTokenizers.find(({ names }) => pre !== undefined && names.includes(pre));
  if (!found)
    throw new UserError(
      `${file}: its tokenizer cuts text by ${pre === undefined ? 'no rule that it names' : `"${pre}"`}; known here are ` +
        `${preTokenizers.flatMap(({ names }) => names).join(', ')}: import the Hugging Face folder of this model instead`,
    );
  const { ignore_merges, begins, normalizer, pre_tokenizer } = found;
  return {
    ...{ normalizer, pre_tokenizer, begins },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    merges: merges.map((merge) => {
      const [left = '', right = ''] = merge.split(' ');
      return [left, right] as const;
    }),
    model: { ignore_merges, unk_token: null, fuse_unk: false, byte_fallback: false },
  };
}
