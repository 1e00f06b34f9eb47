import * as tf from '@tensorflow/tfjs';
import type { Signature, Specs, Tensors, Traceable } from '../types.ts';
import { TRACE_BACKEND, traceBackend } from './backend.ts';
import type { Target } from './backend.ts';
import { withScaledProducts, withoutDeadNodes } from './graph.ts';
import type { Graph } from './graph.ts';
import { serializeGraph } from './onnx.ts';
import './kernels-elementwise.ts';
import './kernels-shape.ts';
import './kernels-matrix.ts';
import './kernels-webgpu.ts';

/**
 * A traced function: an ONNX model that reads `state:NAME` and `in:NAME` and gives `new:NAME` (updated state) and
 * `out:NAME`.
 */
export interface TracedProgram {
  readonly model: Uint8Array;
  /** State that the function returns, hence updates. */
  readonly updates: readonly string[];
  readonly outputs: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly dtype: 'float32' | 'int32' }>
  >;
  readonly nodeCount: number;
}

/**
 * Runs `fn` once on tensors without values and writes down what it did.
 *
 * @throws Error naming the kernel, where `fn` uses one that the tracer does not know.
 */
export function trace(fn: Traceable, signature: Signature, name: string, target?: Target): TracedProgram {
  const { graph, state, outputs } = record(fn, signature, name, target);
  return {
    model: serializeGraph(graph, name),
    updates: Object.keys(state),
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([key, { shape, dtype }]) => [
        key,
        { shape, dtype: dtype === 'int32' ? ('int32' as const) : ('float32' as const) },
      ]),
    ),
    nodeCount: graph.nodes.length,
  };
}

/** What `fn` did, as a graph, and what it returned. */
export function record(
  fn: Traceable,
  signature: Signature,
  name: string,
  target: Target = 'onnxruntime',
): { graph: Graph; state: Tensors; outputs: Tensors } {
  const previous = tf.getBackend() || 'cpu';
  useBackend(TRACE_BACKEND);
  tf.engine().startScope();
  try {
    const graph = traceBackend.begin(target);
    const read = (prefix: string, specs: Specs): Tensors =>
      Object.fromEntries(
        Object.entries(specs).map(([key, { shape, dtype, quantized }]) => [
          key,
          quantized ? traceBackend.quantizedInput(prefix + key, shape) : traceBackend.input(prefix + key, shape, dtype),
        ]),
      );
    const write = (prefix: string, tensors: Tensors): void => {
      for (const [key, { dataId, shape, dtype }] of Object.entries(tensors)) {
        const number =
          dtype === 'bool' ? traceBackend.cast({ dataId, shape, dtype }, 'float32') : { dataId, shape, dtype };
        graph.output(traceBackend.name(number), { name: prefix + key, shape, dtype: number.dtype });
      }
    };
    const { state = {}, outputs } = fn(read('state:', signature.state), read('in:', signature.inputs));
    const updated = Object.keys(state).find((key) => signature.state[key]?.quantized);
    if (updated !== undefined) throw new Error(`${name} updates ${updated}, which it reads in 8 bits`);
    write('new:', state);
    write('out:', outputs);
    return { graph: withScaledProducts(withoutDeadNodes(graph)), state, outputs };
  } catch (error) {
    throw explain(error, name);
  } finally {
    tf.engine().endScope();
    useBackend(previous);
  }
}

function explain(error: unknown, name: string): unknown {
  const kernelName =
    error instanceof Error ? /[Kk]ernel '(\w+)' (?:not registered )?for backend/.exec(error.message)?.[1] : undefined;
  if (!kernelName) return error;
  return new Error(
    `cannot trace ${name}: no ONNX form for the tfjs kernel "${kernelName}"; add one to src/engine/trace/kernels-*.ts`,
    { cause: error },
  );
}

/** tfjs switches at once between backends that start without waiting; two traces can so never get mixed up. */
function useBackend(backend: string): void {
  void tf.setBackend(backend);
  if (tf.getBackend() !== backend) throw new Error(`tfjs could not switch to its backend "${backend}"`);
}
