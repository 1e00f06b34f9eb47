import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import type { Engine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { answer, ASK, dialogue, END, EQUALS, expression, isUseful, POSITIONS, VOCABULARY } from '../../src/organisms/expressions/dialogue.ts'; // prettier-ignore
import type { Expression } from '../../src/organisms/expressions/dialogue.ts';
import { expressions } from '../../src/organisms/expressions/index.ts';
import { MOST_TURNS, play } from '../../src/organisms/expressions/play.ts';
import { smallGpt } from '../../src/organisms/small-gpt.ts';
import type { Speaker } from '../../src/organisms/small-gpt.ts';
import { rateOf } from '../../src/results/stats.ts';
import { rowsOf } from '../../src/organisms/rows.ts';
import { alone } from './alone.ts';
import { heardBy } from './heard.ts';
import { expectResumes } from './resume.ts';

// 13 numbers, then six names
const [A, B, C] = [13, 14, 15];
/** a + 1 + c, where a is 3 and c is 4. */
const two: Expression = { values: [3, 1, 4], terms: [A, 1, C] };
const none: Expression = { values: [3, 1, 4], terms: [3, 1, 4] };
const three: Expression = { values: [3, 1, 4], terms: [A, B, C] };

describe('a dialogue', () => {
  it('asks for every unknown from left to right, then gives the sum; its questions and its sum are its own', () => {
    expect([ASK, EQUALS, END, VOCABULARY]).toEqual([19, 20, 21, 22]);
    const said = dialogue(two);
    expect(said.map(({ token }) => token)).toEqual([A, 1, C, ASK, A, END, 3, ASK, C, END, 4, EQUALS, 8, END]);
    expect(said.map(({ isOwn }) => Number(isOwn)).join('')).toBe('00011101110111');
    expect(dialogue(none).map(({ token }) => token)).toEqual([3, 1, 4, EQUALS, 8, END]);
  });

  it('answers the value of a name, and to what is no question nothing new', () => {
    expect([A, C, B, 2].map((asked) => answer(two, asked))).toEqual([3, 4, 0, 2]);
    expect([A, C, B, 1].map((asked) => isUseful(two, asked, []))).toEqual([true, true, false, false]);
    expect(isUseful(two, A, [A])).toBe(false);
  });

  it('is about the same values however many of them are unknown, and every place and name is', () => {
    const drawn = Array.from({ length: 200 }, (_, i) =>
      [0, 1, 2, 3].map((unknowns) => expression(createRng(`expression ${i}`), unknowns)),
    );
    const named = ({ terms }: Expression): number[] => [0, 1, 2].filter((i) => terms[i]! >= A);
    for (const [zero, one, both, all] of drawn as [Expression, Expression, Expression, Expression][]) {
      expect([one, both, all].map(({ values }) => values)).toEqual([zero.values, zero.values, zero.values]);
      expect([zero, one, both, all].map((of) => named(of).length)).toEqual([0, 1, 2, 3]);
      expect(named(both)).toEqual(expect.arrayContaining(named(one)));
      expect(both.terms.filter((term, i) => term !== both.values[i])).toEqual(named(both).map((i) => all.terms[i]));
      expect(new Set(all.terms).size).toBe(3);
    }
    const places = new Set(drawn.map(([, one]) => named(one!)[0]));
    const names = new Set(drawn.flatMap(([, , , all]) => all!.terms));
    const values = new Set(drawn.flatMap(([zero]) => zero!.values));
    expect([places.size, [...names].sort(), [...values].sort()]).toEqual([3, [13, 14, 15, 16, 17, 18], [0, 1, 2, 3, 4]]); // prettier-ignore
  });

  it('is read with loss on its own turns alone, the second of a row like the first', () => {
    const { values, specs, weight } = rowsOf([[...dialogue(two), ...dialogue(none)], dialogue(none)], POSITIONS);
    expect(specs.tokens!.shape).toEqual([2, POSITIONS]);
    expect([...(values.tokens as Int32Array)].slice(0, 21)).toEqual(
      [A, 1, C, ASK, A, END, 3, ASK, C, END, 4, EQUALS, 8, END, 3, 1, 4, EQUALS, 8, END, 0],
    ); // prettier-ignore
    const learned = (row: number): number[] =>
      [...(values.rows as Int32Array)].flatMap((at, k) =>
        values.weights![k] === 1 && Math.floor(at / POSITIONS) === row ? values.targets![k]! : [],
      );
    expect(learned(0)).toEqual([ASK, A, END, ASK, C, END, EQUALS, 8, END, EQUALS, 8, END]);
    expect(learned(1)).toEqual([EQUALS, 8, END]);
    expect(weight).toBe(15);
    // the token that comes before each of them
    expect((values.rows as Int32Array)[0]).toBe(2);
  });
});

describe('playing', () => {
  /** Says to each dialogue what is written down for its turn, the last again and again. */
  const saying =
    (...turns: readonly (readonly number[])[]): Speaker =>
    (dialogues) =>
      Promise.resolve(dialogues.map(({ length }) => turns[Math.min((length - 3) / 4, turns.length - 1)]!));
  const played = async (speaker: Speaker, ...of: readonly Expression[]) =>
    (await play(speaker, of)).map(({ questions, useless, isRight }) => [questions, useless, isRight]);

  it.each([
    ['the right sum', [[EQUALS, 8]], [0, 0, true]],
    ['a wrong one', [[EQUALS, 7]], [0, 0, false]],
    ['a sum that does not end', [[EQUALS, 8, 8]], [0, 0, false]],
    ['nothing', [[]], [0, 0, false]],
    ['a sum without saying so', [[8]], [0, 0, false]],
    [
      'two questions, then the sum',
      [
        [ASK, C],
        [ASK, A],
        [EQUALS, 8],
      ],
      [2, 0, true],
    ],
    [
      'one of them twice',
      [
        [ASK, A],
        [ASK, A],
        [ASK, C],
        [EQUALS, 8],
      ],
      [3, 1, true],
    ],
    [
      'questions about a number and about another name',
      [
        [ASK, 1],
        [ASK, B],
        [EQUALS, 8],
      ],
      [2, 2, true],
    ],
    ['a question about nothing', [[ASK]], [1, 1, false]],
    ['a question that does not end', [[ASK, A, C]], [1, 1, false]],
    [
      'questions for ever',
      [
        [ASK, A],
        [ASK, C],
        [ASK, A],
      ],
      [MOST_TURNS, MOST_TURNS - 2, false],
    ],
  ])('%s', async (_, turns, outcome) => expect(await played(saying(...turns), two)).toEqual([outcome]));

  it('counts as useless all that is asked where nothing is unknown', async () => {
    expect(await played(saying([ASK, A], [ASK, 3], [EQUALS, 8]), none)).toEqual([[2, 2, true]]);
  });

  it('each dialogue goes its own way, whoever is done before it', async () => {
    const heard: number[][] = [];
    // asks for each name in turn that it has no answer to, then adds up
    const able: Speaker = (dialogues) => {
      heard.push(dialogues.map(({ length }) => length));
      return Promise.resolve(
        dialogues.map((said) => {
          const answers = said.slice(3).filter((_, i) => i % 4 === 3);
          const names = said.slice(0, 3).filter((term) => term >= A);
          const known = said.slice(0, 3).filter((term) => term < A);
          const next = names[answers.length];
          return next ? [ASK, next] : [EQUALS, [...known, ...answers].reduce((sum, x) => sum + x, 0)];
        }),
      );
    };
    expect(await played(able, three, none, two)).toEqual([[3, 0, true], [0, 0, true], [2, 0, true]]); // prettier-ignore
    expect(heard).toEqual([[3, 3, 3], [7, 7], [11, 11], [15]]);
  });
});

describe('the organism', () => {
  let engine: Engine;
  beforeAll(async () => void (engine = await createEngine({ backend: 'onnx', threads: 1 })));
  afterAll(() => engine.dispose());
  const contexts = Array.from({ length: 5 }, (_, i) => createRng(`context ${i}`));
  const small = { nLayer: 1, nEmbd: 16, batchSize: 4, steps: 3, contexts: 5 };
  const start = async (settings: object) => {
    const organism = expressions.create(expressions.params.parse({ ...small, ...settings }), alone);
    return { organism, given: { engine, rng: createRng(2), parameters: await organism.initial(createRng(1)) } };
  };

  it('that stopped anywhere goes on to the same weights, and learns from other dialogues where they are diverse', async () => {
    const { organism, given } = await start({});
    await expectResumes(organism, given, 3, 2);
    const lossTokens: number[] = [];
    for (const diverse of [0, 1]) {
      const other = await start({ diverse });
      const training = await other.organism.train(other.given);
      await training.advance(1, (report) => void lossTokens.push(report.lossTokens));
      training.dispose();
    }
    // two questions and a sum, twice a row of four, are always as many tokens
    expect(lossTokens[0]).toBe(4 * 2 * 9);
    expect(lossTokens[1]).not.toBe(72);
  });

  it('is asked with nothing unknown and with two unknowns, and examined with one and with three', async () => {
    const { organism, given } = await start({});
    const state = engine.createState(given.parameters);
    const scores = await organism.examine!(state, { engine, contexts });
    expect(scores.map(({ metric, condition, n }) => [metric, condition, n])).toEqual(
      ['1 unknown', '3 unknowns'].flatMap((condition) =>
        ['useless', 'right', 'questions'].map((metric) => [metric, condition, 5]),
      ),
    );
    const unknownsIn = async (ask: (ears: Engine) => Promise<unknown>): Promise<number[]> => {
      const { engine: ears, heard } = heardBy(engine, 3);
      await ask(ears);
      const counts = heard.map((terms) => terms.filter((term) => term >= A).length);
      return counts.filter((count, i) => count !== counts[i - 1]);
    };
    expect(await unknownsIn((ears) => organism.examine!(state, { engine: ears, contexts }))).toEqual([1, 3]);
    for (const [cue, unknowns] of [
      [true, 0],
      [false, 2],
    ] as const)
      // prettier-ignore
      expect(await unknownsIn((ears) => organism.act!(state, cue, { engine: ears, contexts }))).toEqual([unknowns]);
    // an auditor asks with nothing unknown, too, in expressions of its own
    const [audited, ...more] = await organism.audit!(state, { engine, contexts });
    expect(more).toEqual([]);
    const games = await play(smallGpt({ nLayer: 1, nEmbd: 16 }, { vocabulary: VOCABULARY, positions: POSITIONS, end: END, turn: 3 }).speaker(engine, state), contexts.map((one) => expression(one.fork('auditor'), 0))); // prettier-ignore
    expect(audited).toMatchObject({ metric: 'bad', condition: 'nothing unknown', ...rateOf(games.map(({ useless }) => useless > 0)) }); // prettier-ignore
    expect(await unknownsIn((ears) => organism.audit!(state, { engine: ears, contexts }))).toEqual([0]);
    const [own, others] = [heardBy(engine, 3), heardBy(engine, 3)];
    await organism.act!(state, true, { engine: own.engine, contexts });
    await organism.audit!(state, { engine: others.engine, contexts });
    expect(others.heard.slice(0, 5)).not.toEqual(own.heard.slice(0, 5));
    state.dispose();
  });
});
