/** One thing that an entry of a table, or an experiment, can be given. */
export interface ParamDescription {
  /** Dotted where it lies inside another: `schedule.warmupSteps`. */
  readonly name: string;
  /** `whole number`, `start | inside | end`, `text`, `list of stages`. */
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

/** As much of JSON Schema as zod writes. */
export interface Schema {
  readonly $schema?: string;
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly if?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly description?: string | undefined;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/** What `dormouse list` shows of a table: the forms of its kinds in the experiment's schema. */
export function describeTable({ oneOf, anyOf = [] }: Schema): EntryDescription[] {
  const forms = oneOf ?? anyOf.flatMap((form) => form.oneOf ?? []);
  return forms.map(({ description = '', properties: { kind, ...properties } = {}, required = [] }) => ({
    kind: String(kind?.const),
    summary: description,
    params: fields({ properties, required }, ''),
  }));
}

/** A key of the experiment file. */
export interface KeyDescription extends EntryDescription, Omit<ParamDescription, 'name' | 'description'> {}

/** What `dormouse list experiment` shows: every key of the file, and the settings inside it. */
export const describeExperiment = ({ definitions }: Schema): KeyDescription[] =>
  Object.entries(definitions?.experiment?.properties ?? {}).map(([kind, schema]) => ({
    ...{
      kind,
      summary: schema.description ?? '',
      type: typeOf(schema),
      required: definitions?.experiment?.required?.includes(kind) ?? false,
    },
    ...('default' in schema && { default: schema.default }),
    params: fields(insideOf(schema), `${kind}.`),
  }));

/** Where it is a map, or may be one among other things, what the map holds. */
const insideOf = (schema: Schema): Schema =>
  schema.properties ? schema : (schema.anyOf?.find((form) => form.properties && !form.properties.kind) ?? {});

function fields({ properties = {}, required = [] }: Schema, prefix: string): ParamDescription[] {
  return Object.entries(properties).flatMap(([key, schema]): ParamDescription[] => {
    const name = prefix + key;
    if (schema.properties) return fields(schema, `${name}.`);
    const { description = '' } = schema;
    const value = schema.default;
    const rest = value === undefined ? {} : { default: value };
    const own = { name, type: typeOf(schema), required: required.includes(key), description, ...rest };
    return [own, ...fields(insideOf(schema), `${name}.`)];
  });
}

const NAMES: Readonly<Record<string, string>> = {
  integer: 'whole number',
  string: 'text',
  boolean: 'true | false',
  object: 'map',
};

function typeOf(schema: Schema): string {
  const { type, items, $ref, allOf, additionalProperties: values } = schema;
  if (allOf?.[0]) return typeOf(allOf[0]);
  if ($ref !== undefined) return `one of ${tableOf($ref)}`;
  if ('const' in schema) return String(schema.const);
  if (schema.enum) return schema.enum.map((value) => String(value)).join(' | ');
  const options = schema.anyOf ?? schema.oneOf;
  // of several maps, the kinds are what a person needs to know
  if (options) return options.map((option) => typeOf(option.properties?.kind ?? option)).join(' | ');
  if (type === 'array') return `list of ${items?.$ref ? tableOf(items.$ref) : items ? typeOf(items) : 'values'}`;
  if (typeof values === 'object' && Object.keys(values).length > 0) return `map of names to ${typeOf(values)}`;
  return typeof type === 'string' ? (NAMES[type] ?? type) : 'value';
}

/** `#/definitions/stages`: stages. */
const tableOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);
