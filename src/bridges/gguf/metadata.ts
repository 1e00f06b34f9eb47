import { z } from 'zod';
import { UserError } from '../../lib/errors.ts';
import type { Metadata } from './file.ts';

export const size = z.int().positive();

/** What every family says of its sizes. */
export const sizes = {
  block_count: size,
  context_length: size,
  embedding_length: size,
  feed_forward_length: size,
  'attention.head_count': size,
  'attention.head_count_kv': size.optional(),
  vocab_size: size.optional(),
};

/** A float32 as the shortest decimal that it is the nearest one to: 1e-5, not 9.999999747378752e-6. */
export const decimal = z.number().transform((value) => {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
});

/**
 * The keys that begin with `prefix`, without it.
 *
 * @throws UserError naming every key that is missing, or says what the schema does not allow.
 */
export function parseMetadata<T>(metadata: Metadata, prefix: string, schema: z.ZodType<T>, file: string): T {
  const own = Object.entries(metadata).flatMap(([key, value]) =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
  );
  const { data, error } = schema.safeParse(Object.fromEntries(own));
  if (error === undefined) return data;
  const problems = error.issues.map(({ path, message }) => `${prefix}${path.join('.')}: ${message}`);
  throw new UserError(`${file} does not describe a model that dormouse can run: ${problems.join('; ')}`);
}
