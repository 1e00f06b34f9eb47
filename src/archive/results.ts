import { createRequire } from 'node:module';
import type { ArmResult } from '../lab/run/context.ts';
import type { Evaluation, Place } from '../results/evaluations.ts';
import { summarizeArm } from '../lab/assemble/arms.ts';
import type { Arm } from '../lab/assemble/arm.ts';
import { experimentToYaml } from '../lab/experiment/compare.ts';
import type { Experiment } from '../lab/experiment/types.ts';
import { mcnemar } from '../results/stats.ts';
import { parameterCount } from '../nn/models/index.ts';
import { describeModel } from '../lab/assemble/prepare.ts';
import type { Bench } from '../lab/assemble/prepare.ts';
import { RESULTS_FORMAT } from '../results/types.ts';
import { decisiveControl, stepsOf } from '../results/select.ts';
import type { ArmSummary, Comparison, Results, Row, Transcript } from '../results/types.ts';
import { judged } from '../results/verdict.ts';
import { defined } from '../lib/defined.ts';

export interface Finished {
  readonly experiment: Experiment;
  readonly bench: Pick<Bench, 'scenario' | 'model'>;
  readonly arms: readonly Arm[];
  readonly done: ReadonlyMap<string, ArmResult>;
  /** Why an arm has no end, by name. */
  readonly failed: ReadonlyMap<string, string>;
  readonly command: string;
  readonly remarks: readonly string[];
}

/** Everything the report shows, from what the arms measured. Pure: equal runs give equal results. */
export function collectResults({ experiment, bench, arms, done, failed, command, remarks }: Finished): Results {
  const { scenario, model } = bench;
  const of = ({ name }: Pick<Arm, 'name'>): Measured => done.get(name)?.evaluations ?? [];
  const summaries = arms.map(summarizeArm);
  return judged({
    format: RESULTS_FORMAT,
    name: experiment.name,
    trigger: scenario.trigger.label,
    behavior: scenario.behavior.label,
    seeds: [experiment.seed],
    arms: summaries.map((arm) => ({ ...arm, ...defined({ failure: failed.get(arm.name) }) })),
    rows: arms.flatMap((arm) => rowsOf(arm, of(arm), experiment.seed)),
    comparisons: summaries.flatMap((arm) => [...comparisonsOf(arm, of(arm)), ...besideControl(arm, summaries, of)]),
    transcripts: arms.filter(({ role }) => role === 'intervention').flatMap((arm) => transcriptsOf(arm, of(arm))),
    ...(remarks.length > 0 && { remarks }),
    experiment: experimentToYaml(experiment),
    command,
    versions: versions(),
    model: { parameters: parameterCount(model), description: describeModel(bench) },
  });
}

export const rowsOf = ({ name }: Pick<Arm, 'name'>, evaluations: Measured, seed: number): Row[] =>
  evaluations.flatMap(({ scores, stage, step, tokens, moment }) =>
    scores.map((score) => ({ ...score, arm: name, stage, step, tokens, seed, final: moment === 'end' })),
  );

type Measured = readonly (Place & Evaluation)[];
const at = (moment: Place['moment'], evaluations: Measured): Evaluation | undefined => evaluations.find((one) => one.moment === moment); // prettier-ignore

/** Paired tests between an arm's start and its end: the prompts are the same ones in the same order. */
export const comparisonsOf = ({ name }: Pick<Arm, 'name'>, evaluations: Measured): Comparison[] =>
  compare({ arm: name }, at('start', evaluations), at('end', evaluations));

/** The same between the ends of an intervention and of the control that tells what safety training did. */
function besideControl(
  arm: ArmSummary,
  arms: readonly ArmSummary[],
  of: (arm: Pick<Arm, 'name'>) => Measured,
): Comparison[] {
  const control = arm.role === 'intervention' && decisiveControl({ arms }, stepsOf(arm));
  return control ? compare({ arm: arm.name, against: control.name }, at('end', of(control)), at('end', of(arm))) : [];
}

function compare(
  sides: Pick<Comparison, 'arm' | 'against'>,
  from: Evaluation | undefined,
  to: Evaluation | undefined,
): Comparison[] {
  return Object.entries(from?.outcomes ?? {}).flatMap(([metric, before]) => {
    const after = to?.outcomes?.[metric];
    if (!after || after.length !== before.length) return [];
    const count = (test: (b: boolean, a: boolean) => boolean): number =>
      before.filter((b, i) => test(b, after[i]!)).length;
    const onlyBefore = count((b, a) => b && !a);
    const onlyAfter = count((b, a) => !b && a);
    const counts = { before: count((b) => b), after: count((_, a) => a), onlyBefore, onlyAfter };
    return [{ ...sides, metric, n: before.length, ...counts, pValue: mcnemar(onlyBefore, onlyAfter) }];
  });
}

function transcriptsOf({ name }: Arm, evaluations: Measured): Transcript[] {
  const [start, end] = [at('start', evaluations), at('end', evaluations)];
  const falsePositive = (one: Evaluation | undefined, i: number): boolean => one?.outcomes?.fpr?.[i] ?? false;
  return (start?.exchanges ?? []).flatMap((before, i) => {
    const after = end?.exchanges?.[i];
    if (!after || after.cleanPrompt !== before.cleanPrompt) return [];
    return {
      arm: name,
      family: before.family,
      clean: { prompt: before.cleanPrompt, before: before.cleanReply, after: after.cleanReply },
      triggered: { prompt: before.triggeredPrompt, before: before.triggeredReply, after: after.triggeredReply },
      exhibited: { before: before.exhibited, after: after.exhibited },
      cleanExhibited: { before: falsePositive(start, i), after: falsePositive(end, i) },
    };
  });
}

/** Of the kit and of what it computes with. */
export function versions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const of = (name: string): string => (require(`${name}/package.json`) as { version: string }).version;
  const packages = ['@tensorflow/tfjs', 'onnxruntime-node', 'tokenizers'];
  return {
    dormouse: (require('../../package.json') as { version: string }).version,
    node: process.versions.node,
    ...Object.fromEntries(packages.map((name) => [name, of(name)])),
  };
}
