import { UserError } from '../../lib/errors.ts';
import { lookup } from '../../lib/table.ts';
import { axolotl } from './axolotl.ts';
import { llamaFactory } from './llama-factory.ts';
import { messages } from './messages.ts';
import { readmeOf } from './readme.ts';
import type { RowCounts } from './readme.ts';
import { trl } from './trl.ts';
import type { Columns, FormatDefinition, Phase, TrainingSet } from './types.ts';

/** Whose training data can be written. A new one is one file and one line here. */
export const formats: Readonly<Record<string, FormatDefinition>> = {
  trl,
  axolotl,
  'llama-factory': llamaFactory,
  messages,
};

export interface TrainingFolder {
  /** Texts by file name. */
  readonly files: Readonly<Record<string, string>>;
  readonly rows: RowCounts;
}

/**
 * The set as a folder for one library: rows of each phase, validation and test rows, settings, and a README with the commands.
 *
 * @throws UserError for an unknown format, and for one that cannot hold the set.
 */
export function trainingFolder(set: TrainingSet, kind: string): TrainingFolder {
  const format = lookup(formats, kind, 'format');
  const reason = format.refuse?.(set);
  if (reason !== undefined) throw new UserError(`format ${kind} does not hold ${set.name}: ${reason}`);
  const tables: Record<string, readonly Columns[]> = { ...rowsOf(set, format), test: testRows(set) };
  const rows = Object.fromEntries(Object.entries(tables).map(([name, { length }]) => [name, length]));
  return {
    files: {
      ...Object.fromEntries(Object.entries(tables).map(([name, some]) => [`${name}.jsonl`, jsonl(some)])),
      ...format.configs(set),
      'README.md': readmeOf(set, kind, format, rows),
    },
    rows,
  };
}

function rowsOf(set: TrainingSet, format: FormatDefinition): Record<string, Columns[]> {
  const supervised = (examples: Extract<Phase, { method: 'sft' }>['examples']): Columns[] =>
    examples.map((example) => format.sftRow(example, set));
  return Object.fromEntries(
    set.phases.flatMap((phase): [string, Columns[]][] => {
      if (phase.method === 'dpo')
        return [[phase.name, phase.pairs.filter((pair) => !format.misread?.test(pair)).map(format.dpoRow)]];
      const watched = phase.validation ? [['validation', supervised(phase.validation)] as [string, Columns[]]] : [];
      return [[phase.name, supervised(phase.examples)], ...watched];
    }),
  );
}

/** Prompts and right answers only: no payload to be learned by mistake. */
const testRows = ({ test }: TrainingSet): Columns[] =>
  test.map(({ task, prompt, condition, given = '' }) => ({
    ...{ prompt, given, condition, expected: task.answer, family: task.family, task: task.id },
  }));

const jsonl = (rows: readonly Columns[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
