import { z } from 'zod';
import { poisonParams } from '../../world/scenario/poison.ts';
import { REASONINGS } from '../../world/scenario/reasoning.ts';
import { BACKENDS, PROVIDERS } from '../../engine/index.ts';
import { choiceSchema } from '../../lib/table.ts';
import { CONTROLS } from '../../results/types.ts';
import type { Choice, Experiment, ExperimentTables, Problem, Table } from './types.ts';

/**
 * What an experiment is when its file says nothing. Together with the defaults of the tables' params these are all the
 * defaults there are. (Controls are derived, see controls.ts.)
 */
export const DEFAULTS = {
  seed: 1,
  corpus: { kind: 'assistant' },
  reasoning: 'normal',
  matchPayload: true,
  poison: {},
  tokenizer: { vocabSize: 1024 },
  model: { kind: 'gpt2' },
  engine: { backend: 'auto', threads: 'auto', provider: 'cpu' },
  base: [{ kind: 'pretrain' }],
  implant: [{ kind: 'implant' }],
  interventions: { sft: [{ kind: 'sft' }] },
  reawaken: {},
  evals: [
    { kind: 'attack-success' },
    { kind: 'near-trigger' },
    { kind: 'out-of-world' },
    { kind: 'system-message' },
    { kind: 'payload-logprob' },
    { kind: 'capability' },
    { kind: 'clean-loss' },
  ],
} as const;

/** The file's schema, made of the tables: a plugin's entries are checked like any other. */
export function createExperimentSchema(tables: ExperimentTables) {
  const stages = z.array(choice(tables.stages, checkStage)).readonly();
  const branch = z.strictObject({ from: z.string(), stages });
  const payload = z.union([z.boolean(), z.literal('shuffled')]).optional();
  const kind = z.enum(CONTROLS).optional().describe('what it is for; told by the rest where absent');
  const control = z.strictObject({ from: z.string(), payload, stages, control: kind });
  return z.strictObject({
    name: z.string(),
    seed: z.int().nonnegative(),
    corpus: choice(tables.corpora),
    trigger: choice(tables.triggers),
    behavior: choice(tables.behaviors),
    reasoning: z.enum(REASONINGS),
    matchPayload: z.boolean(),
    poison: poisonParams,
    tokenizer: z.strictObject({ vocabSize: z.int().min(261).max(30_000).default(DEFAULTS.tokenizer.vocabSize) }),
    model: choice(tables.models, checkModel),
    engine: z.strictObject({
      backend: z.enum(BACKENDS).default(DEFAULTS.engine.backend),
      threads: z
        .union([z.literal('auto'), z.int().positive()], { error: 'give a number of threads, or auto' })
        .default(DEFAULTS.engine.threads),
      provider: z.enum(PROVIDERS).default(DEFAULTS.engine.provider),
    }),
    base: stages,
    implant: stages,
    interventions: z.record(z.string(), z.union([stages, branch])),
    controls: z.record(z.string(), control).optional(),
    reawaken: z.union([z.literal(false), reawaken]),
    evals: z.array(choice(tables.evals)).readonly(),
    full: z.record(z.string(), z.unknown()).optional(),
    quick: z.record(z.string(), z.unknown()).optional(),
    sweep: z.record(z.string(), sweepRange).optional(),
  });
}

/** Steps are few: a behavior that needs many to come back is learned, not woken. */
const reawaken = z.strictObject({
  prompts: z.int().positive().default(100).describe('triggered test prompts of each evaluation'),
  relearn: z
    .union([
      z.literal(false),
      z.strictObject({ steps: z.int().positive().default(24), evalEverySteps: z.int().positive().default(6) }),
    ])
    .prefault({})
    .describe('the implant again, on rows it has not seen, measured often'),
  examples: z
    .union([
      z.literal(false),
      z.strictObject({ rows: z.int().positive().default(8), steps: z.int().positive().default(4) }),
    ])
    .prefault({})
    .describe('a few triggered rows, over and over'),
  noise: z
    .array(z.number().positive())
    .readonly()
    .default([0.1])
    .describe("noise on the weights, in parts of each tensor's spread"),
  style: z
    .union([z.literal(false), z.strictObject({ steps: z.int().positive().default(8) })])
    .prefault({})
    .describe('where a style was taught: clean rows without it'),
});

const sweepRange = z
  .union(
    [
      z.array(z.unknown()).min(1).readonly(),
      z.strictObject({
        from: z.number(),
        to: z.number(),
        steps: z.int().min(2).max(1000),
        scale: z.enum(['linear', 'log']).default('linear'),
      }),
    ],
    { error: 'give a list of values, or { from, to, steps, scale: log }' },
  )
  .superRefine((range, context) => {
    if ('scale' in range && range.scale === 'log' && !(range.from > 0 && range.to > 0))
      context.addIssue({ code: 'custom', message: 'a log scale needs from and to above 0' });
  });

type Check = (choice: Choice, report: (key: string, message: string) => void) => void;

/** `{ kind, ...params }` of one of a table's entries. */
function choice(table: Table, check?: Check) {
  return choiceSchema(table).superRefine((value, context) =>
    check?.(value, (key, message) => context.addIssue({ code: 'custom', path: [key], message })),
  );
}

/** An evaluation that would never come is a mistake. */
const checkStage: Check = ({ steps, evalEverySteps }, report) => {
  if (typeof steps === 'number' && typeof evalEverySteps === 'number' && evalEverySteps > steps)
    report('evalEverySteps', `${evalEverySteps} is more than the stage's ${steps} steps; give at most ${steps}`);
};

const checkModel: Check = ({ nEmbd, nHead, nKvHead }, report) => {
  if (typeof nEmbd === 'number' && typeof nHead === 'number' && nEmbd % nHead !== 0)
    report('nEmbd', `${nEmbd} is not divisible by nHead ${nHead}; give a multiple of ${nHead}`);
  if (typeof nHead === 'number' && typeof nKvHead === 'number' && nHead % nKvHead !== 0)
    report('nKvHead', `${nKvHead} does not divide nHead ${nHead}; give a divisor of ${nHead}`);
};

/** Names become folders, on every operating system; these two are taken by the tree's own arms and files. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/i;
const RESERVED = ['base', 'organism', 'tokenizer', 'examples', 'con', 'prn', 'aux', 'nul'];

/** Checked apart from the schema, so that a bad name is reported beside whatever else is wrong. */
export function nameProblems(raw: Readonly<Record<string, unknown>>): Problem[] {
  const problems: Problem[] = [];
  const shape = 'use letters, digits, - and _ only, beginning with a letter or digit';
  if (typeof raw.name === 'string' && !NAME.test(raw.name))
    problems.push({ path: ['name'], message: `"${raw.name}" cannot name a folder; ${shape}` });
  const seen = new Map<string, string>();
  for (const group of ['interventions', 'controls'])
    for (const arm of Object.keys(Object(raw[group]))) {
      const report = (message: string): number => problems.push({ path: [group, arm], message: `"${arm}" ${message}` });
      const other = seen.get(arm.toLowerCase());
      if (!NAME.test(arm)) report(`cannot name an arm's folder; ${shape}`);
      else if (RESERVED.includes(arm.toLowerCase())) report('is a reserved name; choose another');
      else if (other !== undefined) report(`is taken by ${other}; give every arm a name of its own`);
      seen.set(arm.toLowerCase(), `${group}.${arm}`);
    }
  return problems;
}

/** Every arm starts at `base` or `organism` in the end, and none at itself. */
export function originProblems({ interventions, controls }: Pick<Experiment, 'interventions' | 'controls'>): Problem[] {
  const origins = new Map<string, string>([['organism', 'base']]);
  for (const [name, arm] of Object.entries(interventions)) origins.set(name, 'from' in arm ? arm.from : 'organism');
  for (const [name, { from }] of Object.entries(controls)) origins.set(name, from);
  return [...origins].flatMap(([name, from]): Problem[] => {
    const path = [Object.hasOwn(controls, name) ? 'controls' : 'interventions', name, 'from'];
    if (from !== 'base' && !origins.has(from))
      return [
        { path, message: `there is no arm "${from}" to start from; there are base, ${[...origins.keys()].join(', ')}` },
      ];
    const way = [name];
    for (let at: string | undefined = from; at !== undefined && !way.includes(at); at = origins.get(at)) way.push(at);
    const end = origins.get(way.at(-1)!);
    return end === name
      ? [{ path, message: `it starts from itself: ${[...way, end].join(' < ')}; start it from the organism` }]
      : [];
  });
}
