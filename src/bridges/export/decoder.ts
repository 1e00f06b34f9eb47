import { createGraph, serializeWithWeights } from '../../engine/index.ts';
import type { Graph } from '../../engine/index.ts';
import { traceDecoder } from '../../nn/models/decoder.ts';
import type { Model, Parameters } from '../../nn/models/index.ts';

/**
 * A causal language model as Hugging Face Optimum exports one and transformers.js runs it. int64 `input_ids`, `position_ids` [B, T]
 * and `attention_mask` [B, P + T], float32 `past_key_values.L.key`, `.value` [B, H, P, D] -> `logits` [B, T, V] and
 * `present.L.key`, `.value` [B, H, P + T, D]. The traced decoder is the body; what stands before it casts ids and numbers the
 * rows and columns of the causal mask.
 *
 * @returns the file's bytes, one chunk after another.
 */
export function decoderModel(model: Model, parameters: Parameters): Uint8Array[] {
  const body = traceDecoder(model);
  const outer = createGraph('pre');
  const node = (op: string, inputs: readonly string[], attributes = {}): string =>
    outer.append(op, inputs, attributes)[0]!;
  const int32 = (name: string): string => node('Cast', [name], { to: 6 });
  const input = (name: string, shape: readonly (number | string)[], dtype: 'int64' | 'float32' = 'int64'): string => {
    outer.inputs.push({ name, shape, dtype });
    return name;
  };
  const ids = input('input_ids', [BATCH, TOKENS]);
  const attention = input('attention_mask', [BATCH, ALL]);
  const positions = input('position_ids', [BATCH, TOKENS]);

  const number = (value: number): string => outer.int64([value], []);
  const lengthOf = (name: string): string => node('Gather', [node('Shape', [name]), number(1)], { axis: 0 });
  const [T, S] = [lengthOf(ids), lengthOf(attention)];
  const values = new Map([
    ['in:tokens', int32(ids)],
    ['in:positions', int32(positions)],
    ['in:attended', int32(attention)],
    ['in:queries', int32(node('Range', [node('Sub', [S, T]), S, number(1)]))],
    ['in:keys', int32(node('Range', [number(0), S, number(1)]))],
    ['out:logits', 'logits'],
  ]);
  for (let l = 0; l < model.nLayer; l++)
    for (const part of ['key', 'value']) {
      const shape = [BATCH, model.nKvHead, PAST, model.headSize];
      values.set(`in:${part}.${l}`, input(`past_key_values.${l}.${part}`, shape, 'float32'));
      values.set(`out:${part}.${l}`, `present.${l}.${part}`);
    }
  for (const name of Object.keys(parameters)) values.set(`state:${name}`, name);
  return serializeWithWeights(joined(outer, body, values), model.kind, parameters);
}

/** The names of sizes in use: people read them where a file is inspected. */
const [BATCH, TOKENS, PAST, ALL] = ['batch_size', 'sequence_length', 'past_sequence_length', 'total_sequence_length'];
const SIZES: Readonly<Record<string, string>> = { B: BATCH, T: TOKENS, S: ALL };

/** One graph after another: `values` says what the second's inputs are in the first, and how its outputs are called. */
function joined(first: Graph, second: Graph, values: ReadonlyMap<string, string>): Graph {
  const named = (name: string): string => values.get(name) ?? name;
  const nodes = second.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(named),
    outputs: node.outputs.map(named),
  }));
  return {
    ...first,
    nodes: [...first.nodes, ...nodes],
    initializers: [...first.initializers, ...second.initializers],
    outputs: second.outputs.map(({ name, shape, dtype }) => ({
      ...{ name: named(name), dtype },
      shape: shape.map((d) => (typeof d === 'string' ? SIZES[d]! : d)),
    })),
  };
}
