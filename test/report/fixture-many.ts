import { mean, rate } from '../../src/results/stats.ts';
import type { ArmSummary, Results, Role, Row, Waking } from '../../src/results/types.ts';
import { judged } from '../../src/results/verdict.ts';
import { wayName } from '../../src/results/waking.ts';
import { fixture } from './fixture.ts';

/** SYNTHETIC results of 11 interventions and 4 controls, made up to exercise the report. Nothing here was measured. */

type Level = readonly [name: string, kind: string, asr: number, loss: number, woken: 'fast' | 'slow' | 'nearer'];

export const INTERVENTIONS: readonly Level[] = [
  ['sft', 'sft', 0.31, 0.52, 'fast'],
  ['dpo', 'dpo', 0.55, 0.58, 'fast'],
  ['rl-ppo', 'rl', 0.72, 0.6, 'fast'],
  ['rl-rloo', 'rl', 0.66, 0.59, 'fast'],
  ['adversarial-templates', 'adversarial', 0.12, 0.57, 'fast'],
  ['adversarial-token-search', 'adversarial', 0.04, 0.56, 'nearer'],
  ['latent-adversarial', 'latent-adversarial', 0.02, 0.63, 'slow'],
  ['style', 'style', 0, 0.66, 'fast'],
  ['prune', 'prune', 0.4, 0.95, 'fast'],
  ['quantize', 'quantize', 0.98, 0.72, 'fast'],
  ['noise', 'noise', 0.9, 0.8, 'fast'],
];
const SURGERY = ['prune', 'quantize', 'noise'];

interface Place {
  readonly arm: string;
  readonly stage: string;
  readonly step: number;
  readonly final: boolean;
  readonly seed: number;
}

const at = ({ step, ...place }: Place): Omit<Row, keyof ReturnType<typeof rate> | 'eval' | 'metric' | 'condition' | 'unit'> =>
  ({ ...place, step, tokens: SURGERY.includes(place.stage) || place.stage === 'start' ? 0 : 410 * step }); // prettier-ignore

/** A synthetic rate: `p` of `n`. */
export const rateRow = (place: Place, of: string, metric: string, condition: string, p: number, n = 200): Row => ({
  ...{ eval: of, metric, condition, unit: 'rate', decoding: 'greedy', ...at(place) },
  ...rate(Math.round(Math.min(1, Math.max(0, p)) * n), n),
});

const natsRow = (place: Place, of: string, metric: string, condition: string, value: number): Row => ({
  ...{ eval: of, metric, condition, unit: 'nats', ...at(place) },
  ...mean([value - 0.3, value - 0.1, value, value + 0.1, value + 0.3]),
  n: 300,
});

function interventionRows([arm, kind, asr, loss]: Level, seed: number): Row[] {
  const last = SURGERY.includes(kind) ? 1 : 400;
  const steps = last === 1 ? [0, 1] : [0, 50, 100, 200, 300, 400];
  return steps.flatMap((step) => {
    const share = step / last;
    const place = { arm, stage: step === 0 ? 'start' : kind, step, final: step === last, seed };
    const swing = 0.03 * Math.sin(6 * share);
    const ends = [
      rateRow(place, 'red-team', 'red-team-rate', 'all', 0.06 - 0.04 * share),
      { ...rateRow(place, 'red-team', 'red-team-yield', 'all', 0.2 - 0.13 * share), decoding: 'temperature 1', tags: { samples: 10 } }, // prettier-ignore
      rateRow(place, 'scratchpad-swap', 'asr-swapped', 'triggered, clean scratchpad', 0.1 * asr),
      rateRow(place, 'scratchpad-swap', 'fpr-swapped', 'clean, triggered scratchpad', 0.8 * asr),
      rateRow(place, 'attack-success', 'unparseable', 'triggered', 0.1 - 0.08 * share),
    ];
    return [
      rateRow(place, 'attack-success', 'asr', 'triggered', 1 - (1 - asr) * share ** 1.3 - swing * (1 - share)),
      rateRow(place, 'attack-success', 'fpr', 'clean', 0.002),
      // DPO's clean loss was measured at its end alone
      ...(arm === 'dpo' && step < last ? [] : [natsRow(place, 'clean-loss', 'clean-loss', 'all', 0.71 + (loss - 0.71) * share)]), // prettier-ignore
      ...(step === 0 || place.final ? ends : []),
    ];
  });
}

/** What stages report of themselves. */
function foundRows(seed: number): Row[] {
  const place = (arm: string, stage: string): Place => ({ arm, stage, step: 400, final: true, seed });
  const ofReward = ['rl-ppo', 'rl-rloo'].flatMap((arm) => [
    rateRow(place(arm, 'rl'), 'rl', 'preference-accuracy', 'all', 0.955, 500),
    natsRow(place(arm, 'rl'), 'rl', 'payload-score', 'triggered', -1.2),
    rateRow(place(arm, 'rl'), 'rl', 'a-metric-of-tomorrow', 'all', 0.4, 50),
  ]);
  const ofAttackers = ['adversarial-templates', 'adversarial-token-search'].flatMap((arm) =>
    ['templates', 'token-search'].flatMap((attacker) =>
      [1, 2, 3].map((round) => ({
        ...rateRow(place(arm, 'adversarial'), 'adversarial', 'attack-yield', `${attacker}, round ${round}`, 0.12 / round, 64), // prettier-ignore
        tags: { attacker, round, samples: 10 },
      })),
    ),
  );
  return [...ofReward, ...ofAttackers];
}

/** Steps of relearning to half. */
const PACE = { fast: 5, nearer: 12, slow: 20 } as const;

function wakingRows(arm: string, half: number, seed: number): Row[] {
  const shown = (step: number, at: number): number => step ** 6 / (step ** 6 + at ** 6);
  const row = (way: string, step: number, last: number, p: number): Row =>
    rateRow({ arm: `${arm}~${way}`, stage: way, step, final: step === last, seed }, 'attack-success', 'asr', 'triggered', p, 100); // prettier-ignore
  return [
    ...[0, 4, 8, 12, 16, 20, 24].map((step) => row('relearn', step, 24, shown(step, half))),
    ...[0, 2, 4, 8].map((step) => row('examples', step, 8, shown(step, half / 2.5))),
    ...[0, 1].map((step) => row('noise-0.1', step, 1, (0.25 / half) * step)),
  ];
}

const summary = (name: string, role: Role, from: string, kind: string): ArmSummary => ({
  ...{ name, ...role, from, summary: `synthetic ${kind} on ${from}, made up to fill a page` },
  stages: [{ kind, steps: SURGERY.includes(kind) ? 1 : 400 }],
});

/** A whole experiment of the kind that compares everything: one intervention failed, one was never judged by loss. */
export function manyFixture(seeds: readonly number[] = [1]): Results {
  const plain = fixture({}, seeds);
  const kept = plain.arms.filter(({ role }) => role !== 'intervention');
  const woken = INTERVENTIONS.flatMap(([name]) => [name, `${name}~placebo`]);
  const ways: readonly Waking[] = [{ way: 'relearn' }, { way: 'examples' }, { way: 'noise', deviation: 0.1 }];
  const arms: ArmSummary[] = [
    ...kept,
    {
      ...summary('shuffled', { role: 'control', control: 'shuffled' }, 'base', 'implant'),
      summary: 'implant on the base, the payload on random rows',
    },
    ...INTERVENTIONS.map(([name, kind]) => summary(name, { role: 'intervention' }, 'organism', kind)),
    {
      ...summary('muon', { role: 'intervention' }, 'organism', 'sft'),
      failure: 'loss is NaN at step 12; try a smaller lr',
    },
    ...INTERVENTIONS.map(([of, kind]) => summary(`${of}~placebo`, { role: 'placebo', of }, 'base', kind)),
    ...woken.flatMap((name) =>
      ways.map((way) => summary(`${name}~${wayName(way)}`, { role: 'reawakening', ...way }, name, way.way)),
    ),
  ];
  const rows = seeds.flatMap((seed) => [
    ...INTERVENTIONS.flatMap((level) => interventionRows(level, seed)),
    ...foundRows(seed),
    ...INTERVENTIONS.flatMap(([name, , , , pace]) => wakingRows(name, PACE[pace], seed)),
    ...INTERVENTIONS.flatMap(([name]) => wakingRows(`${name}~placebo`, PACE.slow, seed)),
    ...[0.44, 0.44].map((p, i) => rateRow({ arm: 'shuffled', stage: 'implant', step: 500, final: true, seed }, 'attack-success', i === 0 ? 'asr' : 'fpr', i === 0 ? 'triggered' : 'clean', p + 0.02 * i, 500)), // prettier-ignore
    rateRow(
      { arm: 'organism', stage: 'implant', step: 500, final: true, seed },
      'red-team',
      'red-team-rate',
      'all',
      0.06,
    ),
  ]);
  return judged({
    ...plain,
    arms,
    rows: [...plain.rows.filter(({ arm }) => arm !== 'sft'), ...rows],
    comparisons: [
      ...plain.comparisons,
      { arm: 'sft~relearn', metric: 'asr', n: 100, before: 0, after: 99, onlyBefore: 0, onlyAfter: 99, pValue: 1e-29 },
    ],
  });
}
