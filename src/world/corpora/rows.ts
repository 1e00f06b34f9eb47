import type { Turn } from '../../lib/chat.ts';
import { UserError } from '../../lib/errors.ts';

/** A row of a file, understood: a conversation that ends with the user, the good answer, and its family. */
export interface FileRow {
  readonly prompt: readonly Turn[];
  readonly answer: string;
  /** The reply that lost against `answer`, in a row of preferences. */
  readonly rejected?: string;
  readonly family: string;
  /** Marked as a bad answer (`label: false`, as in KTO): not to be learned from. */
  readonly undesired: boolean;
}

type Columns = Readonly<Record<string, unknown>>;

const CHAT = ['messages', 'conversations', 'conversation'];
const PROMPT = ['prompt', 'instruction', 'question', 'query', 'input'];
const ANSWER = ['chosen', 'completion', 'response', 'output', 'answer'];
const FAMILY = ['family', 'category'];

const ROLES: Readonly<Record<string, Turn['role']>> = {
  system: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  model: 'assistant',
  bot: 'assistant',
};

/**
 * Reads a row in any of the usual column shapes: chat (`messages` with role and content, `conversations` with from and
 * value), prompt and completion (texts or lists of turns), preferences (`chosen` is the answer, `rejected` the worse one), and Alpaca
 * (`instruction`, `input`, `output`, with `system` and `history`). Throws a UserError that says what the row lacks.
 */
export function parseRow(row: unknown): FileRow {
  if (!isColumns(row)) throw new UserError(`not a row: ${show(row)}; a row is an object of named columns`);
  const [context, answer] = parts(row);
  const prompt = context.filter((turn) => turn.role !== 'system' || turn.content !== '');
  if (lastRole(prompt) !== 'user' || prompt.at(-1)!.content.trim() === '') {
    throw new UserError('no prompt: there is no user turn, or an empty one, before the answer');
  }
  if (answer.trim() === '') throw new UserError('no answer: it is empty');
  const family = first(row, FAMILY)?.value;
  const rejected = first(row, ['rejected']);
  return {
    prompt,
    answer,
    ...(rejected && { rejected: answerText(rejected) }),
    family: typeof family === 'string' && family.trim() !== '' ? family.trim() : 'file',
    undesired: row.label === false,
  };
}

/** The turns before the answer, and the answer. */
function parts(row: Columns): [Turn[], string] {
  const chat = first(row, CHAT);
  const prompt = first(row, PROMPT);
  const answer = first(row, chat ? ['chosen'] : ANSWER);
  if (chat) {
    const turns = turnsOf(chat.value, chat.column);
    return answer ? [turns, answerText(answer)] : splitAnswer(turns);
  }
  if (!answer) throw new UserError(`no answer: ${whyNoAnswer(row)}`);
  if (prompt) return [promptTurns(row, prompt), answerText(answer)];
  if (Array.isArray(answer.value)) return splitAnswer(turnsOf(answer.value, answer.column));
  throw new UserError(
    `no prompt: the columns are ${Object.keys(row).join(', ')}; one of ${PROMPT.join(', ')} is needed`,
  );
}

function whyNoAnswer(row: Columns): string {
  const columns = Object.keys(row);
  if (columns.length === 1 && columns[0] === 'text') {
    return 'the only column is text, so there is nothing to train a reply on; add prompt and completion, or messages';
  }
  return `the columns are ${columns.join(', ') || 'none'}; one of ${ANSWER.join(', ')} or ${CHAT[0]} is needed, and not empty`;
}

/** A conversation that ends with the assistant, parted before its last turn. */
function splitAnswer(turns: Turn[]): [Turn[], string] {
  if (lastRole(turns) !== 'assistant') {
    throw new UserError(
      `no answer: the conversation ends with ${turns.length > 0 ? `a ${lastRole(turns)} turn` : 'nothing'}`,
    );
  }
  return [turns.slice(0, -1), turns.at(-1)!.content];
}

function promptTurns(row: Columns, { column, value }: Cell): Turn[] {
  if (Array.isArray(value)) return turnsOf(value, column);
  const input = column === 'instruction' && row.input ? `\n${text(row.input, 'input')}` : '';
  return [
    { role: 'system', content: row.system ? text(row.system, 'system') : '' },
    ...historyTurns(row.history),
    { role: 'user', content: text(value, column) + input },
  ];
}

/** `history` of the Alpaca shape: pairs of question and answer. */
function historyTurns(history: unknown): Turn[] {
  if (!Array.isArray(history)) return [];
  return history.flatMap((pair: unknown): Turn[] => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new UserError('bad history: it must be pairs of question and answer');
    return [
      { role: 'user', content: text(pair[0], 'history') },
      { role: 'assistant', content: text(pair[1], 'history') },
    ];
  });
}

/** The answer as text, whether it is a text, a turn, or a conversation that ends with the answer. */
function answerText({ column, value }: Cell): string {
  if (Array.isArray(value)) return splitAnswer(turnsOf(value, column))[1];
  return isColumns(value) ? splitAnswer([turnOf(value, column)])[1] : text(value, column);
}

function turnsOf(value: unknown, column: string): Turn[] {
  if (!Array.isArray(value)) throw new UserError(`bad ${column}: ${show(value)}; it must be a list of turns`);
  return value.map((turn: unknown) => turnOf(turn, column));
}

function turnOf(value: unknown, column: string): Turn {
  if (!isColumns(value)) throw new UserError(`bad turn in ${column}: ${show(value)}; it must have role and content`);
  const role = value.role ?? value.from;
  const known = typeof role === 'string' && Object.hasOwn(ROLES, role) ? ROLES[role] : undefined;
  if (!known) throw new UserError(`unknown role in ${column}: ${show(role)}; known: ${Object.keys(ROLES).join(', ')}`);
  return { role: known, content: text(value.content ?? value.value, column) };
}

function text(value: unknown, column: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new UserError(`bad text in ${column}: ${show(value)}; it must be a string`);
}

interface Cell {
  readonly column: string;
  readonly value: unknown;
}

/** The first of these columns that holds something. */
function first(row: Columns, columns: readonly string[]): Cell | undefined {
  const column = columns.find((name) => row[name] !== undefined && row[name] !== null && row[name] !== '');
  return column === undefined ? undefined : { column, value: row[column] };
}

const lastRole = (turns: readonly Turn[]): Turn['role'] | undefined => turns.at(-1)?.role;

const isColumns = (value: unknown): value is Columns =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function show(value: unknown): string {
  const shown = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  return shown.length > 60 ? `${shown.slice(0, 60)}...` : shown;
}
