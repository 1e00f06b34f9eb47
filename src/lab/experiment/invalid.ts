import { UserError } from '../../lib/errors.ts';

/** So many are told: a file that is no experiment has one in every line. */
const MOST = 20;

/** The problems of an experiment as one error: a line each. */
export function invalid(lines: readonly string[]): UserError {
  const unique = [...new Set(lines)];
  if (unique.length === 1) return new UserError(unique[0]!, 2);
  const more = unique.length > MOST ? [`and ${unique.length - MOST} more; is it an experiment at all?`] : [];
  return new UserError(
    [`${unique.length} problems in the experiment:`, ...unique.slice(0, MOST), ...more].join('\n  '),
    2,
  );
}
