import { parseDocument } from 'yaml';
import { z } from 'zod';
import { inPlainWords } from '../../../lab/experiment/problems.ts';
import { UserError } from '../../../lib/errors.ts';
import { readText } from '../../../lib/files.ts';

/** What a cluster's users write down once: where their jobs may run, and what each may take. */
export type Profile = z.output<typeof schema>;

/** As Slurm takes it: `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`, and so on. */
const TIME = /^(?:(\d+)|(\d+)-(\d+)(?::(\d+))?(?::(\d+))?|(?:(\d+):)?(\d+):(\d+))$/;
const word = z.string().regex(/^[\w.,:&|*()[\]=+@/-]+$/, 'not a word that Slurm could know; give its name there');
const line = z.string().regex(/^[^\n\r]+$/, 'more than a line; give each line as one of the list');

const schema = z.strictObject({
  partition: word.optional(),
  account: word.optional(),
  qos: word.optional(),
  constraint: word.optional(),
  time: z.preprocess(
    (time) => (typeof time === 'number' ? String(time) : time),
    z.string().regex(TIME, 'not a time of Slurm; give hours:minutes:seconds, or minutes'),
  ),
  memory: z.string().regex(/^\d+[KMGT]$/, 'not an amount of memory; give one such as 4G').optional(), // prettier-ignore
  cpus: z.int().positive().default(1),
  gpus: z.union([z.int().positive(), word]).optional(),
  atOnce: z.int().positive().optional(),
  setup: z.array(line).default([]),
  options: z.array(line.startsWith('--', 'not an option; give one such as --exclude=node7')).default([]),
  node: z.string().optional(),
  pollSeconds: z.number().min(0.1).default(10),
});

/** @throws UserError (exit code 2) with every problem, a line each. */
export function readProfile(file: string): Profile {
  return parseProfile(readText(file, 'write one (docs/cluster.md has an example), or name it with --cluster'), file);
}

/** @throws UserError (exit code 2) with every problem, a line each. */
export function parseProfile(text: string, file: string): Profile {
  const document = parseDocument(text);
  const words = inPlainWords();
  const { data, error } = schema.safeParse(document.errors.length > 0 ? {} : document.toJS(), { error: words.error });
  const syntax = document.errors.map(({ message }) => `not valid YAML: ${message.split('\n')[0]}`);
  const problems = error ? words.problemsOf(error) : [];
  if (data && syntax.length === 0) return data;
  const lines = syntax.length > 0 ? syntax : problems.map(({ path, message }) => `${path.join('.') || 'the profile'}: ${message}`); // prettier-ignore
  throw new UserError(lines.map((one) => `${file} ${one}`).join('\n'), 2);
}

/** Of `time`, in seconds. */
export function secondsOf(time: Profile['time']): number {
  const [, alone, days, dayHours, dayMinutes, daySeconds, hours, minutes, seconds] = (TIME.exec(time) ?? []).map(
    Number,
  );
  const of = (value: number | undefined): number => value || 0; // what is absent is no number
  return (
    86_400 * of(days) + 3600 * (of(dayHours) + of(hours)) + 60 * (of(alone) + of(dayMinutes) + of(minutes)) + of(daySeconds) + of(seconds) // prettier-ignore
  );
}
