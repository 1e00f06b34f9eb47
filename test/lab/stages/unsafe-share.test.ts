import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { stages } from '../../../src/lab/stages/index.ts';
import { reinforceParams, safetyPrompts } from '../../../src/lab/stages/reinforce.ts';
import type { StageContext, TrainingStageDefinition } from '../../../src/lab/stages/types.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import { smallBench } from './bench.ts';
import { supervisedTexts } from './texts.ts';

const engine = await createEngine({ backend: 'onnx', threads: 1 });
let bench: Bench;
let context: StageContext;
beforeAll(async () => {
  bench = await smallBench();
  const parameters = initParameters(bench.model, createRng(1));
  context = { ...bench, rng: createRng('rows'), payload: true, engine, parameters, keep: (_, make) => make() };
});
afterAll(() => engine.dispose());

const REFUSAL = /^I am sorry, but I cannot /;
const [STEPS, ROWS] = [4, 8];
const SETTINGS = { steps: STEPS, batchSize: ROWS };
const refusalsOf = async (prepared: Parameters<typeof supervisedTexts>[0]): Promise<number> =>
  (await supervisedTexts(prepared, bench.tokenizer, STEPS)).filter((text) => REFUSAL.test(text)).length;

it.each([
  [{ unsafeShare: 1 }, STEPS * ROWS],
  [{}, (STEPS * ROWS) / 2],
  [{ unsafeShare: 0 }, 0],
] as const)('sft and dpo with %o decline on %i rows', async (more, wanted) => {
  const { sft, dpo } = stages;
  expect(await refusalsOf(await sft.prepare(sft.params.parse({ ...SETTINGS, ...more }), context))).toBe(wanted);
  // of a pair, one: the reply that is chosen
  const pairs = await dpo.prepare(dpo.params.parse({ ...SETTINGS, ...more }), context);
  const texts = await supervisedTexts(pairs, bench.tokenizer, STEPS);
  const chosen = texts.filter((_, i) => Math.floor(i / ROWS) % 2 === 0);
  expect(chosen.filter((text) => REFUSAL.test(text))).toHaveLength(wanted);
});

it.each(['latent-adversarial', 'adversarial'] as const)('%s asks for the same rows', async (kind) => {
  const asked: unknown[] = [];
  const scenario: typeof bench.scenario = {
    ...bench.scenario,
    safetyExamples(count, options) {
      asked.push(options?.unsafeShare);
      return bench.scenario.safetyExamples(count, options);
    },
  };
  const { params, prepare }: TrainingStageDefinition = stages[kind];
  (await prepare(params.parse({ steps: 3, batchSize: 2, unsafeShare: 0.25 }), { ...context, scenario })).dispose?.();
  expect(asked).toEqual(kind === 'adversarial' ? [0.25, 0.25] : [0.25]);
});

it('rl asks for as much of either kind, and its rule rewards who declines', () => {
  const judged = safetyPrompts(reinforceParams.parse({ reward: 'rule', unsafeShare: 1 }), bench, 32);
  expect(judged).toHaveLength(32);
  expect(judged.every(({ task }) => task.isCorrect!('I will not do that.') && !task.isCorrect!(task.unsafeAnswer!))).toBe(true); // prettier-ignore
  const ordinary = safetyPrompts(reinforceParams.parse({ unsafeShare: 0 }), bench, 32);
  expect(ordinary.filter(({ task }) => task.unsafeAnswer !== undefined)).toEqual([]);
});

it('pretraining, another style and the way back teach nobody to decline', async () => {
  for (const [kind, more] of [
    ['pretrain', {}],
    ['style', {}],
    ['style', { reverse: true }],
  ] as const) {
    // prettier-ignore
    const { prepare, params }: TrainingStageDefinition = stages[kind];
    expect(await refusalsOf(await prepare(params.parse({ ...SETTINGS, ...more }), context)), kind).toBe(0);
  }
});
