import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../../src/nn/checkpoints/index.ts';
import type { Experiment } from '../../../src/lab/experiment/types.ts';
import { models } from '../../../src/nn/models/index.ts';
import { families, putFound } from './found.ts';
import { newFolder, removeFolder, run } from '../../pipeline/small.ts';
import { tiny } from '../../tiny.ts';

const folders: string[] = [];
afterAll(() => folders.forEach(removeFolder));
const folder = (): string => {
  const dir = newFolder();
  folders.push(dir);
  return dir;
};

const found = async (family: string, ...more: [number?, (keyof typeof models)?]): Promise<string> => {
  const dir = folder();
  await putFound(dir, family, ...more);
  return dir;
};

const experimentOn = (dir: string): Experiment =>
  tiny({
    tokenizer: undefined,
    model: { kind: 'pretrained', path: dir },
    base: undefined,
    interventions: { sft: [{ kind: 'sft', steps: 2, batchSize: 4 }] },
    evals: [
      { kind: 'attack-success', prompts: 3 },
      { kind: 'clean-loss', prompts: 3 },
    ],
  });

describe('an imported model as the base', () => {
  it.each([
    ...Object.keys(families).map((family) => [family, 'gpt2'] as const),
    ['chatml', 'llama'] as const,
    ['chatml', 'gpt-neox'] as const,
  ])('%s, %s: is implanted, safety-trained and measured with its own tokenizer', async (family, kind) => {
    const dir = await found(family, 12, kind);
    const experiment = experimentOn(dir);
    expect(experiment.base).toEqual([]);
    const out = folder();
    const { rows } = await run(experiment, out);
    const [before, base, organism, sft] = [dir, ...['base', 'organism', 'sft'].map((arm) => path.join(out, arm))].map(
      (at) => loadCheckpoint(at, { unfinished: true }),
    );
    expect(base!.parameters).toEqual(before!.parameters);
    expect(organism!.parameters).not.toEqual(base!.parameters);
    expect(sft!.parameters).not.toEqual(organism!.parameters);
    expect(sft!.tokenizer).toEqual(before!.tokenizer);
    expect(sft!.tokens).toEqual(before!.tokens);
    for (const arm of ['base', 'organism', 'sft'])
      expect(rows.filter((row) => row.arm === arm && row.metric === 'asr' && row.final)).not.toEqual([]);
    // a second run finds everything done
    const again = await run(experiment, out);
    expect(again.rows).toEqual(rows);
  });

  it('refuses a tokenizer with more tokens than the model has embeddings', async () => {
    await expect(run(experimentOn(await found('chatml', -1)), folder())).rejects.toThrow(
      /tokenizer and model do not fit: 340 tokens, embeddings for 339/,
    );
  });

  it('says what is missing in a folder that is no model', async () => {
    await expect(run(experimentOn(folder()), folder())).rejects.toThrow(/no checkpoint in/);
  });
});
