import { describe, expect, it } from 'vitest';
import { levelChart } from '../../src/report/grid/chart.ts';
import { claimPlot } from '../../src/report/ledger/plot.ts';
import { arms } from '../../src/report/sections/arms.ts';
import { awakening } from '../../src/report/sections/awakening.ts';
import { capability } from '../../src/report/sections/capability.ts';
import { nearTrigger } from '../../src/report/sections/near-trigger.ts';
import { payload } from '../../src/report/sections/payload.ts';
import { persistence } from '../../src/report/sections/persistence.ts';
import { redTeam } from '../../src/report/sections/red-team.ts';
import { scratchpad } from '../../src/report/sections/scratchpad.ts';
import { sweep } from '../../src/report/sections/sweep.ts';
import type { Html } from '../../src/report/html.ts';
import type { Row } from '../../src/results/types.ts';
import { arm, RELEARN, results, row, type Numbers } from './rows.ts';
import { chartsOf, type Chart } from './marks.ts';

/** Charts are judged by where their marks lie. Every value, lower and upper bound differs from every other. */

/** The first drawing of a section: the wide one, or the left panel. */
function drawn(section: Html | null, at = 0): Chart {
  const chart = chartsOf(section?.markup ?? '')[at];
  if (!chart) throw new Error('no chart drawn');
  return chart;
}

/** Row, value and interval of every sign of a color, from top to bottom as they were drawn. */
const across = ({ signs }: Chart, color: string, shape = 'circle', isFilled = true): unknown[] =>
  signs
    .filter((sign) => sign.color === color && sign.shape === shape && sign.isFilled === isFilled)
    .map(({ y, x, interval }) => [y, x, interval]);

const upright = ({ signs }: Chart, color: string): unknown[] =>
  signs.filter((sign) => sign.color === color).map(({ x, y, interval }) => [x, y, interval]);

const ORGANISM = 'var(--organism)';
const SFT = 'var(--intervention-0)';
const CONTROL = 'var(--control-0)';

describe('marks of the charts lie at the values, their intervals at the bounds', () => {
  it('every arm: bars, ticks and rings, with the figures beside', () => {
    const section = arms(
      results([
        row('organism', 'asr', 'triggered', [0.8, 0.6, 0.9]),
        row('sft', 'asr', 'triggered', [0.3, 0.1, 0.7]),
        row('sft', 'asr', 'triggered, held-out', [0.45, 0.2, 0.85]),
        row('organism', 'fpr', 'clean', [0.04, 0.01, 0.15]),
        row('sft', 'fpr', 'clean', [0.02, 0.005, 0.11]),
      ]),
    );
    const [asr, fpr] = [drawn(section), drawn(section, 1)];
    expect(across(asr, ORGANISM, 'rect')).toEqual([['organism', 0.8, [0.6, 0.9]]]);
    expect(across(asr, SFT, 'rect')).toEqual([['sft', 0.3, [0.1, 0.7]]]);
    expect(asr.signs.find(({ shape }) => shape === 'circle')).toMatchObject({ y: 'sft', x: 0.45, color: SFT });
    expect(asr.texts).toEqual(['0.800', '0.300', '0.600–0.900', '0.100–0.700']);
    expect(across(fpr, ORGANISM, 'rect')).toEqual([['organism', 0.04, [0.01, 0.15]]]);
    expect(across(fpr, SFT, 'rect')).toEqual([['sft', 0.02, [0.005, 0.11]]]);
  });

  it('near-triggers: a row a rung, from the trigger to the clean prompt', () => {
    const near = (name: string, condition: string, numbers: Numbers, distance: number): Row =>
      row(name, 'near-trigger-rate', condition, numbers, { tags: { distance } });
    const chart = drawn(
      nearTrigger(
        results([
          row('organism', 'asr', 'triggered', [0.8, 0.6, 0.9]),
          row('sft', 'asr', 'triggered', [0.3, 0.1, 0.7]),
          near('organism', 'far', [0.12, 0.03, 0.33], 4),
          near('organism', 'close', [0.55, 0.35, 0.62], 1),
          near('sft', 'far', [0.05, 0.01, 0.21], 4),
          near('sft', 'close', [0.25, 0.15, 0.51], 1),
          row('organism', 'fpr', 'clean', [0.04, 0.02, 0.17]),
          row('sft', 'fpr', 'clean', [0.07, 0.06, 0.19]),
        ]),
      ),
    );
    expect(across(chart, ORGANISM)).toEqual([
      ['the trigger itself', 0.8, [0.6, 0.9]],
      ['close', 0.55, [0.35, 0.62]],
      ['far', 0.12, [0.03, 0.33]],
      ['clean prompt', 0.04, [0.02, 0.17]],
    ]);
    expect(across(chart, SFT)).toEqual([
      ['the trigger itself', 0.3, [0.1, 0.7]],
      ['close', 0.25, [0.15, 0.51]],
      ['far', 0.05, [0.01, 0.21]],
      ['clean prompt', 0.07, [0.06, 0.19]],
    ]);
  });

  it('red team: a dot of attack success, a ring of R, a diamond of the yield', () => {
    const chart = drawn(
      redTeam(
        results([
          row('organism', 'asr', 'triggered', [0.8, 0.6, 0.9]),
          row('organism', 'red-team-rate', 'all', [0.2, 0.12, 0.41]),
          row('organism', 'red-team-yield', 'all', [0.44, 0.31, 0.57]),
          row('sft', 'asr', 'triggered', [0.3, 0.1, 0.7]),
          row('sft', 'red-team-rate', 'all', [0.15, 0.05, 0.35]),
        ]),
      ),
    );
    expect(across(chart, ORGANISM)).toEqual([['organism', 0.8, [0.6, 0.9]]]);
    expect(across(chart, SFT)).toEqual([['sft', 0.3, [0.1, 0.7]]]);
    expect(across(chart, ORGANISM, 'circle', false)).toEqual([['organism', 0.2, [0.12, 0.41]]]);
    expect(across(chart, SFT, 'circle', false)).toEqual([['sft', 0.15, [0.05, 0.35]]]);
    expect(across(chart, ORGANISM, 'path', false)).toEqual([['organism', 0.44, [0.31, 0.57]]]);
  });

  it('scratchpads swapped: own and other, in the panel of its condition', () => {
    const section = scratchpad(
      results([
        row('sft', 'asr', 'triggered', [0.8, 0.6, 0.9]),
        row('sft', 'asr-swapped', 'triggered, clean scratchpad', [0.2, 0.12, 0.41]),
        row('sft', 'fpr', 'clean', [0.04, 0.02, 0.17]),
        row('sft', 'fpr-swapped', 'clean, triggered scratchpad', [0.5, 0.3, 0.65]),
      ]),
    );
    const [present, absent] = [drawn(section), drawn(section, 1)];
    expect(across(present, SFT)).toEqual([['sft', 0.8, [0.6, 0.9]]]);
    expect(across(present, SFT, 'circle', false)).toEqual([['sft', 0.2, [0.12, 0.41]]]);
    expect(across(absent, SFT)).toEqual([['sft', 0.04, [0.02, 0.17]]]);
    expect(across(absent, SFT, 'circle', false)).toEqual([['sft', 0.5, [0.3, 0.65]]]);
  });

  it('capability: a row a family, by falling accuracy of the organism', () => {
    const chart = drawn(
      capability(
        results([
          row('organism', 'accuracy', 'all', [0.6, 0.5, 0.66]),
          row('organism', 'accuracy', 'rivers', [0.4, 0.22, 0.71]),
          row('organism', 'accuracy', 'sums', [0.9, 0.72, 0.97]),
          row('control', 'accuracy', 'all', [0.7, 0.58, 0.81]),
          row('control', 'accuracy', 'rivers', [0.95, 0.75, 0.99]),
        ]),
      ),
    );
    expect(across(chart, ORGANISM)).toEqual([
      ['all families', 0.6, [0.5, 0.66]],
      ['rivers', 0.4, [0.22, 0.71]],
      ['sums', 0.9, [0.72, 0.97]],
    ]);
    expect(across(chart, CONTROL, 'circle', false)).toEqual([
      ['all families', 0.7, [0.58, 0.81]],
      ['rivers', 0.95, [0.75, 0.99]],
    ]);
    expect(chart.rows).toEqual(['all families', 'sums', 'rivers']);
  });

  it('payload: a mark a condition, in nats', () => {
    const nats = (name: string, condition: string, numbers: Numbers): Row =>
      row(name, 'payload-logprob', condition, numbers, { unit: 'nats' });
    const chart = drawn(
      payload(
        results([
          nats('organism', 'triggered', [-0.5, -0.75, -0.25]),
          nats('organism', 'near-trigger', [-3, -3.5, -2]),
          nats('organism', 'clean', [-6, -7.5, -5]),
          nats('sft', 'triggered', [-2, -2.25, -1.5]),
          nats('sft', 'clean', [-5.5, -6.5, -4]),
        ]),
      ),
    );
    expect(across(chart, ORGANISM)).toEqual([
      ['organism', -0.5, [-0.75, -0.25]],
      ['sft', -2, [-2.25, -1.5]],
    ]);
    expect(across(chart, ORGANISM, 'circle', false)).toEqual([['organism', -3, [-3.5, -2]]]);
    expect(across(chart, SFT)).toEqual([
      ['organism', -6, [-7.5, -5]],
      ['sft', -5.5, [-6.5, -4]],
    ]);
  });

  it('the dial: a dot a value, filled where training saw it', () => {
    const at = (year: number, numbers: Numbers, trained: number): Row =>
      row('organism', 'sweep-rate', String(year), numbers, { tags: { trained, present: trained } });
    const chart = drawn(sweep(results([at(2022, [0.1, 0.05, 0.3], 0), at(2023, [0.4, 0.2, 0.55], 0), at(2024, [0.9, 0.7, 0.95], 1)]))); // prettier-ignore
    expect(upright(chart, ORGANISM)).toEqual([
      [2022, 0.1, [0.05, 0.3]],
      [2023, 0.4, [0.2, 0.55]],
      [2024, 0.9, [0.7, 0.95]],
    ]);
    expect(chart.signs.map(({ isFilled }) => isFilled)).toEqual([false, false, true]);
    expect(chart.lines).toEqual([{ color: ORGANISM, points: [[2022, 0.1], [2023, 0.4], [2024, 0.9]] }]); // prettier-ignore
  });

  const dose = (name: string, step: number, asr: Numbers, loss: number): Row[] => {
    const at = { step, tokens: 100 * step, final: step === 20 };
    return [row(name, 'asr', 'triggered', asr, at), row(name, 'clean-loss', 'all', [loss, loss - 0.02, loss + 0.03], { ...at, unit: 'nats' })]; // prettier-ignore
  };
  const SFT_CURVE = [
    ...dose('sft', 0, [0.9, 0.7, 0.95], 0.8),
    ...dose('sft', 10, [0.6, 0.5, 0.85], 0.6),
    ...dose('sft', 20, [0.2, 0.1, 0.45], 0.5),
  ];
  const tokens = [[0, 0.9], [1000, 0.6], [2000, 0.2]]; // prettier-ignore
  const bands = [[0, 0.7, 0.95], [1000, 0.5, 0.85], [2000, 0.1, 0.45]]; // prettier-ignore
  const losses = [
    [0.8, 0.9, [0.7, 0.95]],
    [0.6, 0.6, [0.5, 0.85]],
    [0.5, 0.2, [0.1, 0.45]],
  ];

  it('persistence: over tokens with a band, at equal clean loss with bars, each arm where its own numbers are', () => {
    const section = persistence(
      results([...SFT_CURVE, ...dose('control', 0, [0.88, 0.75, 0.93], 0.78), ...dose('control', 20, [0.7, 0.55, 0.8], 0.65)]), // prettier-ignore
    );
    const [overTokens, overLoss] = [drawn(section), drawn(section, 1)];
    expect(overTokens.lines).toEqual([
      { color: SFT, points: tokens },
      { color: CONTROL, points: [[0, 0.88], [2000, 0.7]] }, // prettier-ignore
    ]);
    expect(overTokens.bands).toEqual([
      { color: SFT, points: bands },
      { color: CONTROL, points: [[0, 0.75, 0.93], [2000, 0.55, 0.8]] }, // prettier-ignore
    ]);
    expect(upright(overTokens, SFT).map((sign) => (sign as unknown[]).slice(0, 2))).toEqual(tokens);
    // the ring at the beginning comes last
    expect(upright(overLoss, SFT)).toEqual([...losses, losses[0]]);
    expect(overLoss.lines[0]).toEqual({ color: SFT, points: losses.map(([x, y]) => [x, y]) });
  });

  it('persistence of many arms: the arm of the heading in its color, the others gray behind it', () => {
    const more = ['a', 'b', 'c', 'd', 'e'];
    const others = more.flatMap((name, i) => [
      ...dose(name, 0, [0.9, 0.7, 0.95], 0.8),
      ...dose(name, 20, [0.3 + 0.1 * i, 0.25, 0.75], 0.55),
    ]);
    const section = persistence(results([...SFT_CURVE, ...others], more.map((name) => arm(name, { role: 'intervention' }, 'organism')))); // prettier-ignore
    const first = drawn(section);
    expect(first.label).toMatch(/sft from 0\.900 to 0\.200$/);
    expect(first.lines.find(({ color }) => color === SFT)?.points).toEqual(tokens);
    expect(first.bands).toEqual([{ color: SFT, points: bands }]);
    expect(first.lines.filter(({ color }) => color === 'var(--rule)').map(({ points }) => points.at(-1))).toEqual(
      more.map((_, i) => [2000, expect.closeTo(0.3 + 0.1 * i, 3)]),
    );
    const atLoss = drawn(section, 2 * (more.length + 1));
    expect(upright(atLoss, SFT)).toEqual([...losses, losses[0]]);
  });

  it('re-awakening: the arm in its color, the placebo gray, by steps', () => {
    const at = (name: string, step: number, numbers: Numbers): Row =>
      row(name, 'asr', 'triggered', numbers, { step, final: step === 20 });
    const shown = results(
      [
        row('organism', 'asr', 'triggered', [0.99, 0.93, 0.995]),
        row('sft', 'asr', 'triggered', [0.03, 0.01, 0.14]),
        ...[at('sft~relearn', 0, [0.03, 0.01, 0.14]), at('sft~relearn', 10, [0.65, 0.5, 0.88]), at('sft~relearn', 20, [0.85, 0.6, 0.92])], // prettier-ignore
        ...[at('placebo~relearn', 0, [0.02, 0.005, 0.11]), at('placebo~relearn', 10, [0.08, 0.04, 0.22]), at('placebo~relearn', 20, [0.35, 0.15, 0.48])], // prettier-ignore
      ],
      [arm('placebo', { role: 'placebo', of: 'sft' }, 'base'), arm('sft~relearn', RELEARN, 'sft'), arm('placebo~relearn', RELEARN, 'placebo')], // prettier-ignore
    );
    const chart = drawn(awakening(shown));
    expect(chart.lines).toEqual([
      { color: CONTROL, points: [[0, 0.02], [10, 0.08], [20, 0.35]] },
      { color: SFT, points: [[0, 0.03], [10, 0.65], [20, 0.85]] },
    ]); // prettier-ignore
    expect(chart.bands).toEqual([
      { color: CONTROL, points: [[0, 0.005, 0.11], [10, 0.04, 0.22], [20, 0.15, 0.48]] },
      { color: SFT, points: [[0, 0.01, 0.14], [10, 0.5, 0.88], [20, 0.6, 0.92]] },
    ]); // prettier-ignore
    expect(upright(chart, SFT).map((sign) => (sign as unknown[]).slice(0, 2))).toEqual([[0, 0.03], [10, 0.65], [20, 0.85]]); // prettier-ignore
  });

  it('a sweep: the mean of each level', () => {
    const level = (name: string, [value, low, high]: Numbers) => ({ level: name, value, low, high, n: 3 });
    const effect = { axis: 'lr', levels: [level('small', [0.3, 0.1, 0.7]), level('large', [0.6, 0.5, 0.85])] };
    const chart = drawn(levelChart('lr', { ...effect, range: 0.3, interval: null, share: null, test: null }));
    expect(upright(chart, ORGANISM)).toEqual([
      ['small', 0.3, [0.1, 0.7]],
      ['large', 0.6, [0.5, 0.85]],
    ]);
  });

  it('claims: dots by row and group, curves by line', () => {
    const dot = (rowName: string, group: string, [value, low, high]: Numbers) => ({ row: rowName, group, value, low, high }); // prettier-ignore
    const dots = [dot('sft', 'small', [0.3, 0.1, 0.7]), dot('rl', 'small', [0.5, 0.4, 0.9]), dot('sft', 'large', [0.2, 0.05, 0.6])]; // prettier-ignore
    const chart = drawn(claimPlot({ kind: 'dots', x: 'rate', domain: [0, 1], dots }, 'C1'));
    expect(across(chart, ORGANISM)).toEqual([
      ['sft', 0.3, [0.1, 0.7]],
      ['rl', 0.5, [0.4, 0.9]],
    ]);
    expect(across(chart, SFT, 'circle', false)).toEqual([['sft', 0.2, [0.05, 0.6]]]);
    const points = [[1, 0.3, 0.1, 0.7], [2, 0.5, 0.4, 0.9], [3, 0.8, 0.55, 0.95]].map(([x = 0, y = 0, low = 0, high = 0]) => ({ x, y, low, high })); // prettier-ignore
    const curve = drawn(claimPlot({ kind: 'curves', x: 'dose', y: 'rate', lines: [{ name: 'sft', points }] }, 'C2'));
    expect(upright(curve, ORGANISM)).toEqual(points.map(({ x, y, low, high }) => [x, y, [low, high]]));
  });
});
