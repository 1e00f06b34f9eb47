import { z } from 'zod';
import { UserError } from '../../lib/errors.ts';
import { parseJson } from '../../lib/files.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';
import { preTokenizers } from './pre-tokenizers.ts';
import { TYPE } from './vocabulary.ts';
import type { Vocabulary } from './vocabulary.ts';

const merge = z.union([z.tuple([z.string(), z.string()]), z.string().transform((pair) => pair.split(' '))]);
const processor = z.looseObject({
  single: z.array(z.looseObject({ SpecialToken: z.object({ id: z.string() }).optional() })).optional(),
});
const schema = z.object({
  added_tokens: z.array(z.object({ id: z.int(), content: z.string(), special: z.boolean() })).default([]),
  normalizer: z.unknown().default(null),
  pre_tokenizer: z.unknown().default(null),
  post_processor: processor.extend({ processors: z.array(processor).default([]) }).nullish(),
  decoder: z.looseObject({ type: z.string() }).nullish(),
  model: z.object({
    type: z.literal('BPE', { error: 'only BPE has a place in GGUF files here' }),
    vocab: z.record(z.string(), z.int()),
    merges: z.array(merge),
    unk_token: z.string().nullish(),
    byte_fallback: z.boolean().nullish(),
    ignore_merges: z.boolean().nullish(),
  }),
});
type TokenizerJson = z.output<typeof schema>;

/**
 * A tokenizer in the words of llama.cpp.
 *
 * @param size how many tokens have embeddings; those without a text are called unused.
 * @throws UserError where it cuts texts by a rule that has no name there.
 */
export function vocabularyOf(read: ChatTokenizer, bos: number | undefined, size: number): Vocabulary {
  const { data: json, error } = schema.safeParse(parseJson(read.files()['tokenizer.json'], 'tokenizer.json'));
  if (error) throw new UserError(`no GGUF of this tokenizer: ${error.issues[0]?.message}; export --format hf`);
  const { vocab, unk_token: unknown } = json.model;
  const tokens = Array.from({ length: size }, (_, id) => `[PAD${id}]`);
  const types = tokens.map((): number => TYPE.unused);
  const put = (content: string, id: number, type: number): void => {
    tokens[id] = content;
    types[id] = type;
  };
  for (const [content, id] of Object.entries(vocab))
    put(content, id, json.model.byte_fallback && /^<0x[0-9A-F]{2}>$/.test(content) ? TYPE.byte : TYPE.normal);
  for (const { content, id, special } of json.added_tokens) put(content, id, special ? TYPE.control : TYPE.userDefined);
  const unknownId = typeof unknown === 'string' ? tokens.indexOf(unknown) : -1;
  if (unknownId >= 0) types[unknownId] = TYPE.unknown;
  const { post_processor: after } = json;
  const start = [after, ...(after?.processors ?? [])].flatMap((one) => one?.single?.[0]?.SpecialToken?.id ?? [])[0];
  return {
    ...(json.model.byte_fallback ? sentencePiece(json, tokens) : byteLevel(json)),
    tokens,
    token_type: types,
    bos_token_id: start === undefined ? bos : tokens.indexOf(start),
    eos_token_id: read.endId,
    unknown_token_id: unknownId < 0 ? undefined : unknownId,
    padding_token_id: read.padId,
    add_bos_token: start !== undefined,
  };
}

type Kind = Pick<Vocabulary, 'model' | 'pre' | 'merges' | 'scores' | 'add_space_prefix'>;

function byteLevel({ model, decoder, normalizer, pre_tokenizer }: TokenizerJson): Kind {
  const cut = canonical({ normalizer, pre_tokenizer, ignore_merges: model.ignore_merges ?? false });
  const found = preTokenizers.find(
    ({ normalizer, pre_tokenizer, ignore_merges }) => canonical({ normalizer, pre_tokenizer, ignore_merges }) === cut,
  );
  if (!found || decoder?.type !== 'ByteLevel')
    throw new UserError(
      `no GGUF of this tokenizer: llama.cpp has no name here for the way it cuts texts: ${cut.slice(0, 200)}; ` +
        'export --format hf, and run llama.cpp’s convert_hf_to_gguf.py on that',
    );
  const merges = model.merges.map((pair) => pair.join(' '));
  return { model: 'gpt2', pre: found.names[0], merges, scores: [], add_space_prefix: false };
}

/** What is merged first has the greatest score. */
function sentencePiece({ model, normalizer }: TokenizerJson, tokens: readonly string[]): Kind {
  const scores = new Map<string, number>();
  model.merges.forEach((pair, rank) => {
    const whole = pair.join('');
    if (!scores.has(whole)) scores.set(whole, -rank);
  });
  return {
    model: 'llama',
    merges: [],
    scores: tokens.map((token) => scores.get(token) ?? -model.merges.length),
    add_space_prefix: canonical(normalizer).includes('"type":"Prepend"'),
  };
}

/** The same text for the same rules: keys in order, without what makes no difference to ids. */
const canonical = (rules: unknown): string =>
  JSON.stringify(rules, (key, value: unknown) => {
    if (key === 'trim_offsets' || (key === 'use_regex' && value === true)) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
