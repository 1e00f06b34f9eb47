import { z } from 'zod';
import type { Definition, Table } from './index.ts';

/** One thing that an entry of a table can be given. */
export interface ParamDescription {
  /** Dotted where it lies inside another: `schedule.warmupSteps`. */
  readonly name: string;
  /** `whole number`, `"start" | "inside" | "end"`, `text`. */
  readonly type: string;
  /** Absent where a value must be given, or where nothing stands for "off". */
  readonly default?: unknown;
  readonly required: boolean;
  readonly description: string;
}

export interface EntryDescription {
  readonly kind: string;
  readonly summary: string;
  readonly params: readonly ParamDescription[];
}

/** What `dormouse list` shows of an extension table, derived from its schemas. */
export const describeTable = (table: Table): EntryDescription[] =>
  Object.entries(table).map(([kind, definition]) => ({
    kind,
    summary: definition.summary,
    params: describeParams(definition),
  }));

/** As much of JSON Schema as zod writes for params. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
}

const describeParams = ({ params }: Definition): ParamDescription[] =>
  fields(z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' }) as Schema, '');

function fields({ properties = {}, required = [] }: Schema, prefix: string): ParamDescription[] {
  return Object.entries(properties).flatMap(([key, schema]): ParamDescription[] => {
    const name = prefix + key;
    if (schema.properties) return fields(schema, `${name}.`);
    const { description = '' } = schema;
    const value = schema.default;
    const rest = value === undefined ? {} : { default: value };
    return [{ name, type: typeOf(schema), required: required.includes(key), description, ...rest }];
  });
}

const NAMES: Readonly<Record<string, string>> = { integer: 'whole number', string: 'text', boolean: 'true | false' };

function typeOf(schema: Schema): string {
  const { type, items } = schema;
  if ('const' in schema) return String(schema.const);
  if (schema.enum) return schema.enum.map((value) => String(value)).join(' | ');
  const options = schema.anyOf ?? schema.oneOf;
  // of several maps, the kinds are what a person needs to know
  if (options) return options.map((option) => typeOf(option.properties?.kind ?? option)).join(' | ');
  if (type === 'array') return `list of ${items ? typeOf(items) : 'values'}`;
  return typeof type === 'string' ? (NAMES[type] ?? type) : 'value';
}
