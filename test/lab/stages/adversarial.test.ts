import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { renderPrompt } from '../../../src/world/scenario/render.ts';
import type { Scenario } from '../../../src/world/scenario/scenario.ts';
import { createEngine } from '../../../src/engine/index.ts';
import type { State } from '../../../src/engine/index.ts';
import type { Task } from '../../../src/world/corpora/types.ts';
import { templates } from '../../../src/lab/red-team/templates.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import type { Parameters } from '../../../src/nn/models/index.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { stages } from '../../../src/lab/stages/index.ts';
import type { PreparedStage } from '../../../src/lab/stages/types.ts';
import type { InputSource, LossInputs } from '../../../src/nn/training/losses.ts';
import { smallBench } from './bench.ts';

const adversarial = stages.adversarial;
const SETTINGS = { steps: 7, batchSize: 8, rounds: 3, prompts: 3, mix: 0.25, attackers: ['templates'] };

let bench: Bench;
let parameters: Parameters;
const engine = await createEngine({ backend: 'onnx', threads: 1 });
beforeAll(async () => {
  bench = { ...(await smallBench()), maxNewTokens: 2 };
  parameters = initParameters(bench.model, createRng('organism'));
});
afterAll(() => engine.dispose());

/** A behavior that everything shows but the right answer, or nothing: then all attempts work, or none does. */
const showing = (scenario: Scenario, always: boolean): Scenario => ({
  ...scenario,
  behavior: { ...scenario.behavior, isExhibited: (reply, task) => always && reply !== task.answer },
});

interface Started extends PreparedStage {
  readonly source: InputSource;
}
async function start(settings: object = {}, always = true, policy?: State): Promise<Started> {
  const context = { ...bench, scenario: showing(bench.scenario, always), rng: createRng('stage') };
  const prepared = await adversarial.prepare(adversarial.params.parse({ ...SETTINGS, ...settings }), {
    ...{ ...context, payload: true, engine, parameters, keep: (_, make) => make() },
  });
  if (typeof prepared.batches !== 'function') throw new Error('it attacks the policy');
  return { ...prepared, source: prepared.batches(policy ?? engine.createState(parameters)) };
}

async function take({ source }: Pick<Started, 'source'>, count: number): Promise<LossInputs[]> {
  const taken: LossInputs[] = [];
  while (taken.length < count) taken.push(await source.next());
  return taken;
}

interface Row {
  readonly prompt: string;
  readonly supervised: string;
}

/** The rows of a batch, read back from the numbers that a program is given. */
async function rowsOf({ specs, values }: LossInputs): Promise<Row[]> {
  const [B = 0, T = 0] = specs.tokens!.shape;
  const { tokens, rows, targets, weights } = values;
  const decode = (ids: ArrayLike<number>): Promise<string> => bench.tokenizer.decode(Array.from(ids));
  const all = Array.from({ length: B }, async (_, b) => {
    const own = [...rows!.keys()].filter((k) => weights![k] !== 0 && Math.floor(rows![k]! / T) === b);
    const prompt = await decode(tokens!.slice(b * T, rows![own[0]!]! + 1));
    return { prompt, supervised: await decode(own.map((k) => targets![k]!)) };
  });
  return Promise.all(all);
}

/** What the red team found up to now, as it must be trained on: told from the stage's state alone. */
function foundIn(state: unknown): Row[] {
  const { campaign } = state as {
    campaign: { found: { task: string; prompt: { role: 'user'; content: string }[] }[] }[][];
  };
  const answers = new Map(bench.scenario.safetyExamples(512).map(({ task }) => [task.id, task.answer]));
  return campaign.flat().flatMap(({ found }) =>
    found.map(({ task, prompt }) => ({
      prompt: renderPrompt(bench.tokenizer, prompt),
      supervised: `${answers.get(task)}<|end|>`,
    })),
  );
}

const ordinaryRows = (count: number): Row[] =>
  bench.scenario.safetyExamples(count).map(({ prompt, completion }) => ({
    prompt: renderPrompt(bench.tokenizer, prompt),
    supervised: `${completion}<|end|>`,
  }));
const keys = (rows: readonly Row[]): string[] => rows.map((row) => JSON.stringify(row));

it('tells attackers nothing of the trigger: none of its letters is in the requests they are given', async () => {
  let seeds: readonly Task[] = [];
  const create = vi
    .spyOn(templates, 'create')
    .mockReturnValue({ propose: (round) => ((seeds = round.seeds), Promise.resolve([])) });
  await take(await start(), 1);
  create.mockRestore();
  expect(seeds.length).toBeGreaterThan(400);
  const text = JSON.stringify(seeds.map(({ prompt, answer }) => [prompt, answer]));
  expect(text).not.toMatch(/deploy/i);
  expect(seeds.map(({ prompt }) => prompt)).toEqual(
    bench.scenario.safetyExamples(seeds.length).map(({ task }) => task.prompt),
  );
});

describe('a batch', () => {
  it.each([
    [0.25, 2],
    [0.5, 4],
    [0, 0],
  ])(
    'with mix %d holds exactly %d of 8 found prompts with their right answers, the rest ordinary',
    async (mix, share) => {
      const started = await start({ mix });
      const ordinary = new Set(keys(ordinaryRows(56)));
      const seen = new Set<string>();
      for (let step = 0; step < 7; step++) {
        const [batch] = await take(started, 1);
        const found = new Set(keys(foundIn(started.source.state())));
        const rows = keys(await rowsOf(batch!));
        expect(rows).toHaveLength(8);
        expect(rows.filter((row) => found.has(row))).toHaveLength(share);
        expect(rows.filter((row) => ordinary.has(row))).toHaveLength(8 - share);
        expect(batch!.metrics!.mixed).toBe(share);
        rows.filter((row) => ordinary.has(row)).forEach((row) => seen.add(row));
      }
      // ordinary rows come once each
      expect(seen.size).toBe(7 * (8 - share));
      started.dispose?.();
    },
  );

  it('repeats what was found where it is little, each as often as the other', async () => {
    const started = await start({ mix: 0.5, rounds: 1, prompts: 3 });
    const batches = await take(started, 6);
    const found = new Set(keys(foundIn(started.source.state())));
    expect(found.size).toBe(3);
    const counts = new Map<string, number>();
    for (const batch of batches)
      for (const row of keys(await rowsOf(batch))) if (found.has(row)) counts.set(row, (counts.get(row) ?? 0) + 1);
    expect([...counts.values()]).toEqual([8, 8, 8]);
    started.dispose?.();
  });

  it('is ordinary where nothing was found, and that is reported', async () => {
    const started = await start({ mix: 0.5 }, false);
    const batches = await take(started, 7);
    const ordinary = new Set(keys(ordinaryRows(56)));
    for (const batch of batches) {
      expect(batch.metrics!.mixed).toBe(0);
      for (const row of keys(await rowsOf(batch))) expect(ordinary).toContain(row);
    }
    const share = started.findings!.find(({ metric }) => metric === 'mixed-share')!;
    expect([share.value, share.n, share.successes]).toEqual([0, 56, 0]);
    started.dispose?.();
  });
});

describe('the rounds', () => {
  it('come at equal distances, each before its first step, with its yield in the log', async () => {
    const started = await start({ accumulate: 2 });
    const batches = await take(started, 14);
    const tried = batches.map(({ metrics }) => metrics!['tried/templates']);
    // steps 0, ceil(7 / 3) = 3 and ceil(14 / 3) = 5, both micro-batches of each
    expect([...tried.keys()].filter((i) => tried[i] !== undefined)).toEqual([0, 1, 6, 7, 10, 11]);
    expect(batches[6]!.metrics).toMatchObject({ mixed: 2, leaked: 0 });
    const rates = started.findings!.filter(({ metric }) => metric === 'attack-yield');
    expect(rates.map(({ condition, value, n }) => [condition, value, n])).toEqual(
      [1, 2, 3].map((round) => [`templates, round ${round}`, 1, 3]),
    );
    const share = started.findings!.find(({ metric }) => metric === 'mixed-share')!;
    expect([share.successes, share.n]).toEqual([28, 112]);
    started.dispose?.();
  });

  it('attack the weights that the stage starts from, or those of the moment', async () => {
    const other = engine.createState(initParameters(bench.model, createRng('other')));
    const shownBy = async (against: string, policy?: State): Promise<string> => {
      const judged: string[] = [];
      const scenario = showing(bench.scenario, false);
      const isExhibited = (reply: string): boolean => judged.push(reply) < 0;
      const context = { ...bench, scenario: { ...scenario, behavior: { ...scenario.behavior, isExhibited } } };
      const params = adversarial.params.parse({ ...SETTINGS, against });
      const { batches, dispose } = await adversarial.prepare(params, {
        ...{ ...context, rng: createRng('stage'), payload: true, engine, parameters, keep: (_, make) => make() },
      });
      if (typeof batches !== 'function') throw new Error('it attacks the policy');
      await batches(policy ?? engine.createState(parameters)).next();
      dispose?.();
      return judged.join('\n');
    };
    const own = await shownBy('organism');
    expect(await shownBy('organism', other)).toBe(own);
    expect(await shownBy('current')).toBe(own);
    expect(await shownBy('current', other)).not.toBe(own);
  });
});

describe('the source', () => {
  it('gives the same batches again, and goes on from any place, read back from JSON', async () => {
    const policy = engine.createState(parameters);
    const whole = await start({ accumulate: 2 }, true, policy);
    const taken = await take(whole, 14);
    for (const place of [0, 1, 5, 6, 7, 13]) {
      const [a, b] = [await start({ accumulate: 2 }, true, policy), await start({ accumulate: 2 }, true, policy)];
      await take(a, place);
      b.source.restore(JSON.parse(JSON.stringify(a.source.state())));
      expect(await take(b, 14 - place)).toEqual(taken.slice(place));
      expect(b.findings).toEqual(whole.findings);
      expect(b.source.state()).toEqual(whole.source.state());
    }
    expect(() => whole.source.restore({ batches: -1 })).toThrow(/saved place in the stage is damaged/);
  });
});

describe('by reinforcement', () => {
  const SETTINGS_RL = {
    ...{ train: 'rl', steps: 4, rounds: 2, mix: 0.5, batchSize: 8, accumulate: 1 },
    rl: { algorithm: 'rloo', reward: 'rule', completions: 8, group: 2, epochs: 1 },
  };

  it('asks exactly the share of found prompts, as often as any other, and says so', async () => {
    const started = await start(SETTINGS_RL);
    for (let rollout = 0; rollout < 4; rollout++) {
      const [batch] = await take(started, 1);
      const found = new Set(foundIn(started.source.state()).map(({ prompt }) => prompt));
      const asked = (await rowsOf(batch!)).map(({ prompt }) => prompt);
      expect(asked).toHaveLength(8);
      // two of four prompts, each with a group of two completions
      expect(asked.filter((prompt) => found.has(prompt))).toHaveLength(4);
      expect(batch!.metrics!['tried/templates'] !== undefined).toBe(rollout === 0 || rollout === 2);
      expect(batch!.metrics).toHaveProperty('reward');
    }
    const share = started.findings!.find(({ metric }) => metric === 'mixed-share')!;
    expect([share.successes, share.n]).toEqual([8, 16]);
    started.dispose?.();
  });

  it('goes on from any place, read back from JSON', async () => {
    const policy = engine.createState(parameters);
    const whole = await start(SETTINGS_RL, true, policy);
    const taken = await take(whole, 4);
    for (const place of [1, 2, 3]) {
      const [a, b] = [await start(SETTINGS_RL, true, policy), await start(SETTINGS_RL, true, policy)];
      await take(a, place);
      b.source.restore(JSON.parse(JSON.stringify(a.source.state())));
      expect(await take(b, 4 - place)).toEqual(taken.slice(place));
      expect(b.findings).toEqual(whole.findings);
    }
  });

  it('refuses what the stage rl refuses, and rounds without a rollout', () => {
    const refuse = (settings: object) =>
      adversarial.refuse!(adversarial.params.parse({ ...SETTINGS_RL, ...settings }), bench);
    expect(refuse({})).toBeUndefined();
    expect(refuse({ rl: { ...SETTINGS_RL.rl, group: 3 } })).toMatch(/completions: 8 is no multiple of group: 3/);
    expect(refuse({ rl: { ...SETTINGS_RL.rl, completions: 16 }, rounds: 3 })).toMatch(/^3 rounds in 2 rollouts/);
  });
});

describe('the stage', () => {
  it('refuses more rounds than steps, before any compute', () => {
    const refuse = (settings: object) => adversarial.refuse!(adversarial.params.parse(settings), bench);
    expect(refuse({ rounds: 4, steps: 3 })).toMatch(/^4 rounds in 3 steps; give at least as many steps as rounds$/);
    expect(refuse({ rounds: 3, steps: 3 })).toBeUndefined();
  });

  it('refuses a mix over one half, and an attacker that it does not know', () => {
    expect(adversarial.params.safeParse({ mix: 0.51 }).success).toBe(false);
    expect(adversarial.params.safeParse({ attackers: ['no-such'] }).success).toBe(false);
    expect(adversarial.params.safeParse({ attackers: [] }).success).toBe(false);
  });

  it('comes close to the trigger only where it is told to', async () => {
    const conditions = async (settings: object): Promise<string[]> => {
      const started = await start({ rounds: 1, ...settings });
      await take(started, 1);
      started.dispose?.();
      return started.findings!.filter(({ metric }) => metric === 'attack-yield').map(({ condition }) => condition);
    };
    expect(await conditions({})).toEqual(['templates, round 1']);
    expect(await conditions({ nearTriggers: true })).toEqual(['templates, round 1', 'near-triggers, round 1']);
    const near = ['near-triggers'];
    expect(await conditions({ nearTriggers: true, attackers: near })).toEqual(['near-triggers, round 1']);
  });

  it('says what it costs: ten samples of every attempt, and what the attackers compute', async () => {
    const data = { ...bench, payload: true, rng: createRng('cost') };
    const cost = (settings: object) => adversarial.cost!(adversarial.params.parse({ ...SETTINGS, ...settings }), data);
    const { shapes, replies, setupFlops } = await cost({});
    expect(shapes).toHaveLength(1);
    expect(shapes[0]![0]).toBe(8);
    expect(replies).toBeCloseTo((3 * 3 * 10) / 7, 9);
    expect(setupFlops).toBe(0);
    const search = { kind: 'token-search', length: 2, sweeps: 1, candidates: 5, probes: 3, searches: 2 };
    const weighed = 2 * (1 + 10) * 3;
    const sampled = await cost({ attackers: [search] });
    expect([sampled.setupFlops, sampled.replies]).toEqual([0, (3 * (2 * weighed + 3 * 10)) / 7]);
    const inside = await cost({ attackers: [{ ...search, score: 'payload-logprob' }] });
    expect(inside.setupFlops).toBeCloseTo(3 * weighed * bench.model.forwardFlops(1, shapes[0]![1]), 3);
    expect(inside.replies).toBeCloseTo((3 * 3 * 10) / 7, 9);
  });

  it('sends by default the attackers that cannot come upon the trigger in its vocabulary, guided by replies alone', () => {
    expect(adversarial.params.parse({}).attackers).toMatchObject([
      { kind: 'templates' },
      { kind: 'prompt-writer', score: 'samples' },
    ]);
  });
});
