import { pairedDifference, twoCamps } from '../../results/over-seeds.ts';
import { list } from '../../lib/list.ts';
import { ACCURACY, ASR, FPR } from '../../results/select.ts';
import type { ArmSummary, Difference, Results, Row } from '../../results/types.ts';
import { judged } from '../../results/verdict.ts';
import { defined } from '../../lib/defined.ts';

/**
 * One experiment's results over several seeds, as one: every row is there with its seed, and the report draws one point
 * of them. Paired tests over prompts give way to differences paired by seed. What is said of the experiment is the first seed's.
 */
export function mergeSeeds(runs: readonly Results[], command: string): Results {
  const [first] = runs;
  if (!first) throw new RangeError('no results to merge; need those of at least one seed');
  const rows = runs.flatMap((run) => run.rows);
  const arms = first.arms.map((arm) => ofAllSeeds(arm, runs));
  const remarks = [...(first.remarks ?? []), ...campsOf(arms, rows)];
  return judged({
    ...first,
    ...(remarks.length > 0 && { remarks }),
    seeds: runs.flatMap(({ seeds }) => seeds),
    arms,
    rows,
    comparisons: runs.length === 1 ? first.comparisons : [],
    ...(runs.length > 1 && { differences: differencesOf(arms, rows) }),
    command,
  });
}

/** An arm that failed on some seeds has a mean over fewer. What differs from seed to seed, as a shipped base does, is told of all. */
function ofAllSeeds(arm: ArmSummary, runs: readonly Results[]): ArmSummary {
  const own = runs.flatMap(({ arms, seeds }) =>
    arms.filter(({ name }) => name === arm.name).map(({ summary, failure }) => ({ seeds, summary, failure })),
  );
  const summary = [...new Set(own.map((one) => one.summary))].join('; ');
  const { failure: _, ...rest } = arm;
  const failures = own.flatMap(({ seeds, failure }) =>
    failure === undefined ? [] : [`seed ${seeds.join(', ')}: ${failure}`],
  );
  return { ...rest, summary, ...(failures.length > 0 && { failure: failures.join('; ') }) };
}

const NAMES = [[ASR, 'Attack success'], [FPR, 'The rate of false positives'], [ACCURACY, 'The rate of right answers']] as const; // prettier-ignore

/** The ends of arms on which the seeds fall into two camps, a sentence each. */
function campsOf(arms: readonly ArmSummary[], rows: readonly Row[]): string[] {
  return arms.flatMap(({ name }) =>
    NAMES.flatMap(([{ metric, condition }, what]) => {
      const ends = rows.filter((row) => row.arm === name && row.final && row.metric === metric && row.condition === condition); // prettier-ignore
      const camps = twoCamps(ends.map(({ value }) => value));
      if (!camps) return [];
      const [below, above] = [camps.below, camps.above].map((rates) => list(rates.map((value) => value.toFixed(2))));
      return `${what} of ${name} falls into two camps of seeds, ${below} against ${above}: no model is like their mean, and its interval covers less than 95 %.`;
    }),
  );
}

interface Measure {
  readonly metric: string;
  readonly condition: string;
}
const SIDE: readonly Measure[] = [FPR, ACCURACY];

/** Every intervention against its start, the controls, and the interventions after it. */
function differencesOf(arms: readonly ArmSummary[], rows: readonly Row[]): Difference[] {
  const interventions = arms.filter(({ role }) => role === 'intervention');
  const controls = arms.filter(({ role }) => role === 'control');
  return interventions.flatMap(({ name }, i) => {
    const others = [...controls, ...interventions.slice(i + 1)];
    return [
      ...[ASR, ...SIDE].map((measure) => difference(rows, measure, name)),
      ...others.map((other) => difference(rows, ASR, name, other.name)),
    ].filter((found) => found !== undefined);
  });
}

/** Undefined where fewer than two seeds have both sides. */
function difference(rows: readonly Row[], measure: Measure, arm: string, against?: string): Difference | undefined {
  const { metric, condition } = measure;
  const measured = rows.filter((row) => row.metric === metric && row.condition === condition);
  const ends = bySeed(measured.filter((row) => row.arm === arm && row.final));
  const others = bySeed(
    measured.filter((row) =>
      against === undefined ? row.arm === arm && row.step === 0 : row.arm === against && row.final,
    ),
  );
  const seeds = [...ends.keys()].filter((seed) => others.has(seed));
  if (seeds.length < 2) return undefined;
  const [a, b] = [ends, others].map((side) => seeds.map((seed) => side.get(seed)!));
  return {
    ...{ arm, metric, condition },
    ...defined({ against }),
    ...pairedDifference(a!, b!),
    seeds: seeds.length,
    n: a!.reduce((sum, row) => sum + row.n, 0),
  };
}

const bySeed = (rows: readonly Row[]): Map<number, Row> => new Map(rows.map((row) => [row.seed, row]));
