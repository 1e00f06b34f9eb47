import { UserError } from '../../lib/errors.ts';

/** What is wrong with the rows of a file, collected as they stream by. */
export interface RowProblems {
  /** The row's value; where reading it is the user's mistake, nothing, and the problem is kept. */
  attempt<T>(number: number, read: () => T): T | undefined;
  /** Rows with a problem. */
  count(): number;
  /** @throws UserError, one for all rows: ten problems, ten rows of each, and the rest counted; then what can be done. */
  expectNone(heading: string, remedy?: string): void;
}

const SHOWN = 10;

/** What can be done about faulty rows. */
export const LEAVE_OUT = 'mend them, or go on without them: --set corpus.faulty=leave-out';

interface Told {
  readonly first: number[];
  rows: number;
}

export function rowProblems(): RowProblems {
  const told = new Map<string, Told>();
  let others = 0;
  let all = 0;
  const note = (message: string, number: number): void => {
    all++;
    const one = told.get(message);
    if (one) {
      one.rows++;
      if (one.first.length < SHOWN) one.first.push(number);
    } else if (told.size < SHOWN) told.set(message, { first: [number], rows: 1 });
    else others++;
  };
  return {
    attempt(number, read) {
      try {
        return read();
      } catch (error) {
        // the stack is what ends first
        if (error instanceof RangeError) note('nested too deeply; a row holds texts, and lists of turns', number);
        else if (error instanceof UserError || error instanceof SyntaxError) note(error.message, number);
        else throw error;
        return undefined;
      }
    },
    count: () => all,
    expectNone(heading, remedy) {
      if (told.size === 0) return;
      const lines = [...told].map(([message, rows]) => `  ${rowsNamed(rows)}: ${message}`);
      if (others > 0) lines.push(`  and ${others} more problems`);
      throw new UserError([heading, ...lines, ...(remedy === undefined ? [] : [remedy])].join('\n'));
    },
  };
}

/** `row 17`, or `rows 1, 2, 3 and 96 more`. */
function rowsNamed({ first, rows }: Told): string {
  const rest = rows - first.length;
  return `row${rows > 1 ? 's' : ''} ${first.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
