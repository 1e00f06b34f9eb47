import { UserError } from '../../lib/errors.ts';

/** All problems of an experiment as one error: a line each. */
export function invalid(lines: readonly string[]): UserError {
  const unique = [...new Set(lines)];
  const text =
    unique.length === 1 ? unique[0]! : `${unique.length} problems in the experiment:\n  ${unique.join('\n  ')}`;
  return new UserError(text, 2);
}
