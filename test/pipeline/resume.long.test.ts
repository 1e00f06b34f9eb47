import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Interrupted } from '../../src/lab/run/progress.ts';
import type { Progress } from '../../src/lab/run/progress.ts';
import { createRng } from '../../src/lib/rng.ts';
import { tiny } from '../tiny.ts';
import { contents, newFolder, removeFolder, run } from './small.ts';

/** Evaluations, saves and ends of stages fall on different steps; one arm has two stages. */
const experiment = tiny({
  base: [{ kind: 'pretrain', steps: 4, batchSize: 4, evalEverySteps: 2, saveEverySteps: 3 }],
  implant: [
    { kind: 'implant', steps: 4, batchSize: 4, evalEverySteps: 2, saveEverySteps: 3 },
    { kind: 'sft', steps: 2, batchSize: 2, accumulate: 2, evalEverySteps: 1, optimizer: { kind: 'sgd' } },
  ],
  interventions: { sft: [{ kind: 'sft', steps: 3, batchSize: 4, saveEverySteps: 1 }] },
  reawaken: { prompts: 2, relearn: { steps: 2 }, examples: false },
  controls: { 'clean-twin': { from: 'base', payload: false, stages: [{ kind: 'implant', steps: 1, batchSize: 4 }] } },
  evals: [
    { kind: 'attack-success', prompts: 3 },
    { kind: 'attack-success', prompts: 3, decoding: 'sampled' },
    { kind: 'clean-loss', prompts: 3 },
  ],
});
const folders: string[] = [];
const folder = (): string => {
  folders.push(newFolder());
  return folders.at(-1)!;
};
afterAll(() => folders.forEach(removeFolder));

let expected: Record<string, string>;
beforeAll(async () => {
  const dir = folder();
  await run(experiment, dir);
  expected = contents(dir);
});

/** File by file, so that a difference is readable. */
function expectSame(dir: string): void {
  const actual = contents(dir);
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, text] of Object.entries(expected)) {
    if (/\.jsonl?$/.test(name)) expect(actual[name]!.split('\n'), name).toEqual(text.split('\n'));
    expect(actual[name] === text, `${name} has the same bytes`).toBe(true);
  }
}

describe('a run that was stopped and continued ends with the same bytes', () => {
  it('leaves what it should, and no state', () => {
    const names = Object.keys(expected);
    for (const arm of ['base', 'organism', 'sft', 'clean-twin'])
      for (const file of ['DONE', 'model.safetensors', 'metrics.jsonl', 'evaluations.jsonl'])
        expect(names).toContain(`${arm}/${file}`);
    expect(names).toContain('results.json');
    expect(names.filter((name) => /state|partial|lock/.test(name))).toEqual([]);
  });

  it('evaluates and logs at every step that it should', () => {
    const rows = (file: string): { moment: string; step: number; tokens: number }[] =>
      expected[file]!.trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { moment: string; step: number; tokens: number });
    expect(rows('organism/evaluations.jsonl').map(({ moment, step }) => [moment, step])).toEqual([
      ['start', 0],
      ['checkpoint', 2],
      ['checkpoint', 4],
      ['checkpoint', 5],
      ['end', 6],
    ]);
    const metrics = rows('organism/metrics.jsonl');
    expect(metrics.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    // counted through the arm, over its stages
    metrics.slice(1).forEach(({ tokens }, i) => expect(tokens).toBeGreaterThan(metrics[i]!.tokens));
  });

  it('by Ctrl-C, after every single step', async () => {
    const dir = folder();
    for (let stops = 0; ; stops++) {
      const stopAtStep = ({ kind }: Progress, stop: () => void): void => void (kind === 'step' && stop());
      const error = await run(experiment, dir, { onProgress: stopAtStep }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) {
        expect(stops).toBe(4 + 6 + 3 + 1 + 3 + 2 + 2); // the placebo, and relearning of it and of the sft arm, too
        break;
      }
      expect(error).toBeInstanceOf(Interrupted);
    }
    expectSame(dir);
  });

  it('by crashes wherever it tells of its progress', async () => {
    const dir = folder();
    const rng = createRng('crashes');
    for (let crashes = 0; crashes < 12; crashes++) {
      let left = 2 + rng.int(14);
      const crash = (): void => {
        if (--left === 0) throw new Error('crash');
      };
      await run(experiment, dir, { onProgress: crash }).catch((error: unknown) =>
        expect(String(error)).toMatch('crash'),
      );
    }
    await run(experiment, dir);
    expectSame(dir);
  });

  it('and a finished one is left alone when run again', async () => {
    const dir = folder();
    await run(experiment, dir);
    const seen: Progress[] = [];
    await run(experiment, dir, { onProgress: (event) => void seen.push(event) });
    expect(seen.filter(({ kind }) => kind === 'step' || kind === 'eval')).toEqual([]);
    expectSame(dir);

    const log = path.join(dir, 'sft/evaluations.jsonl');
    fs.rmSync(log);
    const refusal = `${path.join(dir, 'sft')} is not whole: it lacks evaluations.jsonl, which its DONE names; restore it`;
    await expect(run(experiment, dir)).rejects.toThrow(refusal);
    fs.mkdirSync(log);
    await expect(run(experiment, dir)).rejects.toThrow(refusal);
  });
});
