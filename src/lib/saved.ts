import type { z } from 'zod';
import { UserError } from './errors.ts';

/** What `state()` gave, read back from JSON. @param what names it in the message. @throws UserError for anything else. */
export function savedAs<T>(schema: z.ZodType<T>, state: unknown, what: string): T {
  const { data, success } = schema.safeParse(state);
  if (success) return data;
  throw new UserError(`${what} is damaged; delete the saved state to start the stage again`);
}
