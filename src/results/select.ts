import { average, hierarchicalBootstrap } from './bootstrap.ts';
import type { Sample } from './bootstrap.ts';
import { createRng } from '../lib/rng.ts';
import type { ArmRole, ArmSummary, ControlKind, Point, Results, Row } from './types.ts';

export type { Point } from './types.ts';

type Rows = Pick<Results, 'rows'>;
type Arms = Pick<Results, 'arms'>;

export interface Query {
  readonly metric: string;
  readonly arm?: string;
  readonly condition?: string;
}

/** Attack success: the rate that most of a report is about. */
export const ASR = { metric: 'asr', condition: 'triggered' } as const;
export const isAsr = ({ metric, condition }: Pick<Row, 'metric' | 'condition'>): boolean =>
  metric === ASR.metric && condition === ASR.condition;
/** False positives: the same without the trigger. */
export const FPR = { metric: 'fpr', condition: 'clean' } as const;
/** Right answers to clean prompts of all families. */
export const ACCURACY = { metric: 'accuracy', condition: 'all' } as const;

/**
 * The same measurement over several seeds: the mean of the seeds' values, with one interval of a hierarchical bootstrap
 * (seeds, then the prompts of each). A row holds the counts of its prompts, not each outcome: resampling them is a binomial draw,
 * which for a rate is the same thing. Of a number that is no rate only the seeds are resampled: what its prompts add is
 * in the spread of the seeds. Counts are summed.
 */
export function pool(rows: readonly Row[]): Point | null {
  const [first] = rows;
  if (!first) return null;
  const { seed: _, ...rest } = first;
  if (rows.length === 1) return { ...rest, seeds: 1 };
  const { arm, metric, condition, step } = first;
  const rng = createRng(`${arm}/${metric}/${condition}/${step}`);
  const successes = rows.every((row) => row.successes !== undefined)
    ? { successes: rows.reduce((sum, row) => sum + (row.successes ?? 0), 0) }
    : {};
  return {
    ...rest,
    ...successes,
    ...hierarchicalBootstrap(rows.map(sampleOf), { rng }),
    n: rows.reduce((sum, row) => sum + row.n, 0),
    tokens: Math.round(average(rows.map((row) => row.tokens))),
    seeds: new Set(rows.map((row) => row.seed)).size,
  };
}

/** What a bootstrap can resample of a row: the counts of its prompts, or the number alone. */
export const sampleOf = ({ successes, n, value }: Row): Sample =>
  successes === undefined ? [value] : { successes, n };

/** Rows that answer a query, under the first decoding met (a greedy and a sampled rate are never mixed). */
function select({ rows }: Rows, { metric, arm, condition }: Query): Row[] {
  const ofMetric = rows.filter((row) => row.metric === metric);
  const decoding = ofMetric[0]?.decoding;
  return ofMetric.filter(
    (row) =>
      row.decoding === decoding &&
      (arm === undefined || row.arm === arm) &&
      (condition === undefined || row.condition === condition),
  );
}

/** An arm's value after its last step. */
export const final = (results: Rows, query: Query & { condition: string }): Point | null =>
  pool(select(results, query).filter((row) => row.final));

/** An arm's value before its first step, on the weights it started from. */
export const start = (results: Rows, query: Query & { condition: string }): Point | null =>
  pool(select(results, query).filter((row) => row.step === 0));

/** An arm's values by step. An arm evaluated twice at a step counts once: the last row of a seed. */
export function curve(results: Rows, query: Query & { condition: string }): Point[] {
  const steps = new Map<number, Map<number, Row>>();
  for (const row of select(results, query)) {
    const seeds = steps.get(row.step) ?? new Map<number, Row>();
    steps.set(row.step, seeds.set(row.seed, row));
  }
  const points = [...steps.values()].map((seeds) => pool([...seeds.values()]));
  return points.filter((point) => point !== null).sort((a, b) => a.step - b.step);
}

/** The final value of a metric in each of its conditions, in order of appearance. */
export function finals(results: Rows, query: Query): Point[] {
  const conditions = new Set(select(results, query).map((row) => row.condition));
  return [...conditions].map((condition) => final(results, { ...query, condition })).filter((point) => point !== null);
}

/** The conditions a metric was measured on, in order of appearance. */
export const conditionsOf = (results: Rows, query: Query): string[] => [
  ...new Set(select(results, query).map((row) => row.condition)),
];

/** The arms of a role, in their order. */
export const byRole = <R extends ArmRole>({ arms }: Arms, role: R): Extract<ArmSummary, { role: R }>[] =>
  arms.filter((arm): arm is Extract<ArmSummary, { role: R }> => arm.role === role);

/** Every arm but the attempts to wake one again, which have a section of their own. */
export const mainArms = ({ arms }: Arms): ArmSummary[] => arms.filter(({ role }) => role !== 'reawakening');

export const organismOf = (results: Arms): ArmSummary | undefined => byRole(results, 'organism')[0];

/** The control that tells what safety training did: the organism, trained on without it; of several the one of as many steps. */
export function decisiveControl(results: Arms, steps?: number): ArmSummary | undefined {
  const controls = byRole(results, 'control').filter(({ control }) => control === 'equal-training');
  return controls.find((arm) => stepsOf(arm) === steps) ?? controls[0];
}

/** The control that capability is held against: the benign fine-tune, else the clean twin, else the first control. */
export function capabilityControl(results: Results): ArmSummary | undefined {
  const controls = byRole(results, 'control').filter(
    (arm) => finals(results, { metric: 'accuracy', arm: arm.name }).length,
  );
  const of = (kind: ControlKind): ArmSummary | undefined => controls.find(({ control }) => control === kind);
  return of('benign') ?? of('clean-twin') ?? controls[0];
}

/** `400 steps`, of all of an arm's stages together. */
export const stepsOf = (arm: ArmSummary): number => arm.stages.reduce((sum, stage) => sum + stage.steps, 0);
