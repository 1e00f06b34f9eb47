import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint, readAdapter } from '../../src/nn/checkpoints/index.ts';
import { mergeAdapter } from '../../src/nn/models/lora.ts';
import { Interrupted } from '../../src/lab/run/progress.ts';
import { adapterFolder, parametersDigest } from '../../src/lab/run/stage-adapter.ts';
import { MODEL, tiny } from '../tiny.ts';
import { contents, newFolder, removeFolder, run } from './small.ts';

/** An experiment of one block that measures no more than the loss. */
const experimentOf = (kind: string, interventions: object, set: readonly string[] = []) =>
  tiny(
    {
      model: { ...MODEL, kind },
      base: [{ kind: 'pretrain', steps: 1, batchSize: 2 }],
      implant: [
        { kind: 'implant', steps: 4, batchSize: 2, lr: 1e-2, evalEverySteps: 2, saveEverySteps: 3, lora: { rank: 2 } },
        {
          kind: 'sft',
          steps: 2,
          batchSize: 2,
          accumulate: 2,
          lr: 1e-2,
          saveEverySteps: 1,
          lora: { rank: 4, alpha: 4, frozen: 'int8' },
        },
      ],
      interventions,
      evals: [{ kind: 'clean-loss', prompts: 4, when: 'checkpoints' }],
    },
    set,
  );

const SHORT = { steps: 2, batchSize: 2, lr: 1e-2 };
/** Every other stage that trains; one is followed by a surgery. */
const EVERY = {
  dpo: [{ kind: 'dpo', ...SHORT, lora: { frozen: 'int8' } }],
  rl: [
    {
      kind: 'rl',
      ...SHORT,
      completions: 4,
      judged: 4,
      preference: { steps: 1, batchSize: 4, heldOut: 4 },
      lora: { rank: 2, frozen: 'int8' },
    },
  ],
  adversarial: [
    {
      kind: 'adversarial',
      ...SHORT,
      rounds: 1,
      prompts: 1,
      lora: { rank: 2 },
      attackers: [{ kind: 'prompt-writer', steps: 1, generations: 1, tuneSteps: 1, written: 1 }],
    },
  ],
  latent: [{ kind: 'latent-adversarial', ...SHORT, layer: 0, innerSteps: 1, lora: { rank: 2 } }, { kind: 'quantize' }],
};

const folders: string[] = [];
const folder = (): string => {
  folders.push(newFolder());
  return folders.at(-1)!;
};
afterAll(() => folders.forEach(removeFolder));

let dir = '';
beforeAll(async () => {
  dir = folder();
  await run(experimentOf('gpt2', EVERY), dir);
}, 120_000);

/** The arm's weights, and what its adapter makes of the weights that it was trained on. */
function bothWays(root: string, arm: string, kind: string) {
  const at = path.join(root, arm, adapterFolder(0, kind));
  const base = JSON.parse(fs.readFileSync(path.join(at, 'base.json'), 'utf8')) as { folder: string; sha256: string };
  const { model, parameters } = loadCheckpoint(path.join(at, base.folder));
  expect(base.sha256).toBe(parametersDigest(parameters));
  const adapter = readAdapter(at, model);
  const trained = loadCheckpoint(path.join(root, arm)).parameters;
  return { adapter, start: parameters, merged: mergeAdapter(model, parameters, adapter), trained };
}

describe('stages with an adapter', () => {
  it.each(['dpo', 'rl', 'adversarial'])('%s: the arm is its parent with the adapter merged, bit for bit', (arm) => {
    const { adapter, start, merged, trained } = bothWays(dir, arm, arm);
    expect(merged).toEqual(trained);
    expect(Object.keys(adapter.tensors)).toHaveLength(4 * 2);
    const changed = Object.keys(start).filter((name) => Buffer.compare(Buffer.from(start[name]!.data.buffer), Buffer.from(trained[name]!.data.buffer)) !== 0); // prettier-ignore
    expect(changed.sort()).toEqual(
      Object.keys(adapter.tensors)
        .filter((name) => name.endsWith('.lora_A.weight'))
        .map((name) => name.replace('.lora_A', ''))
        .sort(),
    );
  });

  it('follow each other and are followed by others', () => {
    for (const stage of ['0-implant', '1-sft']) expect(fs.readdirSync(path.join(dir, 'organism/adapters', stage)).sort()).toEqual(['DONE', 'adapter_config.json', 'adapter_model.safetensors', 'base.json']); // prettier-ignore
    const second = JSON.parse(fs.readFileSync(path.join(dir, 'organism/adapters/1-sft/base.json'), 'utf8')) as object;
    expect(second).toMatchObject({ folder: null, description: 'organism after implant, its stage 1' });
    const { merged, trained } = bothWays(dir, 'latent', 'latent-adversarial');
    expect(merged).not.toEqual(trained); // it was quantized
  });

  it('are measured with their adapter on the way', () => {
    const rows = fs
      .readFileSync(path.join(dir, 'organism/evaluations.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { step: number; scores: { metric: string; value: number }[] });
    const losses = rows.map(({ scores }) => scores.find(({ metric }) => metric === 'clean-loss')?.value);
    expect(rows.map(({ step }) => step)).toEqual([0, 2, 4, 6]);
    expect(new Set(losses).size).toBe(4);
  });

  it('train a Llama, and go on where they were stopped, to the same bytes', async () => {
    const root = folder();
    const experiment = experimentOf('llama', {
      dpo: [{ kind: 'dpo', steps: 1, batchSize: 2, lora: { targets: ['q_proj', 'down_proj'] } }],
    });
    await run(experiment, root);
    const { adapter, merged, trained } = bothWays(root, 'dpo', 'dpo');
    expect(Object.keys(adapter.tensors)).toHaveLength(2 * 2);
    expect(merged).toEqual(trained);

    const expected = contents(root);
    removeFolder(root); // in the same place once more: an adapter names its base absolutely
    for (const [stage, at] of [
      ['implant', 3],
      ['sft', 1],
    ] as const) {
      // prettier-ignore
      const stopping = run(experiment, root, {
        onProgress: (event, stop) => {
          if (event.kind === 'step' && event.stage === stage && event.step === at) stop();
        },
      });
      await expect(stopping).rejects.toThrow(Interrupted);
    }
    const state = path.join(root, 'organism/state');
    expect(fs.readdirSync(state)).toEqual(['00000005', 'start-00000004']);
    const saved = fs.statSync(path.join(state, '00000005/tensors.safetensors')).size;
    expect(saved).toBeLessThan(fs.statSync(path.join(state, 'start-00000004/tensors.safetensors')).size);
    await run(experiment, root);
    const actual = contents(root);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, text] of Object.entries(expected)) expect(actual[name] === text, name).toBe(true);
  }, 120_000);

  it('are refused where they cannot be', async () => {
    const set = ['interventions.dpo.0.lora.targets=[q_proj]', 'interventions.rl.0.preference.from=fresh'];
    await expect(run(experimentOf('gpt2', EVERY, set), folder())).rejects.toThrow(
      /dpo: dpo cannot be applied: lora.targets: no linear map of gpt2 is called q_proj.*\n.*set preference.from: base/,
    );
  });
});
