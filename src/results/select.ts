import { average, isRate, meanOverSeeds } from './over-seeds.ts';
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
 * The same measurement over several seeds: the mean of the seeds' values with one interval (`meanOverSeeds`). Counts are summed.
 *
 * @param among the rows that it is one measurement of. Where they are of several seeds and this one was taken on a single seed,
 * nothing is known of the others: a rate is then anything from 0 to 1, and any other number is left out.
 */
export function pool(rows: readonly Row[], among: readonly Row[] = rows): Point | null {
  const [first] = rows;
  if (!first) return null;
  const { seed: _, ...rest } = first;
  if (rows.length === 1) return seedsIn(among) === 1 ? { ...rest, seeds: 1 } : unknownBeyond({ ...rest, seeds: 1 });
  const successes = isRate(rows) ? { successes: rows.reduce((sum, row) => sum + (row.successes ?? 0), 0) } : {};
  return {
    ...rest,
    ...successes,
    ...meanOverSeeds(rows),
    n: rows.reduce((sum, row) => sum + row.n, 0),
    tokens: Math.round(average(rows.map((row) => row.tokens))),
    seeds: seedsIn(rows),
  };
}

const seedsIn = (rows: readonly Row[]): number => new Set(rows.map(({ seed }) => seed)).size;

/** A point of one seed, where it is to speak of several. */
export const unknownBeyond = (point: Point): Point | null =>
  point.unit === 'rate' ? { ...point, low: 0, high: 1 } : null;

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
  pool(
    select(results, query).filter((row) => row.final),
    results.rows,
  );

/** An arm's value before its first step, on the weights it started from. */
export const start = (results: Rows, query: Query & { condition: string }): Point | null =>
  pool(
    select(results, query).filter((row) => row.step === 0),
    results.rows,
  );

/** An arm's values by step. An arm evaluated twice at a step counts once: the last row of a seed. */
export function curve(results: Rows, query: Query & { condition: string }): Point[] {
  const steps = new Map<number, Map<number, Row>>();
  for (const row of select(results, query)) {
    const seeds = steps.get(row.step) ?? new Map<number, Row>();
    steps.set(row.step, seeds.set(row.seed, row));
  }
  const points = [...steps.values()].map((seeds) => pool([...seeds.values()], results.rows));
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

/** Every arm but those of the re-awakening test, which have a section of their own. */
export const mainArms = ({ arms }: Arms): ArmSummary[] =>
  arms.filter(({ role }) => role !== 'reawakening' && role !== 'placebo');

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
