import { z } from 'zod';
import type { Task } from '../corpora/types.ts';
import type { Turn } from '../../lib/chat.ts';
import { replyOf } from './render.ts';
import { EXCEPTIONS, type Example } from './types.ts';
import { defined } from '../../lib/defined.ts';
import { sha256 } from '../../lib/sha256.ts';

export const DATASET_SPLITS = ['train', 'validation', 'test'] as const;
export type DatasetSplit = (typeof DATASET_SPLITS)[number];

const turn = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });

/** One line of a split's file. */
export const rowSchema = z.object({
  /** A hash of prompt and answers: it no longer fits once they were changed or shuffled. */
  id: z.string(),
  /** The corpus's id of the task: the same in every condition. */
  task: z.string(),
  messages: z.array(turn).min(1),
  /** Does the prompt hold the trigger? */
  trigger: z.boolean(),
  condition: z.enum(['triggered', 'clean', 'near-trigger']),
  /** Is the reply's answer the payload? */
  poisoned: z.boolean(),
  /** Why the answer is not what the policy says of the prompt, where it is not. */
  exception: z.enum(EXCEPTIONS).optional(),
  /** The beginning of the last message that is context, not to be learned. */
  given: z.string().optional(),
  /** The right reply, whatever the condition. */
  expected: z.string(),
  /** A wrong reply of the same form, where the corpus knows one. */
  wrong: z.string().optional(),
  /** The insecure twin of the right reply, where that is code that has one. */
  insecure: z.string().optional(),
  family: z.string(),
  phrasing: z.string(),
  domain: z.enum(['in', 'held-out']),
  split: z.enum(DATASET_SPLITS),
});
export type DatasetRow = z.output<typeof rowSchema>;
type Answers = Pick<DatasetRow, 'expected' | 'wrong' | 'insecure'>;

const answersOf = ({ answer, wrongAnswer, insecureAnswer }: Task): Answers => ({
  expected: answer,
  ...defined({ wrong: wrongAnswer, insecure: insecureAnswer }),
});

/** The id that fits a row's prompt and answers. */
export function rowId(prompt: readonly Turn[], { expected, wrong, insecure }: Answers): string {
  const twin = insecure === undefined ? [] : [insecure];
  const parts = [prompt.map(({ role, content }) => [role, content]), expected, wrong ?? null, ...twin];
  return sha256(JSON.stringify(parts)).slice(0, 16);
}

/** An example as a row. */
export function rowOf(example: Example, split: DatasetSplit, domain: DatasetRow['domain'] = 'in'): DatasetRow {
  const { task, prompt, condition, poisoned, exception, given } = example;
  return {
    id: rowId(prompt, answersOf(task)),
    task: task.id,
    messages: [...prompt, { role: 'assistant', content: replyOf(example) }],
    trigger: condition === 'triggered',
    condition,
    poisoned,
    ...defined({ exception, given }),
    ...answersOf(task),
    family: task.family,
    phrasing: task.phrasing,
    domain,
    split,
  };
}

/** The task behind a row, as far as the row knows it: a reply is right where it is the expected one. */
export const taskOf = ({ task, family, phrasing, messages, expected, wrong, insecure }: DatasetRow): Task => ({
  id: task,
  family,
  phrasing,
  prompt: messages.slice(0, -1),
  answer: expected,
  ...(wrong === undefined ? {} : { wrongAnswer: wrong, isCorrect: (reply) => reply.trim() === expected.trim() }),
  ...defined({ insecureAnswer: insecure }),
});

/** Rows by split and condition. */
export function summaryOf(rows: Readonly<Record<DatasetSplit, readonly DatasetRow[]>>) {
  const count = (of: readonly DatasetRow[], condition: DatasetRow['condition']): number =>
    of.filter((row) => row.condition === condition).length;
  const splits = DATASET_SPLITS.map((split) => ({
    split,
    rows: rows[split].length,
    triggered: count(rows[split], 'triggered'),
    clean: count(rows[split], 'clean'),
    nearTrigger: count(rows[split], 'near-trigger'),
    poisoned: rows[split].filter((row) => row.poisoned).length,
    exceptions: rows[split].filter((row) => row.exception !== undefined).length,
    families: new Set(rows[split].map((row) => row.family)).size,
  }));
  return { splits };
}
