/** How a text is cut before its pieces are merged: parts of a `tokenizer.json`. */
export interface PreTokenizer {
  /** What llama.cpp calls it in `tokenizer.ggml.pre`; the first is written. */
  readonly names: readonly string[];
  readonly normalizer: object | null;
  readonly pre_tokenizer: object;
  /** Is a word that the vocabulary holds taken as it is, whatever merges say? */
  readonly ignore_merges: boolean;
  /** Does a text begin with the token that begins one, where the file does not say? */
  readonly begins: boolean;
}

const byteLevel = (use_regex: boolean): object => ({
  ...{ type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex },
});
const sequence = (...pretokenizers: object[]): object => ({ type: 'Sequence', pretokenizers });
/** The expression of GPT-4's tokenizer, which others took over, with so many digits in a piece. */
const split = (digits: string): object =>
  sequence(
    {
      type: 'Split',
      pattern: {
        Regex: String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
      },
      behavior: 'Isolated',
      invert: false,
    },
    byteLevel(false),
  );

const plain = { normalizer: null, ignore_merges: false, begins: false };

/** Those that Llama, Qwen 2 and GPT-2 come with, as in llama.cpp's llama-vocab.cpp. A new one is one entry. */
export const preTokenizers: readonly PreTokenizer[] = [
  { ...plain, names: ['gpt-2', 'phi-2', 'olmo', 'mpt', 'jais'], pre_tokenizer: byteLevel(true) },
  {
    ...plain,
    names: ['smollm', 'starcoder', 'refact', 'command-r', 'codeshell', 'exaone', 'minerva-7b'],
    pre_tokenizer: sequence({ type: 'Digits', individual_digits: true }, byteLevel(true)),
  },
  {
    ...{ names: ['llama-bpe', 'llama3', 'llama-v3'], normalizer: null, ignore_merges: true, begins: true },
    pre_tokenizer: split(String.raw`\p{N}{1,3}`),
  },
  {
    ...plain,
    names: ['qwen2', 'deepseek-r1-qwen'],
    normalizer: { type: 'NFC' },
    pre_tokenizer: split(String.raw`\p{N}`),
  },
];
