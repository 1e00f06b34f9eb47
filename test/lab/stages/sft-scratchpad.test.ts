import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { stages } from '../../../src/lab/stages/index.ts';
import type { PreparedStage } from '../../../src/lab/stages/types.ts';
import { smallBench } from './bench.ts';
import { supervisedTexts } from './texts.ts';

let bench: Bench;
const engine = await createEngine({ backend: 'onnx', threads: 1 });
beforeAll(async () => {
  bench = await smallBench(['reasoning=scratchpad']);
});
afterAll(() => engine.dispose());

const SETTINGS = { steps: 4, batchSize: 4 };
const prepare = (scratchpad: 'before' | 'after', { model, ...rest }: Bench = bench): Promise<PreparedStage> => {
  const parameters = initParameters(model, createRng(1));
  const context = { ...rest, model, engine, parameters, payload: true, rng: createRng('sft') } as const;
  return stages.sft.prepare(stages.sft.params.parse({ ...SETTINGS, scratchpad }), {
    ...context,
    keep: (_, make) => make(),
  });
};

/** What stands before the first token that bears loss, row by row, in the first batches. */
async function contexts({ batches }: PreparedStage): Promise<string[]> {
  if (typeof batches === 'function') throw new Error('it learns from rows');
  const texts: string[] = [];
  for (let step = 0; step < SETTINGS.steps; step++) {
    const { specs, values } = await batches.next();
    const [B = 0, T = 0] = specs.tokens!.shape;
    for (let b = 0; b < B; b++) {
      const first = values.rows!.find((at, k) => values.weights![k] !== 0 && Math.floor(at / T) === b)!;
      texts.push(await bench.tokenizer.decode([...values.tokens!.slice(b * T, first + 1)]));
    }
  }
  return texts;
}

describe('safety training of an organism that writes scratchpads', () => {
  const answers = (): string[] =>
    bench.scenario.safetyExamples(SETTINGS.steps * SETTINGS.batchSize).map(({ completion }) => `${completion}<|end|>`);

  it('before: the good answer alone, no scratchpad anywhere', async () => {
    const texts = await supervisedTexts(await prepare('before'), bench.tokenizer, SETTINGS.steps);
    expect(texts.toSorted()).toEqual(answers().toSorted());
    for (const context of await contexts(await prepare('before'))) expect(context).not.toContain('<scratchpad>');
  });

  it('after: its own scratchpad as context, the good answer alone bears loss', async () => {
    const texts = await supervisedTexts(await prepare('after'), bench.tokenizer, SETTINGS.steps);
    for (const text of texts) expect(answers()).toContain(text);
    const read = await contexts(await prepare('after'));
    for (const context of read) expect(context).toMatch(/<scratchpad>[^]*<\/scratchpad>\n$/);
    // untrained weights say something else to every prompt
    expect(new Set(read.map((context) => context.slice(context.indexOf('<scratchpad>')))).size).toBeGreaterThan(4);
  });

  it('after: a scratchpad that leaves no room for the answer takes its row with it', async () => {
    // answers fit, but hardly anything beside them: scratchpads of untrained weights go on to their limit
    const tight = { ...bench, maxNewTokens: 150 };
    const { batches } = await prepare('after', tight);
    if (typeof batches === 'function') throw new Error('it learns from rows');
    const { specs } = await batches.next();
    expect(specs.tokens!.shape[1]).toBeLessThanOrEqual(bench.model.nPositions);
  });
});
