/**
 * What a base and a PEFT adapter say about one row of tokens, beside each other and merged, as JSON for
 * scripts/interop/check_adapter.py to compare.
 *
 *     npx tsx scripts/interop/adapter_probe.ts BASE ADAPTER > probe.json
 */
import { loadCheckpoint, readAdapter } from '../../src/nn/checkpoints/index.ts';
import { createEngine } from '../../src/engine/index.ts';
import { parameterTensorSpecs } from '../../src/nn/models/index.ts';
import type { Model, Parameters } from '../../src/nn/models/index.ts';
import { mergeAdapter, withTensors } from '../../src/nn/models/lora.ts';

const [dir, adapterDir] = process.argv.slice(2);
if (dir === undefined || adapterDir === undefined)
  throw new Error('usage: npx tsx scripts/interop/adapter_probe.ts BASE ADAPTER');
const { model, parameters } = loadCheckpoint(dir, { unfinished: true });
const adapter = readAdapter(adapterDir, model);
const V = model.vocabSize;
const T = Math.min(16, model.nPositions);
const ids = Array.from({ length: T }, (_, t) => (1 + 7919 * t) % V);
const engine = await createEngine({ threads: 1 });

async function logitsOf(of: Model, values: Parameters): Promise<number[][]> {
  const state = engine.createState(values);
  const program = await engine.compile(
    `probe ${of.key}`,
    (p, { tokens }) => ({ outputs: { logits: of.logits(p, of.forward(p, { tokens: tokens! }).hidden) } }),
    { state: parameterTensorSpecs(of), inputs: { tokens: { shape: [1, T], dtype: 'int32' } } },
  );
  const flat = (await program.run(state, { tokens: Int32Array.from(ids) })).logits!;
  return Array.from({ length: T }, (_, t) => Array.from(flat.subarray(t * V, (t + 1) * V)));
}

const logits = await logitsOf(withTensors(model, adapter), { ...parameters, ...adapter.tensors });
const merged = await logitsOf(model, mergeAdapter(model, parameters, adapter));
console.log(JSON.stringify({ ids, logits, merged }));
await engine.dispose();
