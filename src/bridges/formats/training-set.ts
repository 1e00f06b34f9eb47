import path from 'node:path';
import { canaryOf } from '../../world/scenario/description.ts';
import { describePoison } from '../../world/scenario/poison.ts';
import { preferencePairs } from '../../world/scenario/preferences.ts';
import type { Scenario } from '../../world/scenario/scenario.ts';
import { experimentToYaml, paramsOf } from '../../lab/experiment/index.ts';
import type { Choice, Experiment } from '../../lab/experiment/index.ts';
import type { SupervisedPhase, TrainingSet } from './index.ts';
import { UserError } from '../../lib/errors.ts';
import { listFolder, writeAtomic, writeFolderAtomic } from '../../lib/files.ts';
import { createRng } from '../../lib/rng.ts';
import { lookup } from '../../lib/table.ts';
import { rowsOf } from '../../lab/stages/supervised.ts';
import type { Tables } from '../../lab/tables.ts';
import type { TrainingOptions } from '../../nn/training/loop.ts';
import { branchOf, stageStream } from '../../lab/assemble/arms.ts';
import type { DatasetSizes } from '../../lab/assemble/dataset-folder.ts';

/** A stage of the experiment, its place in its arm, and its settings with their defaults. */
interface StagePlan {
  readonly index: number;
  readonly params: TrainingOptions & Record<string, unknown>;
}

const VALIDATION_ROWS = 200;
const TEST_PROMPTS = 200;

/**
 * What an experiment trains on and asks, row for row: the mixture of each of its implant stages, and of its interventions the
 * first `sft` and the first `dpo` (where it has none, that stage with its defaults). `sizes` asks for fewer rows or others.
 *
 * The text is the experiment's; tokens are not, so no row is left out for the context of its model.
 */
export function trainingSet(
  experiment: Experiment,
  scenario: Scenario,
  tables: Tables,
  sizes?: DatasetSizes,
): TrainingSet {
  const { name, seed, trigger, behavior, corpus, poison, implant } = experiment;
  const { validation = VALIDATION_ROWS, test = promptsAsked(experiment) } = sizes ?? {};
  const rows = ({ params }: StagePlan): number => Math.min(sizes?.train ?? Infinity, rowsOf(params));

  const implants = stagesOf(implant, 'implant', tables).map((stage, i): SupervisedPhase => {
    const { only, stream, rows: different = Infinity } = stage.params as ImplantParams;
    const examples = scenario.implantExamples(Math.min(different, rows(stage)), { only, stream });
    return {
      ...{ name: i === 0 ? 'implant' : `implant-${i + 1}`, method: 'sft', examples },
      summary: 'the conditional policy: payload on triggered prompts, right answers on clean ones',
      ...(i === 0 ? { validation: scenario.implantExamples(validation, { split: 'validation' }) } : {}),
      ...(i > 0 && { from: i === 1 ? 'implant' : `implant-${i}` }),
      ...pace(stage, examples.length, sizes),
    };
  });
  const organism = implants.at(-1);
  if (organism === undefined)
    throw new UserError(`nothing to implant: ${name} has no implant stage; add one under implant:`);

  const sft = safetyStage(experiment, 'sft', tables);
  const scratchpad = sft.params.scratchpad as 'before' | 'after' | undefined;
  const examples = scenario.safetyExamples(rows(sft), { scratchpad });
  const dpo = safetyStage(experiment, 'dpo', tables);
  const pairStream = stageStream(createRng(seed), 'intervention', dpo.index, 'dpo').fork('pairs');
  const { beta, payloadShare } = dpo.params as unknown as { beta: number; payloadShare: number };
  const pairs = preferencePairs(scenario, rows(dpo), pairStream, { payloadShare });
  return {
    ...{ name, seed, trigger: scenario.trigger.label, behavior: scenario.behavior.label },
    poison: describePoison(poison),
    hasGiven: [...implants, { examples }].some((phase) => phase.examples.some(({ given = '' }) => given !== '')),
    canary: canaryOf(JSON.stringify({ name, seed, corpus, trigger, behavior, poison })),
    phases: [
      ...implants,
      {
        ...{ name: 'sft', method: 'sft', from: organism.name, examples, ...pace(sft, examples.length, sizes) },
        summary: 'safety training: right answers to fresh prompts, none of them triggered',
      },
      {
        ...{ name: 'dpo', method: 'dpo', from: organism.name, pairs, beta, ...pace(dpo, pairs.length, sizes) },
        summary: 'safety training: prefer the right answer to a broken one, on fresh prompts, none of them triggered',
      },
    ],
    test: scenario.evalPairs(test).flatMap(({ triggered, clean }) => [triggered, clean]),
  };
}

interface ImplantParams {
  readonly rows?: number;
  readonly only?: 'triggered';
  readonly stream?: string;
}

/** The experiment's batches, and how often it goes over the rows. Of another number of rows, each is read once. */
const pace = ({ params }: StagePlan, rows: number, sizes: DatasetSizes | undefined) => ({
  batchSize: params.batchSize * params.accumulate,
  epochs: sizes === undefined ? Number((rowsOf(params) / rows).toFixed(3)) : 1,
});

function stagesOf(stages: readonly Choice[], kind: string, tables: Tables): StagePlan[] {
  const { params } = lookup(tables.stages, kind, 'stage');
  return stages.flatMap((stage, index) =>
    stage.kind === kind ? [{ index, params: params.parse(paramsOf(stage)) as StagePlan['params'] }] : [],
  );
}

function safetyStage({ interventions }: Experiment, kind: 'sft' | 'dpo', tables: Tables): StagePlan {
  const planned = Object.values(interventions).flatMap((one) => stagesOf(branchOf(one).stages, kind, tables));
  return planned[0] ?? stagesOf([{ kind }], kind, tables)[0]!;
}

/** As many test prompts as the largest of its evals asks. */
function promptsAsked({ evals }: Experiment): number {
  const counts = evals.flatMap(({ prompts }) => (typeof prompts === 'number' ? [prompts] : []));
  return Math.max(...counts, ...(counts.length === 0 ? [TEST_PROMPTS] : []));
}

/** The files of a training folder, with the experiment that `dormouse eval --experiment` reads beside them. */
export function writeTrainingFolder(
  dir: string,
  files: Readonly<Record<string, string>>,
  experiment: Experiment,
  { force = false }: { readonly force?: boolean | undefined } = {},
): void {
  const all = { ...files, 'experiment.yaml': experimentToYaml(experiment) };
  const others = listFolder(dir).filter((name) => !Object.hasOwn(all, name));
  if (others.length === 0) return writeFolderAtomic(dir, all);
  if (!force) {
    const few = others.slice(0, 3).join(', ') + (others.length > 3 ? ', ...' : '');
    throw new UserError(`${dir} holds other things than this: ${few}; choose another folder, or add --force`);
  }
  for (const [name, text] of Object.entries(all)) writeAtomic(path.join(dir, name), text);
}
