import type { TensorInfo } from '@tensorflow/tfjs';
import type { QuantizedNames } from '../quantized.ts';
import type { TraceBackend } from './backend.ts';

/** What zero is in the 8 bits of x, which have no sign. */
const MIDDLE = 128;
/** A row of zeros has a step, too. */
const LEAST_STEP = 1e-30;

/**
 * x [N, K] times W [R, C], or where `transposed` times W turned round, in integers: x is rounded to 8 bits as it comes, with a step of
 * its own for each row (one for all would be the step of the few channels that are large in every transformer).
 */
export function quantizedProduct(
  trace: TraceBackend,
  x: TensorInfo,
  { rows, columns, scale }: QuantizedNames,
  [R, C]: readonly [number, number],
  transposed: boolean,
): TensorInfo {
  const { graph } = trace;
  const N = x.shape[0]!;
  const column = [N, 1];
  const number = (value: number): string => graph.constant('float32', [], [value]);
  // the scales are of W's rows: of what is summed over, and so x takes them on, or of what comes out
  const scaled = transposed ? x : trace.op('Mul', [x, scale], x.shape, x.dtype);
  const sizes = trace.op('Abs', [scaled], x.shape, x.dtype);
  const most = trace.op('ReduceMax', [sizes, graph.int64([-1])], column, x.dtype, { keepdims: 1 });
  const perStep = trace.op('Mul', [most, number(1 / (MIDDLE - 1))], column, x.dtype);
  const steps = trace.op('Max', [perStep, number(LEAST_STEP)], column, x.dtype);
  const flat = trace.op('Reshape', [steps, graph.int64([N])], [N], x.dtype);
  const middles = graph.bytes('uint8', [N], new Uint8Array(N).fill(MIDDLE));
  const inBytes = graph.append('QuantizeLinear', [trace.name(scaled), trace.name(flat), middles], { axis: 0 });
  const middle = graph.bytes('uint8', [], Uint8Array.of(MIDDLE));
  const factors = [...inBytes, ...(transposed ? [columns, number(1), scale] : [rows, number(1), number(1)]), middle];
  const shape = [N, transposed ? R : C];
  const product = trace.op('MatMulIntegerToFloat', factors, shape, x.dtype, {}, 'com.microsoft');
  return trace.op('Mul', [product, steps], shape, x.dtype);
}
