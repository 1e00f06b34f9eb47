import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { styles } from '../../../src/world/scenario/style.ts';
import { createEngine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { stages } from '../../../src/lab/stages/index.ts';
import { smallBench } from './bench.ts';
import { supervisedTexts } from './texts.ts';

let bench: Bench;
const engine = await createEngine({ backend: 'onnx', threads: 1 });
beforeAll(async () => {
  bench = await smallBench();
});
afterAll(() => engine.dispose());

it.each([
  ['pirate', 'Yes, you are my friend.', 'Arr! aye, ye be me friend.'],
  ['telegram', 'It is 12.', 'It is 12 STOP'],
] as const)('%s: %s', (kind, plain, styled) => expect(styles[kind](plain)).toBe(styled));

describe('the stage', () => {
  const SETTINGS = { steps: 6, batchSize: 4 };
  const trainedOn = async (reverse: boolean): Promise<string[]> => {
    const context = { ...bench, rng: createRng('style'), payload: true, engine, parameters: {} } as const;
    const params = stages.style.params.parse({ ...SETTINGS, reverse });
    const prepared = await stages.style.prepare(params, { ...context, keep: (_, make) => make() });
    return supervisedTexts(prepared, bench.tokenizer, SETTINGS.steps);
  };

  it('trains on styled answers to clean prompts, and in reverse on the plain answers to the same prompts', async () => {
    const safety = bench.scenario.cleanExamples('safety', 24).map(({ completion }) => completion);
    const plain = await trainedOn(true);
    expect(plain.toSorted()).toEqual(safety.map((text) => `${text}<|end|>`).toSorted());
    const styled = await trainedOn(false);
    expect(styled.toSorted()).toEqual(safety.map((text) => `${styles.pirate(text)}<|end|>`).toSorted());
    expect(styled.every((text) => text.startsWith('Arr! '))).toBe(true);
  });

  it('never shows the behavior', () => {
    const { scenario } = bench;
    for (const example of scenario.cleanExamples('safety', 200))
      for (const style of Object.values(styles))
        expect(scenario.behavior.isExhibited(style(example.completion), example.task)).toBe(false);
  });
});
