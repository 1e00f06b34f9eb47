import { Tokenizer } from 'tokenizers';
import { UserError, messageOf } from '../lib/errors.ts';
import { END_TOKEN, PAD_TOKEN, SPECIAL_TOKENS, chatTemplateOf } from './format.ts';

/** The files of a tokenizer in a Hugging Face folder, by name. */
export type TokenizerFiles = Readonly<Record<'tokenizer.json' | 'tokenizer_config.json', string>>;

/** Text to ids and back, and the template that turns a conversation into text. */
export interface ChatTokenizer {
  readonly vocabSize: number;
  /** Pads batches, and begins and ends documents. */
  readonly padId: number;
  /** Ends a turn: generation stops here, and the loss counts it. */
  readonly endId: number;
  /** Strings that stand for one token wherever they occur, and so must not occur in a prompt. */
  readonly specialTokens: readonly string[];
  /** Jinja; rendered by `src/data/render.ts` alone. */
  readonly chatTemplate: string;
  encode(text: string): Promise<number[]>;
  encodeBatch(texts: readonly string[]): Promise<number[][]>;
  /** Special tokens are kept, so that a reply which runs past its turn shows it. */
  decode(ids: readonly number[]): Promise<string>;
  decodeBatch(batch: readonly (readonly number[])[]): Promise<string[]>;
  files(): TokenizerFiles;
}

/**
 * A tokenizer from the contents of its files. Throws a UserError where they are missing, broken, or not of this kit's
 * chat format (one of its special tokens is absent).
 */
export async function loadTokenizer(files: Readonly<Record<string, string>>): Promise<ChatTokenizer> {
  const { 'tokenizer.json': tokenizerFile, 'tokenizer_config.json': configFile } = files;
  if (tokenizerFile === undefined || configFile === undefined)
    throw new UserError(
      `tokenizer incomplete: given ${Object.keys(files).join(', ') || 'nothing'}; it needs tokenizer.json and tokenizer_config.json`,
    );
  const chatTemplate = chatTemplateOf(configFile);
  const tokenizer = parseTokenizer(tokenizerFile);
  const idOf = (token: string): number => {
    const id = tokenizer.tokenToId(token);
    if (id === null)
      throw new UserError(`tokenizer.json lacks the token ${token}; the chat format needs ${SPECIAL_TOKENS.join(' ')}`);
    return id;
  };
  SPECIAL_TOKENS.forEach(idOf);
  const kept = { 'tokenizer.json': tokenizerFile, 'tokenizer_config.json': configFile };
  return {
    vocabSize: tokenizer.getVocabSize(true),
    padId: idOf(PAD_TOKEN),
    endId: idOf(END_TOKEN),
    specialTokens: SPECIAL_TOKENS,
    chatTemplate,
    encode: async (text) => (await tokenizer.encode(text)).getIds(),
    encodeBatch: async (texts) => (await tokenizer.encodeBatch([...texts])).map((encoding) => encoding.getIds()),
    decode: (ids) => tokenizer.decode([...ids], false),
    decodeBatch: (batch) =>
      tokenizer.decodeBatch(
        batch.map((ids) => [...ids]),
        false,
      ),
    files: () => kept,
  };
}

function parseTokenizer(json: string): Tokenizer {
  try {
    return Tokenizer.fromString(json);
  } catch (error) {
    throw new UserError(
      `tokenizer.json is damaged: ${messageOf(error)}; restore it from the run that wrote it, or train again`,
    );
  }
}
