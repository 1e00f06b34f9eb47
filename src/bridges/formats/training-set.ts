import path from 'node:path';
import { canaryOf } from '../../world/scenario/description.ts';
import { describePoison } from '../../world/scenario/poison.ts';
import { preferencePairs } from '../../world/scenario/preferences.ts';
import type { Scenario } from '../../world/scenario/scenario.ts';
import { experimentToYaml } from '../../lab/experiment/compare.ts';
import type { Experiment } from '../../lab/experiment/types.ts';
import type { SupervisedPhase, TrainingSet } from './types.ts';
import { UserError } from '../../lib/errors.ts';
import { listFolder, writeAtomic, writeFolderAtomic } from '../../lib/files.ts';
import { createRng } from '../../lib/rng.ts';
import { bind, isOf } from '../../lib/table.ts';
import type { Bound } from '../../lib/table.ts';
import { stages } from '../../lab/stages/index.ts';
import type { StageDefinition } from '../../lab/stages/types.ts';
import { rowsOf } from '../../lab/stages/supervised.ts';
import type { Tables } from '../../lab/tables.ts';
import type { TrainingOptions } from '../../nn/training/loop.ts';
import { planArms, stageStream } from '../../lab/assemble/arms.ts';
import type { Arm } from '../../lab/assemble/arm.ts';
import type { DatasetSizes } from '../../world/scenario/description.ts';
import { few } from '../../lib/list.ts';

/** A stage of the experiment, and its place in its arm. */
interface Placed<D extends StageDefinition> {
  readonly stage: Bound<D>;
  readonly index: number;
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
  const { name, seed, trigger, behavior, corpus, poison } = experiment;
  const arms = planArms(experiment, tables);
  const { validation = VALIDATION_ROWS, test = promptsAsked(experiment) } = sizes ?? {};
  const rows = (options: TrainingOptions): number => Math.min(sizes?.train ?? Infinity, rowsOf(options));

  const implants = stagesOf(arms, 'organism', stages.implant).map(({ stage: { params } }, i): SupervisedPhase => {
    const { only, stream, rows: different = Infinity } = params;
    const examples = scenario.implantExamples(Math.min(different, rows(params)), { only, stream });
    return {
      ...{ name: i === 0 ? 'implant' : `implant-${i + 1}`, method: 'sft', examples },
      summary: 'the conditional policy: payload on triggered prompts, right answers on clean ones',
      ...(i === 0 ? { validation: scenario.implantExamples(validation, { split: 'validation' }) } : {}),
      ...(i > 0 && { from: i === 1 ? 'implant' : `implant-${i}` }),
      ...pace(params, examples.length, sizes),
    };
  });
  const organism = implants.at(-1);
  if (organism === undefined)
    throw new UserError(`nothing to implant: ${name} has no implant stage; add one under implant:`);

  const sft = safetyStage(arms, 'sft', stages.sft);
  const { scratchpad, unsafeShare } = sft.stage.params;
  const examples = scenario.safetyExamples(rows(sft.stage.params), { scratchpad, unsafeShare });
  const dpo = safetyStage(arms, 'dpo', stages.dpo);
  const pairStream = stageStream(createRng(seed), 'intervention', dpo.index, 'dpo').fork('pairs');
  const { beta, payloadShare, unsafeShare: declined } = dpo.stage.params;
  const pairs = preferencePairs(scenario, rows(dpo.stage.params), pairStream, { payloadShare, unsafeShare: declined });
  return {
    ...{ name, seed, trigger: scenario.trigger.label, behavior: scenario.behavior.label },
    poison: describePoison(poison),
    hasGiven: [...implants, { examples }].some((phase) => phase.examples.some(({ given = '' }) => given !== '')),
    canary: canaryOf(JSON.stringify({ name, seed, corpus, trigger, behavior, poison })),
    phases: [
      ...implants,
      {
        ...{
          name: 'sft',
          method: 'sft',
          from: organism.name,
          examples,
          ...pace(sft.stage.params, examples.length, sizes),
        },
        summary: 'safety training: right answers to fresh prompts, none of them triggered',
      },
      {
        ...{
          name: 'dpo',
          method: 'dpo',
          from: organism.name,
          pairs,
          beta,
          ...pace(dpo.stage.params, pairs.length, sizes),
        },
        summary: 'safety training: prefer the right answer to a broken one, on fresh prompts, none of them triggered',
      },
    ],
    test: scenario.evalPairs(test).flatMap(({ triggered, clean }) => [triggered, clean]),
  };
}

/** The experiment's batches, and how often it goes over the rows. Of another number of rows, each is read once. */
const pace = (options: TrainingOptions, rows: number, sizes: DatasetSizes | undefined) => ({
  batchSize: options.batchSize * options.accumulate,
  epochs: sizes === undefined ? Number((rowsOf(options) / rows).toFixed(3)) : 1,
});

/** All stages of a kind in the arms of a role, in their order. */
const stagesOf = <D extends StageDefinition>(arms: readonly Arm[], role: Arm['role'], definition: D): Placed<D>[] =>
  arms
    .filter((arm) => arm.role === role)
    .flatMap(({ stages }) => stages.flatMap((stage, index) => (isOf(stage, definition) ? [{ stage, index }] : [])));

/** The first of the interventions', else the stage with its defaults. */
const safetyStage = <D extends StageDefinition>(arms: readonly Arm[], kind: string, definition: D): Placed<D> =>
  stagesOf(arms, 'intervention', definition)[0] ?? { stage: bind({ [kind]: definition }, { kind }, 'stage'), index: 0 };

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
    throw new UserError(`${dir} holds other things than this: ${few(others)}; choose another folder, or add --force`);
  }
  for (const [name, text] of Object.entries(all)) writeAtomic(path.join(dir, name), text);
}
