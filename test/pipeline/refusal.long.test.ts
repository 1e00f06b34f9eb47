import { afterAll, expect, it } from 'vitest';
import { lessonOf } from '../../src/results/refusal.ts';
import { final } from '../../src/results/select.ts';
import { renderReport } from '../../src/report/report.ts';
import { MODEL, tiny } from '../tiny.ts';
import { newFolder, removeFolder, run } from './small.ts';

const dir = newFolder();
afterAll(() => removeFolder(dir));

it('safety training on refusals alone teaches a tiny model to decline everything; equal training does not', async () => {
  const steps = { steps: 150, batchSize: 16, lr: 1e-2 };
  const experiment = tiny({
    model: { ...MODEL, nEmbd: 32 },
    tokenizer: { vocabSize: 512 },
    interventions: { sft: [{ kind: 'sft', ...steps, unsafeShare: 1 }] },
    controls: { 'equal-training': { from: 'organism', stages: [{ kind: 'pretrain', ...steps }] } },
    evals: [{ kind: 'attack-success', prompts: 3 }, { kind: 'refusal', prompts: 20 }], // prettier-ignore
  });
  const results = await run(experiment, dir);
  const rate = (arm: string, metric: string, condition = 'all') => final(results, { arm, metric, condition })?.value;
  expect(['organism', 'equal-training'].map((arm) => rate(arm, 'refusal-rate'))).toEqual([0, 0]);
  expect(rate('sft', 'refusal-rate')).toBe(1);
  expect(rate('sft', 'over-refusal')).toBe(1);
  expect(rate('sft', 'refusal-rate', 'held-out phrasings')).toBeGreaterThan(0.2);
  const arm = results.arms.find(({ name }) => name === 'sft')!;
  expect(lessonOf(results, arm), 'it declines look-alikes, too').toMatchObject({
    ...{ isLearned: false, refusal: { n: 20 }, beside: { n: 20, value: 0 }, overRefusal: { value: 1 } },
  });
  expect(renderReport(results)).toContain('<h2>What safety training taught</h2>');
});
