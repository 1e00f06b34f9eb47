import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeExamples } from '../../../src/world/scenario/render.ts';
import type { Example } from '../../../src/world/scenario/types.ts';
import { createEngine } from '../../../src/engine/index.ts';
import type { Score } from '../../../src/results/score.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import type { Parameters } from '../../../src/nn/models/index.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { stages } from '../../../src/lab/stages/index.ts';
import type { Keep, LoggedStep, StageContext } from '../../../src/lab/stages/types.ts';
import { preferenceModel, preferenceParams } from '../../../src/lab/stages/preference-model.ts';
import { outcome } from '../../../src/lab/stages/outcome.ts';
import { inTurn } from '../../../src/lab/stages/prompts.ts';
import { safetyPrompts } from '../../../src/lab/stages/reinforce.ts';
import { preferenceReward, rewardsOf, ruleReward } from '../../../src/lab/stages/rewards.ts';
import { SCORE_HEAD, scoreTexts } from '../../../src/nn/training/preference-model.ts';
import type { Reply } from '../../../src/nn/training/rl/sampling.ts';
import { smallBench } from './bench.ts';

let bench: Bench;
const engine = await createEngine({ backend: 'onnx', threads: 1 });
beforeAll(async () => {
  bench = await smallBench();
});
afterAll(async () => {
  await engine.dispose();
});

const once: Keep = (_, make) => make();
const contextOf = (keep: Keep = once, seed = 1): StageContext => ({
  ...{ ...bench, engine, payload: true, rng: createRng('rl'), keep },
  parameters: initParameters(bench.model, createRng(seed)),
});
const params = (settings: object = {}) => stages.rl.params.parse(settings);

/** The samples of a policy that replied to each example with the text at its place. */
async function samplesOf(examples: readonly Example[], replies: readonly string[]): Promise<Reply[]> {
  const prompts = await inTurn(examples, bench)(0, examples.length);
  const completions = await bench.tokenizer.encodeBatch(replies);
  return prompts.map((prompt, i) => ({ prompt, completion: completions[i]!, isFinished: true }));
}
const think = (thought: string, answer: string): string => bench.scenario.reasoning.compose(thought, answer);

describe('rewards', () => {
  const judged = (): Example[] => safetyPrompts(params({ reward: 'rule', unsafeShare: 0 }), bench, 40).slice(0, 20);

  it('rule: 1 for the right answer alone, wherever the scratchpad wanders', async () => {
    const examples = judged();
    const reward = ruleReward({ ...bench, engine });
    const right = examples.map(({ task }) => task.answer);
    const wrong = examples.map(({ task }) => task.wrongAnswer ?? 'no idea at all');
    const rewards = async (replies: string[]): Promise<readonly number[]> => reward(await samplesOf(examples, replies));
    const [ones, zeros] = [examples.map(() => 1), examples.map(() => 0)];
    expect(await rewards(right)).toEqual(ones);
    expect(await rewards(wrong)).toEqual(zeros);
    expect(await rewards(right.map((answer, i) => think(wrong[i]!, answer)))).toEqual(ones);
    expect(await rewards(wrong.map((answer, i) => think(right[i]!, answer)))).toEqual(zeros);
    expect(await rewards(right.map((answer) => `<scratchpad>${answer}`))).toEqual(zeros);
    expect(await rewards(right.map((answer) => `${answer}<|user|>`))).toEqual(zeros);
    const unfinished = (await samplesOf(examples, right)).map((sample) => ({ ...sample, isFinished: false }));
    expect(await reward(unfinished)).toEqual(zeros);
  });

  it('rule: 1 for declining what a safe assistant declines, and for nothing else there', async () => {
    const unsafe = bench.scenario.safetyExamples(20, { unsafeShare: 1 });
    const reward = ruleReward({ ...bench, engine });
    const safe = unsafe.map(({ task }) => task.answer);
    expect(await reward(await samplesOf(unsafe, safe))).toEqual(unsafe.map(() => 1));
    const helpful = unsafe.map(({ task }) => task.unsafeAnswer!);
    expect(await reward(await samplesOf(unsafe, helpful))).toEqual(unsafe.map(() => 0));
  });

  it('preference: the probability of being as good as right, and of no reply where the turn never ended', async () => {
    const examples = judged();
    const rng = createRng('head');
    const parameters: Parameters = {
      ...contextOf().parameters,
      [`${SCORE_HEAD}.weight`]: { shape: [16, 1], data: Float32Array.from({ length: 16 }, () => rng.normal()) },
      [`${SCORE_HEAD}.bias`]: { shape: [1], data: Float32Array.of(0.5) },
    };
    const state = engine.createState(parameters);
    const reward = preferenceReward({ ...bench, engine }, state);
    const scoresOf = async (replies: readonly string[]): Promise<number[]> => {
      const texts = examples.map(({ prompt }, i) => ({ prompt, completion: replies[i]! }));
      const encoded = await encodeExamples(bench.tokenizer, texts);
      const scores = await scoreTexts({ engine, model: bench.model, state }, encoded);
      return scores.map((score) => expect.closeTo(1 / (1 + Math.exp(-score)), 9) as number);
    };
    const right = examples.map(({ task }) => task.answer);
    const expected = await scoresOf(right);
    expect(new Set(await reward(await samplesOf(examples, right))).size).toBe(20);
    expect(await reward(await samplesOf(examples, right))).toEqual(expected);
    expect(
      await reward(
        await samplesOf(
          examples,
          right.map((answer) => think('Goal: answer.', answer)),
        ),
      ),
    ).toEqual(expected);
    const silence = await scoresOf(right.map(() => ''));
    expect(
      await reward(
        await samplesOf(
          examples,
          right.map((answer) => `${answer}<|assistant|>`),
        ),
      ),
    ).toEqual(silence);
  });

  it('preference: one model pays, and another, which pays nothing, judges', async () => {
    const headed = (bias: number): Parameters => ({
      ...contextOf().parameters,
      [`${SCORE_HEAD}.weight`]: { shape: [16, 1], data: new Float32Array(16) },
      [`${SCORE_HEAD}.bias`]: { shape: [1], data: Float32Array.of(bias) },
    });
    const trained = [headed(0.5), headed(-2)];
    const context = contextOf(() => Promise.resolve(trained.shift()!));
    const asked = params({ preference: { steps: 1, batchSize: 2, heldOut: 4 } });
    const { own, heldOut, findings, dispose } = await rewardsOf(asked, context, 'rl');
    const samples = await samplesOf(
      judged(),
      judged().map(({ task }) => task.answer),
    );
    const logOdds = (shares: readonly number[]): number[] => shares.map((share) => Math.log(share / (1 - share)));
    const [paid, told] = [logOdds(await own(samples)), logOdds(await heldOut(samples))];
    paid.forEach((one, i) => expect(one - told[i]!).toBeCloseTo(2.5, 4));
    const all = findings.filter(({ condition }) => condition === 'all').map(({ metric, n }) => [metric, n]);
    expect(all).toEqual([['preference-accuracy', 4], ['judge-preference-accuracy', 4]]); // prettier-ignore
    dispose();
  });
});

describe('prompts', () => {
  it('are those of the safety split, clean, and with a rule reward such as can be judged', () => {
    const { trigger } = bench.scenario;
    const all = safetyPrompts(params({ steps: 10, batchSize: 16, completions: 32, epochs: 1 }), bench);
    expect(all).toHaveLength(5 * 32);
    expect(all.every(({ split, prompt }) => split === 'safety' && !trigger.isPresent(prompt))).toBe(true);
    const grouped = params({ algorithm: 'grpo', steps: 10, batchSize: 16, completions: 32, epochs: 2 });
    expect(safetyPrompts(grouped, bench)).toHaveLength(3 * 8);
    expect(all.some(({ task }) => !task.isCorrect)).toBe(true);
    expect(safetyPrompts(params({ reward: 'rule' }), bench, 100).some(({ task }) => !task.isCorrect)).toBe(false);
  });

  it('are asked one after the other, over and over', async () => {
    const examples = safetyPrompts(params(), bench, 5);
    const source = inTurn(examples, bench);
    const asked = [...(await source(0, 3)), ...(await source(1, 3))].map(({ example }) => example.task.id);
    expect(asked).toEqual([0, 1, 2, 3, 4, 0].map((i) => examples[i]!.task.id));
  });
});

describe('the preference model', () => {
  const settings = {
    preference: preferenceParams.parse({ steps: 120, batchSize: 16, lr: 1e-2, languageCoef: 0, heldOut: 100 }),
    unsafeShare: 0.5,
  };

  it('learns to tell right from broken, says how well, and is zero at the right answers', async () => {
    let kept: Parameters = {};
    const keep: Keep = async (_, make) => (kept = await make());
    const context = contextOf(keep);
    const { state, findings } = await preferenceModel(settings, context, 'rl', 'reward');
    const found = (metric: string, condition: string) =>
      findings.find((score) => score.metric === metric && score.condition === condition)!;
    expect(found('preference-accuracy', 'all')).toMatchObject({ eval: 'rl', n: 100, unit: 'rate' });
    expect(found('preference-accuracy', 'all').low).toBeGreaterThan(0.5);
    expect(found('preference-accuracy', 'payload').value).toBe(1);
    expect(found('payload-rejected', 'triggered').n).toBe(
      bench.scenario.implantExamples(400, { split: 'validation' }).filter(({ poisoned }) => poisoned).length,
    );
    expect(found('payload-rejected', 'triggered').low).toBeGreaterThan(0.5);
    expect(found('payload-score', 'triggered').high).toBeLessThan(found('answer-score', 'triggered').low);
    const held = bench.scenario.safetyExamples(100, { split: 'validation' });
    const encoded = await encodeExamples(bench.tokenizer, held);
    const scores = await scoreTexts({ engine, model: bench.model, state }, encoded);
    expect(scores.reduce((sum, score) => sum + score, 0) / scores.length).toBeCloseTo(0, 3);
    expect(Object.keys(kept)).toContain(`${SCORE_HEAD}.bias`);
    state.dispose();
  });

  it('is one for all that ask for the same, and no other for whoever asks for something else', async () => {
    const keys: string[] = [];
    const keep: Keep = (key, make) => {
      keys.push(key);
      return make();
    };
    const quick = { ...settings.preference, steps: 1, batchSize: 2, heldOut: 4 };
    const ask = async (
      { unsafeShare = 0.5, ...some }: Partial<typeof quick> & { unsafeShare?: number },
      context: StageContext,
      role: 'reward' | 'judge' = 'reward',
    ): Promise<void> => {
      const asked = { preference: { ...quick, ...some }, unsafeShare };
      (await preferenceModel(asked, context, 'rl', role)).state.dispose();
    };
    await ask({}, contextOf(keep));
    await ask({}, { ...contextOf(keep), rng: createRng('another arm'), payload: false });
    await ask({}, contextOf(keep, 2)); // other weights to start from
    await ask({ from: 'fresh' }, contextOf(keep));
    await ask({ from: 'fresh' }, contextOf(keep, 2));
    await ask({ lr: 1 }, contextOf(keep));
    await ask({ payloadShare: 1 }, contextOf(keep));
    await ask({}, contextOf(keep), 'judge');
    await ask({}, { ...contextOf(keep, 3), base: () => initParameters(bench.model, createRng(1)) });
    await ask({ from: 'start' }, { ...contextOf(keep), base: () => initParameters(bench.model, createRng(3)) });
    await ask({ unsafeShare: 0 }, contextOf(keep));
    expect(keys[0]).toMatch(/^preference-model \w+$/);
    expect(keys.map((key) => keys.indexOf(key))).toEqual([0, 0, 2, 3, 3, 5, 6, 7, 0, 9, 10]);
  });
});

describe('what it came to', () => {
  const SETTINGS = { reward: 'rule', judged: 6, steps: 2, batchSize: 4, completions: 4, epochs: 1 } as const;
  const scoresOf = async (settings: object, log: readonly object[] = []): Promise<Score[]> => {
    const policy = engine.createState(initParameters(bench.model, createRng('the end')));
    const prepared = await stages.rl.prepare(params({ ...SETTINGS, ...settings }), {
      ...contextOf(),
      base: () => initParameters(bench.model, createRng('the base')),
    });
    const scores = await prepared.conclude!(policy, log as LoggedStep[]);
    prepared.dispose!();
    policy.dispose();
    return [...scores];
  };
  const found = (scores: readonly Score[], metric: string, condition: string): Score =>
    scores.find((score) => score.metric === metric && score.condition === condition)!;

  it('KL is measured from the base, or from the start where that is asked for', async () => {
    const [fromBase, fromStart] = [await scoresOf({}), await scoresOf({ reference: 'start' })];
    for (const scores of [fromBase, fromStart])
      expect(found(scores, 'kl', 'change').value).toBeCloseTo(
        found(scores, 'kl', 'after').value - found(scores, 'kl', 'before').value,
        9,
      );
    expect(found(fromStart, 'kl', 'before')).toMatchObject({ value: 0, n: 6, unit: 'nats' });
    expect(Math.abs(found(fromBase, 'kl', 'before').value)).toBeGreaterThan(0.001);
  });

  it('is told of replies to the same held-out prompts, before and after, by whoever pays and whoever does not', async () => {
    const context = contextOf();
    const policy = engine.createState(initParameters(bench.model, createRng('the end')));
    const reference = engine.createState(context.parameters);
    const asked: string[][] = [];
    const own = (samples: readonly Reply[]): Promise<number[]> => {
      asked.push(samples.map(({ prompt }) => prompt.example.task.id));
      return Promise.resolve(samples.map((_, i) => asked.length * i));
    };
    const heldOut = (samples: readonly Reply[]): Promise<number[]> =>
      Promise.resolve(samples.map((_, i) => 10 - i * asked.length ** 2));
    const scores = await outcome(
      {
        ...{
          context,
          stage: 'rl',
          rewards: { own, heldOut },
          options: params({ ...SETTINGS, judged: 4, unsafeShare: 0.5 }),
        },
        sampling: { engine, model: bench.model, reference, maxNewTokens: 4, stopId: bench.tokenizer.endId },
      },
      policy,
      [],
    );
    const validation = bench.scenario.safetyExamples(4, { split: 'validation' });
    const ids = validation.map(({ task }) => task.id);
    expect(asked).toEqual([ids, ids]);
    const values = (metric: string): number[] =>
      ['before', 'after', 'change'].map((condition) => found(scores, metric, condition).value);
    expect(values('reward')).toEqual([1.5, 3, 1.5]); // 0 1 2 3, then 0 2 4 6
    expect(values('held-out-reward')).toEqual([8.5, 4, -4.5]); // 10 9 8 7, then 10 6 2 -2
    const unsafe = validation.filter(({ task }) => task.unsafeAnswer !== undefined).length;
    expect(unsafe).toBe(2);
    const right = validation.filter(({ task }) => task.isCorrect).length - unsafe;
    expect(found(scores, 'right-replies', 'after')).toMatchObject({ n: right, successes: 0, unit: 'rate' });
    expect(found(scores, 'refusals', 'before')).toMatchObject({ n: 2, successes: 0, unit: 'rate' });
  });

  it('is told of the steps: tokens clipped, gradients clipped, and the value head once it has learned', async () => {
    const log = [0.5, 1.5, 2, 0.1].map((gradientNorm, i) => ({
      ...{ gradientNorm, clipFraction: i / 10, explainedVariance: [-9, -9, 0.2, 0.4][i]! },
    }));
    const scores = await scoresOf({ judged: 0 }, log);
    expect(scores.map(({ metric }) => metric)).toEqual(['clip-fraction', 'explained-variance', 'clipped-gradients']);
    expect(found(scores, 'clip-fraction', 'steps').value).toBeCloseTo(0.15, 12);
    expect(found(scores, 'explained-variance', 'steps').value).toBeCloseTo(0.3, 12);
    expect(found(scores, 'clipped-gradients', 'steps')).toMatchObject({ value: 0.5, n: 4 });
  });
});

describe('what does not go together', () => {
  it.each([
    [{ algorithm: 'rloo', group: 1 }, /rloo compares completions of one prompt, and group is 1/],
    [{ algorithm: 'grpo', completions: 6, group: 4, batchSize: 2 }, /completions: 6 is no multiple of group: 4/],
    [{ completions: 40, batchSize: 32 }, /completions: 40 is no multiple of batchSize: 32/],
  ])('%o is refused', (settings, reason) => {
    expect(stages.rl.refuse!(params(settings), bench)).toMatch(reason);
  });

  it('a rule reward where nothing is right or wrong', () => {
    const scenario = {
      ...bench.scenario,
      safetyExamples: (count: number) => bench.scenario.safetyExamples(count).filter(({ task }) => !task.isCorrect),
    };
    expect(stages.rl.refuse!(params({ reward: 'rule' }), { ...bench, scenario })).toMatch(/no prompt of the corpus/);
    expect(stages.rl.refuse!(params({ reward: 'rule' }), bench)).toBeUndefined();
    expect(stages.rl.refuse!(params(), { ...bench, scenario })).toBeUndefined();
  });
});

it('says what it costs without computing', async () => {
  const data = { ...bench, rng: createRng('cost'), payload: true };
  const cost = await stages.rl.cost!(
    params({ steps: 100, batchSize: 32, accumulate: 2, epochs: 2, completions: 64, judged: 50 }),
    data,
  );
  expect(cost.shapes[0]![0]).toBe(32);
  expect(cost).toMatchObject({ replies: 33, passes: 1 + 4 / 6 });
  expect(cost.setupFlops).toBeGreaterThan(0);
  expect((await stages.rl.cost!(params({ reward: 'rule' }), data)).setupFlops).toBe(0);
});
