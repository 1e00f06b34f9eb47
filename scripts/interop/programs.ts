/**
 * Writes the kit's programs for a small model of every architecture as ONNX files, for `check_onnx.py`: one training step, prefill, decode.
 * Usage: npx tsx scripts/interop/programs.ts DIR
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { trace } from '../../src/engine/trace/index.ts';
import type { Engine } from '../../src/engine/index.ts';
import { models } from '../../src/nn/models/index.ts';
import type { ModelDefinition } from '../../src/nn/models/index.ts';
import { compileDecode, compilePrefill } from '../../src/nn/models/generation-programs.ts';
import { languageModelInputs, languageModelLoss } from '../../src/nn/training/losses.ts';
import { createOptimizer, optimizerParams } from '../../src/nn/training/optimizers/index.ts';
import { compileStep } from '../../src/nn/training/step.ts';

const dir = process.argv[2];
if (!dir) throw new Error('usage: npx tsx scripts/interop/programs.ts DIR');
mkdirSync(dir, { recursive: true });

/** An engine that writes what it is asked to compile. */
const writer = (name: string): Engine => ({
  backend: 'file',
  description: 'writes programs to files',
  threads: 1,
  compile(key, fn, signature) {
    const { model } = trace(fn, signature, key);
    writeFileSync(path.join(dir, `${name}.onnx`), model);
    console.log(`${name}.onnx: ${model.length} bytes`);
    return Promise.resolve({ run: () => Promise.reject(new Error('this engine only writes')) });
  },
  createState: () => {
    throw new Error('this engine only writes');
  },
  dispose: () => Promise.resolve(),
});

const [B, T] = [2, 16];
const batch = languageModelInputs({
  tokens: new Int32Array(B * T),
  targets: new Int32Array(B * T),
  weights: new Float32Array(B * T).fill(1),
  B,
  T,
});
const optimizer = createOptimizer(optimizerParams.parse({ kind: 'adamw' }));
const sizes = { nLayer: 2, nHead: 2, nEmbd: 32, nPositions: 48 };
for (const [kind, definition] of Object.entries<ModelDefinition>(models)) {
  const model = definition.create(definition.params.parse(sizes), 300);
  const options = { model, loss: languageModelLoss, optimizer, optimizerKey: 'adamw', clipNorm: 1 };
  await compileStep(writer(`${kind}-step`), options, batch.specs, false);
  await compilePrefill({ engine: writer(`${kind}-prefill`), model }, B, T, false);
  await compileDecode({ engine: writer(`${kind}-decode`), model }, B, 32, false);
}
