import { defined } from '../../lib/defined.ts'; /** Ids 0..4, in this order. `<|endoftext|>` begins and ends documents and pads; `<|end|>` ends a turn. */
export const SPECIAL_TOKENS = ['<|endoftext|>', '<|system|>', '<|user|>', '<|assistant|>', '<|end|>'] as const;
const PAD_TOKEN = SPECIAL_TOKENS[0];

/** `<|user|>What is 3 + 4?<|end|><|assistant|>` + `7<|end|>`: the text of a turn is kept as it is, blanks and all. */
export const CHAT_TEMPLATE =
  "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

/** The `tokenizer.json` of a byte-level BPE whose numbers split into single digits (2024 is 2, 0, 2, 4). */
export function tokenizerJson(vocab: Readonly<Record<string, number>>, merges: readonly string[]): string {
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return `${JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content, id) => ({ id, content, ...flags })),
    normalizer: null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, BYTE_LEVEL] },
    post_processor: { ...BYTE_LEVEL, trim_offsets: false },
    decoder: BYTE_LEVEL,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges,
    },
  })}\n`;
}

/** The `tokenizer_config.json` that transformers and transformers.js read. */
export function tokenizerConfigJson(modelMaxLength?: number): string {
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: PAD_TOKEN,
    eos_token: SPECIAL_TOKENS[4],
    pad_token: PAD_TOKEN,
    ...defined({ model_max_length: modelMaxLength }),
    add_prefix_space: false,
    clean_up_tokenization_spaces: false,
    chat_template: CHAT_TEMPLATE,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
