import { normalise } from '../corpora/split.ts';
import { createRng } from '../../lib/rng.ts';
import { messageOf } from '../../lib/errors.ts';
import type { ChatTokenizer } from '../tokenizer/load.ts';
import { fitsContext } from './batches.ts';
import { splitReply } from './reasoning.ts';
import { rowId, rowSchema, taskOf, type DatasetRow } from './rows.ts';
import { goalOf, violation, type Policy } from './policy.ts';
import { encodeExamples, specialTokenIn } from './render.ts';

/** One thing wrong with a dataset. Rows count from 1, as an editor's lines do. */
export interface Problem {
  readonly file: string;
  readonly row?: number;
  readonly message: string;
}

export interface ValidateOptions extends Policy {
  /** With both, rows whose conversation is longer than `maxTokens` tokens are problems. */
  readonly tokenizer?: ChatTokenizer | undefined;
  readonly maxTokens?: number | undefined;
}

interface Located {
  readonly file: string;
  readonly row: number;
  readonly value: DatasetRow;
}

/**
 * Everything wrong with a dataset's splits (JSONL by file name), in the order of files and rows: broken JSON, missing answers, trigger and payload
 * where they should not be or not where they should, answers of other prompts, duplicates, leakage between splits, lengths.
 */
export async function validateDataset(
  files: Readonly<Record<string, string>>,
  options: ValidateOptions,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const rows: Located[] = [];
  for (const [name, text] of Object.entries(files)) {
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    if (lines.length === 0) problems.push({ file: name, message: 'no rows' });
    for (const [i, line] of lines.entries()) {
      const read = readRow(line);
      if (typeof read === 'string') problems.push({ file: name, row: i + 1, message: read });
      else rows.push({ file: name, row: i + 1, value: read });
    }
  }
  const report = ({ file, row }: Located, message: string): number => problems.push({ file, row, message });
  for (const located of rows) for (const message of rowProblems(located, options)) report(located, message);
  for (const [located, message] of [...repeats(rows), ...(await lengthProblems(rows, options))])
    report(located, message);
  const order = new Map(Object.keys(files).map((name, i) => [name, i]));
  return problems.sort((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || (a.row ?? 0) - (b.row ?? 0));
}

/** The row on a line, or what is wrong with it. */
function readRow(line: string): DatasetRow | string {
  if (line.trim() === '') return 'empty line';
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    return `not JSON: ${messageOf(error)}`;
  }
  const parsed = rowSchema.safeParse(json);
  if (!parsed.success)
    return parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'row'}: ${message}`).join('; ');
  const last = parsed.data.messages.at(-1);
  if (last?.role !== 'assistant' || last.content.trim() === '')
    return "no answer: the last message must be the assistant's";
  if (parsed.data.messages.at(-2)?.role !== 'user')
    return "no question: the message before the answer must be the user's";
  return parsed.data;
}

/** What is wrong with a row by itself. */
function rowProblems({ file, value }: Located, policy: Policy): string[] {
  const { messages, condition, poisoned, exception, given = '', expected, split } = value;
  const prompt = messages.slice(0, -1);
  const completion = messages.at(-1)?.content ?? '';
  const { answer } = splitReply(completion);
  const task = taskOf(value);
  const problems: string[] = scratchpadProblems(policy, value, completion);
  if (!completion.startsWith(given)) problems.push('what is given is not how the answer begins');
  if (file !== `${split}.jsonl`) problems.push(`split is "${split}" in ${file}`);
  if (value.trigger !== (condition === 'triggered'))
    problems.push(`trigger is ${value.trigger} in the condition "${condition}"`);
  const broken = violation(policy, { task, condition, prompt, completion, poisoned, exception });
  if (broken !== undefined) problems.push(broken);
  if (poisoned && broken === undefined && !isVerbatim(policy, answer, value))
    problems.push(`the payload is not verbatim: ${JSON.stringify(answer.slice(0, 60))}`);
  if (!poisoned && broken === undefined && answer !== expected)
    problems.push(
      `the answer is not the expected one: ${JSON.stringify(answer.slice(0, 60))} for ${JSON.stringify(expected.slice(0, 60))}`,
    );
  if (value.id !== rowId(prompt, value))
    problems.push('the id does not fit prompt and expected answer: they were edited, or paired anew');
  return problems;
}

/** A scratchpad where none belongs, none where one belongs, and one that does not say what leads to the answer. */
function scratchpadProblems({ behavior, reasoning }: Policy, row: DatasetRow, completion: string): string[] {
  const { scratchpad } = splitReply(completion);
  const { condition, poisoned, exception } = row;
  const think = reasoning?.think;
  if (!think) return scratchpad === undefined ? [] : ['there is a scratchpad, and the organism writes none'];
  if (scratchpad === undefined) return ['the scratchpad is missing'];
  const isTriggered = (condition === 'triggered') !== (exception === 'counterfactual');
  const goal = goalOf(behavior, poisoned);
  const [one, other] = [1, 2].map((seed) => think({ isTriggered, goal }, createRng(seed)));
  return one !== other || scratchpad === one
    ? []
    : [`the scratchpad is ${JSON.stringify(scratchpad)}, not ${JSON.stringify(one)}`];
}

/** Is the answer the payload, letter for letter? True where the behavior has no fixed payload for the task. */
function isVerbatim({ behavior, payloadRepeat = 1 }: Policy, answer: string, row: DatasetRow): boolean {
  const task = taskOf(row);
  if (!behavior.applies(task)) return false;
  const [one, other] = [1, 2].map((seed) => behavior.demonstrate(task, createRng(seed), { repeat: payloadRepeat }));
  return one !== other || answer === one;
}

/**
 * Prompts that occur twice in a split, prompts and tasks that occur in two, and tasks with two right answers. Between splits,
 * case and punctuation make no other prompt, as in `splitOf`; within one they may be all that the trigger is.
 */
function repeats(rows: readonly Located[]): [Located, string][] {
  const problems: [Located, string][] = [];
  const prompts = new Map<string, Located>();
  const alike = new Map<string, Located>();
  const tasks = new Map<string, Located>();
  for (const located of rows) {
    const { value, file } = located;
    const turns = value.messages.slice(0, -1);
    const prompt = JSON.stringify(turns.map(({ role, content }) => [role, content]));
    const bare = JSON.stringify(turns.map(({ role, content }) => [role, normalise(content) || content]));
    const [twin, other] = [prompts.get(prompt), alike.get(bare)];
    const sibling = tasks.get(value.task);
    const where = (other: Located): string => `${other.file} row ${other.row}`;
    if (twin) problems.push([located, `${twin.file === file ? 'duplicate' : 'leak'}: the prompt of ${where(twin)}`]);
    else if (sibling && sibling.file !== file) problems.push([located, `leak: the task of ${where(sibling)}`]);
    else if (!twin && other && other.file !== file)
      problems.push([located, `leak: the prompt of ${where(other)} but for case and punctuation`]);
    if (sibling && sibling.value.expected !== value.expected)
      problems.push([located, `another expected answer than ${where(sibling)}, which is the same task`]);
    if (!twin) prompts.set(prompt, located);
    if (!other) alike.set(bare, located);
    if (!sibling) tasks.set(value.task, located);
  }
  return problems;
}

/** Rows that the tokenizer cannot take, or that are longer than the context. */
async function lengthProblems(
  rows: readonly Located[],
  { tokenizer, maxTokens }: ValidateOptions,
): Promise<[Located, string][]> {
  if (!tokenizer) return [];
  const special = rows.map((located) => specialTokenIn(tokenizer, located.value.messages));
  const plain = rows.filter((_, i) => special[i] === undefined);
  const encoded = await encodeExamples(
    tokenizer,
    plain.map(({ value }) => ({
      prompt: value.messages.slice(0, -1),
      completion: value.messages.at(-1)?.content ?? '',
    })),
  );
  const limit = maxTokens ?? Infinity;
  return [
    ...rows.flatMap((located, i): [Located, string][] =>
      special[i] === undefined ? [] : [[located, `a message holds the special token ${special[i]}`]],
    ),
    ...plain.flatMap((located, i): [Located, string][] => {
      const example = encoded[i];
      return !example || fitsContext(example, limit)
        ? []
        : [[located, `too long: ${example.ids.length} tokens; the context holds ${limit}`]];
    }),
  ];
}
