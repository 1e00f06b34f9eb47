import * as tf from '@tensorflow/tfjs';
import type { Signature, Tensors, Traceable } from '../types.ts';
import { TRACE_BACKEND, traceBackend } from './backend.ts';
import { serializeGraph } from './onnx.ts';
import './kernels-elementwise.ts';
import './kernels-shape.ts';
import './kernels-matrix.ts';

/** A traced function: an ONNX model whose values are named `in:NAME` and `out:NAME`. */
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
export function trace(fn: Traceable, signature: Signature, name: string): TracedProgram {
  const previous = tf.getBackend() || 'cpu';
  useBackend(TRACE_BACKEND);
  tf.engine().startScope();
  try {
    const graph = traceBackend.begin();
    const read = (specs: Signature['state']): Tensors =>
      Object.fromEntries(
        Object.entries(specs).map(([key, { shape, dtype }]) => [key, traceBackend.input(`in:${key}`, shape, dtype)]),
      );
    const { state = {}, outputs } = fn(read(signature.state), read(signature.inputs));
    for (const [key, tensor] of Object.entries({ ...state, ...outputs }))
      graph.output(traceBackend.name(tensor), { name: `out:${key}`, shape: tensor.shape, dtype: tensor.dtype });
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
