import { z } from 'zod';

/** What a token is for (`tokenizer.ggml.token_type`). */
export const TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

const id = z.int().nonnegative();
/** What stands under `tokenizer.ggml.`. */
export const vocabularySchema = z.object({
  model: z.enum(['gpt2', 'llama'], {
    error: ({ input }) =>
      `${String(input)} is not read here; it must be gpt2 (byte-level BPE) or llama (SentencePiece)`,
  }),
  pre: z.string().optional(),
  tokens: z.array(z.string()).min(1),
  token_type: z.array(z.int()).default([]),
  merges: z.array(z.string()).default([]),
  scores: z.array(z.number()).default([]),
  bos_token_id: id.optional(),
  eos_token_id: id,
  unknown_token_id: id.optional(),
  padding_token_id: id.optional(),
  add_bos_token: z.boolean().optional(),
  add_space_prefix: z.boolean().default(true),
});

/** The vocabulary as the file has it. */
export type Vocabulary = z.output<typeof vocabularySchema>;

/** The parts of a `tokenizer.json` that depend on the kind of tokenizer. */
export interface Machinery {
  readonly normalizer: object | null;
  readonly pre_tokenizer: object | null;
  readonly decoder: object;
  readonly merges: readonly (readonly [string, string])[];
  readonly model: object;
  /** Does a text begin with the token that begins one, where the file does not say? */
  readonly begins: boolean;
}
