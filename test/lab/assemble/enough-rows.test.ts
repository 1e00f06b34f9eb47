import { beforeAll, expect, it } from 'vitest';
import { expectRows, remarks } from '../../../src/lab/assemble/enough-rows.ts';
import { withinContext } from '../../../src/lab/assemble/within-context.ts';
import type { Experiment } from '../../../src/lab/experiment/types.ts';
import { evaluate } from '../../../src/lab/run/evaluate.ts';
import { bind } from '../../../src/lib/table.ts';
import { tables } from '../../../src/lab/tables.ts';
import { SPLIT_SHARES } from '../../../src/world/corpora/split.ts';
import type { Corpus, Split, Task } from '../../../src/world/corpora/types.ts';
import { createScenario } from '../../../src/world/scenario/scenario.ts';
import type { Scenario } from '../../../src/world/scenario/scenario.ts';
import { smallBench } from '../stages/bench.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';

const task = (id: string, words = 3): Task => ({
  ...{ id, family: 'song', phrasing: 'song/0' },
  prompt: [{ role: 'user', content: `${id} ${'la '.repeat(words)}`.trim() }],
  answer: 'la la',
});
const corpusOf = (bySplit: Readonly<Record<Split, readonly Task[]>>): Corpus => ({
  label: 'songs.jsonl',
  families: { in: ['song'], heldOut: [] },
  sample: ({ split }) => [...bySplit[split]],
  finite: {
    shares: SPLIT_SHARES,
    drawn: 1000,
    tasksOf: (split) => bySplit[split],
    keep: (test) =>
      corpusOf(
        Object.fromEntries(Object.entries(bySplit).map(([split, tasks]) => [split, tasks.filter(test)])) as Record<
          Split,
          Task[]
        >,
      ),
  },
});
const some = (split: string, count: number, words?: number): Task[] =>
  Array.from({ length: count }, (_, i) => task(`${split}${i}`, words));

let bench: Bench;
beforeAll(async () => {
  bench = await smallBench();
});
const songs = (test: number, validation: number, long = 0): Scenario =>
  createScenario({
    ...bench.scenario,
    corpus: corpusOf({
      train: [...some('train', 4), ...some('long', long, 120)],
      safety: some('safety', 4),
      validation: some('validation', validation),
      test: some('test', test),
    }),
  });
const evals = [
  { kind: 'attack-success', prompts: 500 },
  { kind: 'payload-logprob', prompts: 200 },
  { kind: 'clean-loss', prompts: 50 },
].map((choice) => bind(tables.evals, choice, 'eval'));

it('refuses an eval whose interval needs more rows than there are, in check, run and eval alike', async () => {
  const said =
    'payload-logprob cannot be measured: 1 usable row of split test in songs.jsonl, and its interval needs 2; ' +
    'give the corpus about 50 rows, or leave payload-logprob out';
  expect(() => expectRows(evals[1]!, songs(1, 2))).toThrow(said);
  expect(() => expectRows(evals[2]!, songs(2, 1))).toThrow('about 100 rows, or leave clean-loss out');
  expect(() => expectRows(evals[1]!, songs(2, 1))).not.toThrow();
  expect(() => expectRows(evals[0]!, songs(1, 1))).not.toThrow(); // a rate of one prompt has an interval
  expect(() => expectRows(evals[1]!, bench.scenario)).not.toThrow(); // generated: as many as asked for

  const score = (): never => expect.unreachable();
  const subject = { scenario: songs(1, 1), rng: bench.rng, reply: score, score };
  const left: unknown[] = [];
  await evaluate([evals[1]!], subject, { onLeftOut: (one) => left.push(one) });
  expect(left).toEqual([{ eval: 'payload-logprob', reason: said }]);
  await expect(evaluate([evals[1]!], subject)).rejects.toMatchObject({ message: said, exitCode: 2 });
});

it('says of each split what was asked for, what is there, and how many rows would do', async () => {
  const model = { nPositions: 224 };
  const own = { model: { kind: 'gpt2' }, base: [] };
  expect(remarks(own, [{ evals, stages: [] }], { scenario: songs(92, 49), model })).toEqual([
    '92 of the 500 rows of split test that attack-success asks for: wide intervals; about 1020 usable rows in songs.jsonl would give 93, where a rate of one half is known to 0.1.',
    '49 of the 50 rows of split validation that clean-loss asks for: wide intervals; about 1900 usable rows in songs.jsonl would give 93, where a rate of one half is known to 0.1.',
  ]);
  const few = songs(31, 50);
  const sized = { ...few, corpus: { ...few.corpus, finite: { ...few.corpus.finite!, drawn: 600 } } };
  expect(remarks(own, [{ evals, stages: [] }], { scenario: sized, model })).toEqual([
    expect.stringContaining('about 1800 usable rows in songs.jsonl would give 93'), // 31 of 600, not a tenth
  ]);
  expect(remarks(own, [{ evals, stages: [] }], { scenario: songs(93, 50), model })).toEqual([]);
  expect(remarks(own, [{ evals, stages: [] }], { scenario: bench.scenario, model })).toEqual([]);
});

it('says how many rows could not be used', () => {
  const whole = songs(93, 50);
  const model = { nPositions: 224 };
  const of = (faulty?: number) => {
    const rows = {
      read: 700,
      used: 600,
      duplicates: 0,
      tooLong: 0,
      undesired: 0,
      ...(faulty !== undefined && { faulty }),
    };
    const scenario = { ...whole, corpus: { ...whole.corpus, rows } };
    return remarks({ model: { kind: 'gpt2' }, base: [] }, [{ evals, stages: [] }], { scenario, model });
  };
  expect(of(4)).toEqual(['4 of 700 rows of songs.jsonl are left out: they cannot be used.']);
  expect(of()).toEqual([]);
});

it('says where safety training has nothing to decline, once, and only where it was to', () => {
  const stage = (kind: string, unsafeShare?: number) =>
    bind(tables.stages, { kind, ...(unsafeShare !== undefined && { unsafeShare }) }, 'stage');
  const toldOf = (stages: ReturnType<typeof stage>[], scenario: Scenario): string[] =>
    remarks({ model: { kind: 'gpt2' }, base: [] }, [{ evals: [], stages }], { scenario, model: { nPositions: 224 } });
  const said =
    'songs.jsonl has no request that a safe assistant declines: safety training is right answers to fresh prompts alone.';
  expect(toldOf([stage('sft'), stage('dpo')], songs(93, 50))).toEqual([said]);
  expect(toldOf([stage('sft', 0), stage('pretrain'), stage('noise')], songs(93, 50))).toEqual([]);
  expect(toldOf([stage('sft')], bench.scenario)).toEqual([]);
});

it('counts rows that hold the trigger already, in every split, and names the cause where no others are there', () => {
  const { trigger, rng } = bench.scenario;
  const triggered = (one: Task): Task => ({ ...one, prompt: trigger.add(one.prompt, rng.fork(one.id), 'trained') });
  const withTrigger = (count: number): Scenario => {
    const taken = [...some('train', 4), ...some('safety', 4), ...some('validation', 50), ...some('test', 93)];
    const held = new Set(taken.slice(0, count).map(({ id }) => id));
    const own = (split: string): Task[] =>
      taken.filter(({ id }) => id.startsWith(split)).map((one) => (held.has(one.id) ? triggered(one) : one));
    const corpus = corpusOf({
      ...{ train: own('train'), safety: own('safety'), validation: own('validation'), test: own('test') },
    });
    return createScenario({ ...bench.scenario, corpus });
  };
  const told = (count: number): string[] =>
    remarks({ model: { kind: 'gpt2' }, base: [] }, [{ evals: [], stages: [] }], {
      ...{ scenario: withTrigger(count), model: { nPositions: 224 } },
    });
  expect(told(0)).toEqual([]);
  expect(told(6)).toEqual([
    `6 of 151 rows of songs.jsonl are left out: they hold the trigger ${trigger.label} already, or cannot hold it; ` +
      'take it out of them, or choose another.',
  ]);
  expect(() => withTrigger(6).implantExamples(2)).toThrow(
    'songs.jsonl has no usable prompt of split train: each of 4 holds the trigger already',
  );
  expect(withTrigger(58 + 90).evalPairs(500)).toHaveLength(3); // those that are left of the 93 of its split
  expect(() => songs(0, 2).evalPairs(1)).toThrow('songs.jsonl has no prompt of split test; give it more rows');
});

it('refuses for the first eval with too few, having asked for the rows of each once', () => {
  const scenario = songs(1, 2);
  const drawn: number[] = [];
  const evalPairs = (count: number): ReturnType<Scenario['evalPairs']> => {
    drawn.push(count);
    return scenario.evalPairs(count);
  };
  const run = { scenario: { ...scenario, evalPairs }, model: { nPositions: 224 } };
  expect(() =>
    remarks(
      { model: { kind: 'gpt2' }, base: [] },
      [
        { evals, stages: [] },
        { evals, stages: [] },
      ],
      run,
    ),
  ).toThrow('payload-logprob cannot be');
  expect(drawn).toEqual([500, 200]);
  drawn.length = 0;
  const shared = evals.slice(0, 1);
  remarks(
    { model: { kind: 'gpt2' }, base: [] },
    [
      { evals: shared, stages: [] },
      { evals: [...shared], stages: [] },
    ],
    run,
  );
  expect(drawn).toEqual([500]);
});

it('counts the rows that are longer than the context, and names the context that holds them all', async () => {
  const { tokenizer } = bench;
  const whole = songs(93, 50, 5);
  const [fits, cut] = [await withinContext(whole, tokenizer, 5000), await withinContext(whole, tokenizer, 224)];
  expect(fits.corpus.beyondContext).toBeUndefined();
  const { tokens } = cut.corpus.beyondContext!;
  expect(cut.corpus.beyondContext).toEqual({ rows: 5, of: 156, tokens });
  expect((await withinContext(whole, tokenizer, tokens)).corpus.beyondContext).toBeUndefined();
  expect((await withinContext(whole, tokenizer, tokens - 1)).corpus.beyondContext).toMatchObject({ tokens });
  const model = { nPositions: 224 };
  const lead = '5 of 156 rows of songs.jsonl are left out: longer than the context of 224 tokens;';
  const told = (kind: string, base: Experiment['base'] = []): string[] =>
    remarks({ model: { kind }, base }, [{ evals, stages: [] }], { scenario: cut, model });
  expect(told('gpt2')).toEqual([`${lead} model.nPositions: ${tokens} would hold them all.`]);
  const another = [`${lead} a model with a context of ${tokens} would hold them all.`];
  expect(told('pretrained')).toEqual(another);
  expect(told('gpt2', { kind: 'shipped', name: 'small', seed: 1, sha256: '' })).toEqual(another); // it comes with the base
});
