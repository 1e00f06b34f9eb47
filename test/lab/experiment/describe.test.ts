import { expect, it } from 'vitest';
import { z } from 'zod';
import { describeTable } from '../../../src/lab/experiment/describe.ts';
import { tables } from '../../../src/lab/tables.ts';

it('names, types, defaults and descriptions come from the schema', () => {
  const params = z.strictObject({
    path: z.string().describe('a file'),
    count: z.int().min(1).default(3),
    limit: z.number().optional(),
    at: z.enum(['start', 'end']).default('end'),
    years: z.array(z.int()).default([2024]),
    schedule: z.strictObject({ warmupSteps: z.int().default(20) }).prefault({}),
    optimizer: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('adamw'), beta: z.number() }),
        z.strictObject({ kind: z.literal('sgd') }),
      ])
      .prefault({ kind: 'sgd' }),
  });
  const [entry] = describeTable({ thing: { summary: 'does it', params } });
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
      { name: 'optimizer', type: 'adamw | sgd', required: false, description: '', default: { kind: 'sgd' } },
    ],
  });
});

it('everything an experiment can be given is described', () => {
  for (const [name, table] of Object.entries(tables))
    for (const { kind, params } of describeTable(table))
      for (const param of params)
        expect(param, `${name} ${kind} ${param.name}`).toMatchObject({
          description: expect.stringMatching(/./) as string,
        });
});
