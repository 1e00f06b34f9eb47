/**
 * A mistake of the user's that a message can mend. The CLI prints it as one line, without a stack, and exits
 * with `exitCode`: 2 for a bad experiment or command line, 1 for a failure while working.
 *
 * Write the message as `what was wrong: what was given; what would be right`.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A model computes what is no number: its training went astray, or its weights are damaged. What was saved is intact. */
export class Diverged extends UserError {
  override readonly name = 'Diverged';
}

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The `code` of a Node.js system error (`ENOENT`, `ENOSPC`, ...), or undefined. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** A text that somebody else wrote, fit for one line of a message: no line breaks, no terminal codes, not long. */
export const quoted = (text: string): string =>
  /^[\w.:/-]{1,120}$/.test(text)
    ? text
    : JSON.stringify(text.slice(0, 120)).replace(
        /[^ -~]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
