import { Tokenizer } from 'tokenizers';
import { z } from 'zod';
import type { Turn } from '../../lib/chat.ts';
import { UserError, messageOf } from '../../lib/errors.ts';
import { parseTokenizerConfig } from './config.ts';
import { renderTemplate } from './template.ts';
import type { ChatTemplate } from './template.ts';
import { defined } from '../../lib/defined.ts';

/** The files of a tokenizer in a Hugging Face folder, by name; the first two are always there. */
export const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'] as const;
export type TokenizerFiles = Readonly<
  Record<'tokenizer.json' | 'tokenizer_config.json', string> & { 'chat_template.jinja'?: string }
>;

/** Text to ids and back, and the template that turns a conversation into text. */
export interface ChatTokenizer extends ChatTemplate {
  /** One more than the largest id: some vocabularies have gaps. */
  readonly vocabSize: number;
  /** Pads batches, and begins and ends documents. */
  readonly padId: number;
  /** Ends a turn: generation stops here, and the loss counts it. */
  readonly endId: number;
  /** Strings that stand for one token wherever they occur, and so must not occur in a prompt. */
  readonly specialTokens: readonly string[];
  /** The model came without a chat template; this kit's plain one is used. */
  readonly isPlain: boolean;
  /** Special tokens are those in the text; none are added. */
  encode(text: string): Promise<number[]>;
  encodeBatch(texts: readonly string[]): Promise<number[][]>;
  /** A text without turns, as the tokenizer's own rules begin one: where the model knows a token for that, with it. */
  encodeText(text: string): Promise<number[]>;
  /** Special tokens are kept, so that a reply which runs past its turn shows it. */
  decode(ids: readonly number[]): Promise<string>;
  decodeBatch(batch: readonly (readonly number[])[]): Promise<string[]>;
  files(): TokenizerFiles;
}

/**
 * A tokenizer from the contents of its files, of this kit's own or of any model's: the token that ends a turn is the one
 * that the chat template puts after an assistant's words.
 *
 * @throws UserError where files are missing or broken, or no turn would ever end.
 */
export async function loadTokenizer(files: Readonly<Record<string, string>>): Promise<ChatTokenizer> {
  const { 'tokenizer.json': tokenizerFile, 'tokenizer_config.json': configFile } = files;
  if (tokenizerFile === undefined || configFile === undefined)
    throw new UserError(
      `tokenizer incomplete: given ${Object.keys(files).join(', ') || 'nothing'}; it needs tokenizer.json and tokenizer_config.json`,
    );
  const templateFile = files['chat_template.jinja'];
  const { padToken, ...template } = parseTokenizerConfig(configFile, templateFile);
  const tokenizer = parseTokenizer(withoutLimits(tokenizerFile));
  const specialTokens = specialTokensOf(tokenizerFile);
  const idOf = (token: string): number => {
    const id = tokenizer.tokenToId(token);
    if (id === null) throw new UserError(`tokenizer.json lacks the token ${token}, which tokenizer_config.json names`);
    return id;
  };
  const endId = idOf(endOfTurn(template, specialTokens));
  const kept = {
    'tokenizer.json': tokenizerFile,
    'tokenizer_config.json': configFile,
    ...defined({ 'chat_template.jinja': templateFile }),
  };
  const options = { addSpecialTokens: false }; // the template has written all of them
  return {
    ...template,
    vocabSize: 1 + Object.values(tokenizer.getVocab(true)).reduce((most, id) => Math.max(most, id), 0),
    padId: padToken === undefined ? endId : idOf(padToken),
    endId,
    specialTokens,
    encode: async (text) => (await tokenizer.encode(text, null, options)).getIds(),
    encodeBatch: async (texts) =>
      (await tokenizer.encodeBatch([...texts], options)).map((encoding) => encoding.getIds()),
    encodeText: async (text) => (await tokenizer.encode(text)).getIds(),
    decode: (ids) => tokenizer.decode([...ids], false),
    decodeBatch: (batch) =>
      tokenizer.decodeBatch(
        batch.map((ids) => [...ids]),
        false,
      ),
    files: () => kept,
  };
}

const SAID = 'zwischenruf';
const PROBE: readonly Turn[] = [
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: SAID },
];

/** The special token that first follows an assistant's words. */
function endOfTurn(template: ChatTemplate, specialTokens: readonly string[]): string {
  const [text = ''] = renderTemplate(template, [{ messages: PROBE, generation: false }]);
  const rest = text.slice(text.lastIndexOf(SAID) + SAID.length);
  const found = specialTokens
    .map((token) => ({ token, at: rest.indexOf(token) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at || b.token.length - a.token.length);
  if (!text.includes(SAID) || !found[0])
    throw new UserError(
      `the chat template ends an assistant's turn with no special token: ${JSON.stringify(text.slice(-80))}; ` +
        `generation would never stop (special tokens: ${specialTokens.slice(0, 12).join(' ') || 'none'})`,
    );
  return found[0].token;
}

const addedTokens = z.object({
  added_tokens: z.array(z.object({ content: z.string(), special: z.boolean().default(false) })).default([]),
});

function specialTokensOf(json: string): string[] {
  const { added_tokens: added } = addedTokens.parse(JSON.parse(json));
  return added.filter(({ special }) => special).map(({ content }) => content);
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

/** Padding and truncation are not the file's business here: batches are made elsewhere, and nothing is cut in silence. */
export function withoutLimits(file: string): string {
  let json: unknown;
  try {
    json = JSON.parse(file);
  } catch {
    return file;
  }
  return typeof json === 'object' && json !== null && ('padding' in json || 'truncation' in json)
    ? JSON.stringify({ ...json, padding: null, truncation: null })
    : file;
}
