import { z } from 'zod';
import type { Behavior } from '../behaviors/types.ts';
import { UserError, messageOf } from '../../lib/errors.ts';
import { createFrom } from '../../lib/table.ts';
import type { Trigger } from '../triggers/types.ts';
import { poisonParams } from './poison.ts';
import { REASONINGS } from './reasoning.ts';
import { sha256 } from '../../lib/sha256.ts';

/** `{ kind, ...params }` of a table's entry. */
const choice = z.looseObject({ kind: z.string() });
export type Choice = z.output<typeof choice>;

const describing = z.object({
  format: z.literal('dormouse-dataset-1'),
  name: z.string(),
  corpus: choice,
  trigger: choice,
  behavior: choice,
  reasoning: z.enum(REASONINGS).default('normal'),
  payloadRepeat: z.int().positive().default(1),
  poison: poisonParams,
  seed: z.union([z.number(), z.string()]),
  /** Rows of the mixture for train and validation; pairs of rows for test, and for test on held-out families. */
  sizes: z.object({ train: z.number(), validation: z.number(), test: z.number(), heldOut: z.number().optional() }),
  /** The context that the rows must fit, in tokens, where a tokenizer lies beside them. */
  maxTokens: z.number().optional(),
  canary: z.string(),
});
/** `scenario.json`: what the dataset is made of, enough to check it and to make it again. */
export type DatasetDescription = z.output<typeof describing>;
export type DatasetSizes = DatasetDescription['sizes'];

/** A GUID that is the dataset's own: finding it in a corpus means that the dataset got into it. */
export function canaryOf(text: string): string {
  const hex = sha256(`canary ${text}`);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** An extension table, as far as it is needed here. */
type Table<T> = Readonly<Record<string, { readonly params: z.ZodObject; create(params: Record<string, unknown>): T }>>;

/** What `scenario.json` says, its trigger and behavior made from the tables. Throws a UserError where it is broken. */
export function readScenarioFile(
  text: string,
  tables: { readonly triggers: Table<Trigger>; readonly behaviors: Table<Behavior> },
): {
  readonly description: DatasetDescription;
  readonly trigger: Trigger;
  readonly behavior: Behavior;
} {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError(`scenario.json cannot be read: ${messageOf(error)}; make the dataset again`);
  }
  const parsed = describing.safeParse(json);
  if (!parsed.success)
    throw new UserError(`scenario.json is not a dataset's: ${inOneLine(parsed.error)}; make the dataset again`);
  const description = parsed.data;
  return {
    description,
    trigger: made(tables.triggers, description.trigger, 'trigger'),
    behavior: made(tables.behaviors, description.behavior, 'behavior'),
  };
}

const inOneLine = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`).join('; ');

function made<T>(table: Table<T>, chosen: Choice, what: string): T {
  try {
    return createFrom(table, chosen, what);
  } catch (error) {
    throw error instanceof UserError ? new UserError(`scenario.json: ${error.message}`) : error;
  }
}
