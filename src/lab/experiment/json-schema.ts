import { z } from 'zod';
import type { Schema } from './describe.ts';
import { createOrganismSchema } from './organism.ts';
import { choicesOf, createExperimentSchema, DEFAULTS } from './schema.ts';
import type { ExperimentTables, Table } from './types.ts';

/** A table that no key of an experiment names by itself: entries of it lie inside a stage's settings. */
export interface Nested {
  readonly table: Table;
  /** What a file may say of an entry. */
  readonly schema: z.ZodType;
}

/**
 * The JSON Schema (draft 7) of an experiment file, for editors and for `dormouse list`: every key with its description and
 * default, every table under `definitions`, an entry's summary as the description of its form.
 */
export function experimentJsonSchema(tables: ExperimentTables, nested: Readonly<Record<string, Nested>>): Schema {
  const choices = choicesOf(tables);
  const parts: readonly (readonly [string, Table, z.ZodType])[] = [
    ...Object.entries(choices).map(([name, schema]) => [name, tables[name as keyof typeof choices], schema] as const),
    ...Object.entries(nested).map(([name, { table, schema }]) => [name, table, schema] as const),
  ];
  const nameOf = new Map<z.core.$ZodType, string>(parts.map(([name, , schema]) => [schema, name]));
  const convert = (schema: z.ZodType): Schema =>
    z.toJSONSchema(schema, {
      target: 'draft-7',
      io: 'input',
      unrepresentable: 'any',
      override({ zodSchema, jsonSchema, path }) {
        delete jsonSchema.pattern; // not every editor reads \p{L}
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        // a description makes another schema, with the one that it describes as its parent
        const name = nameOf.get(zodSchema) ?? nameOf.get(zodSchema._zod.parent ?? zodSchema);
        if (name === undefined || path.length === 0) return;
        const { description } = jsonSchema;
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
        const $ref = `#/definitions/${name}`;
        Object.assign(jsonSchema, description === undefined ? { $ref } : { description, allOf: [{ $ref }] });
      },
    }) as Schema;
  const defaults: Readonly<Record<string, unknown>> = DEFAULTS;
  /** A whole file, with the defaults of its keys. */
  const form = (of: z.ZodType, required: readonly string[]): Schema => {
    const { $schema: _, properties = {}, ...whole } = convert(of);
    const filled = Object.entries(properties).map(([key, schema]) => [
      key,
      key in defaults ? { ...schema, default: defaults[key] } : schema,
    ]);
    return { ...whole, required, properties: Object.fromEntries(filled) as Schema['properties'] & object };
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'dormouse experiment',
    if: { required: ['organism'] },
    then: { $ref: '#/definitions/organismExperiment' },
    else: { $ref: '#/definitions/experiment' },
    definitions: {
      experiment: form(createExperimentSchema(tables, choices), ['name', 'trigger', 'behavior']),
      organismExperiment: form(createOrganismSchema(choices.organisms), ['name', 'organism']),
      ...Object.fromEntries(
        parts.map(([name, table, schema]) => {
          const { $schema: _, ...definition } = convert(schema);
          return [name, withSummaries(definition, table)];
        }),
      ),
    },
  };
}

/** The form of each kind says what the kind is. */
const withSummaries = (schema: Schema, table: Table): Schema => ({
  ...schema,
  ...(schema.anyOf && { anyOf: schema.anyOf.map((form) => withSummaries(form, table)) }),
  ...(schema.oneOf && {
    oneOf: schema.oneOf.map((form) => ({
      description: table[String(form.properties?.kind?.const)]?.summary,
      ...form,
    })),
  }),
});
