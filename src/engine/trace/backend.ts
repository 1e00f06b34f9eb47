import * as tf from '@tensorflow/tfjs';
import type { DataType, Tensor, TensorInfo } from '@tensorflow/tfjs';
import { quantizedNames } from '../quantized.ts';
import type { QuantizedNames } from '../quantized.ts';
import { createGraph } from './graph.ts';
import type { AttributeValue, Graph } from './graph.ts';

export const TRACE_BACKEND = 'trace';

/**
 * Whose operators a graph is written in: those of onnxruntime's CPU provider (the CUDA one knows them too), those that its
 * WebGPU provider has kernels for, or those of the ONNX standard alone, for a graph that leaves this kit.
 */
export type Target = 'onnxruntime' | 'webgpu' | 'portable';

/** What stands behind a traced tensor: a value of the graph, one number that fills the whole shape, or a matrix in 8 bits. */
type Traced = { readonly name: string } | { readonly uniform: number } | { readonly quantized: QuantizedNames };

/**
 * A tfjs backend that computes nothing. Each kernel appends ONNX nodes to `graph`; a tensor has a shape, a dtype and
 * a value name. Gradients need no code of their own: tfjs makes them of kernels again.
 */
export class TraceBackend extends tf.KernelBackend {
  graph: Graph = createGraph();
  target: Target = 'onnxruntime';
  private traced = new WeakMap<object, Traced>();

  begin(target: Target): Graph {
    this.target = target;
    this.graph = createGraph();
    this.traced = new WeakMap();
    return this.graph;
  }

  /** A graph input as a tensor. */
  input(name: string, shape: readonly number[], dtype: DataType): Tensor {
    this.graph.inputs.push({ name, shape, dtype });
    return tf.engine().makeTensorFromTensorInfo(this.value(name, shape, dtype));
  }

  /** The same of a matrix in 8 bits. */
  quantizedInput(name: string, shape: readonly number[]): Tensor {
    const [R = 0, C = 0] = shape;
    const quantized = quantizedNames(name);
    this.graph.inputs.push(
      { name: quantized.rows, shape, dtype: 'int8' },
      { name: quantized.columns, shape: [C, R], dtype: 'int8' },
      { name: quantized.scale, shape: [R], dtype: 'float32' },
    );
    return tf.engine().makeTensorFromTensorInfo(this.tensorOf({ quantized }, shape, 'float32'));
  }

  /** The matrix in 8 bits that stands behind the tensor, where one does. */
  quantizedOf(tensor: TensorInfo): QuantizedNames | undefined {
    const traced = this.traced.get(tensor.dataId);
    return traced && 'quantized' in traced ? traced.quantized : undefined;
  }

  /** The graph value that holds this tensor. */
  name(tensor: TensorInfo): string {
    const traced = this.traced.get(tensor.dataId);
    if (traced === undefined)
      throw new Error('a tensor made outside of the traced function was used in it: pass it in as state or input');
    if ('name' in traced) return traced.name;
    if ('quantized' in traced) return this.dequantized(traced.quantized, tensor.shape);
    const scalar = this.graph.constant(tensor.dtype, [], [traced.uniform]);
    const name =
      tensor.shape.length === 0 ? scalar : this.graph.append('Expand', [scalar, this.graph.int64(tensor.shape)])[0]!;
    this.traced.set(tensor.dataId, { name });
    return name;
  }

  /** The matrix itself, for what is no product of two matrices. */
  private dequantized({ rows, scale }: QuantizedNames, shape: readonly number[]): string {
    const numbers = this.op('Cast', [rows], shape, 'float32', { to: 1 });
    const column = this.op('Reshape', [scale, this.graph.int64([shape[0]!, 1])], [shape[0]!, 1], 'float32');
    return this.name(this.op('Mul', [numbers, column], shape, 'float32'));
  }

  /** The number that fills the tensor, where it is known to be uniform. */
  uniformOf(tensor: TensorInfo): number | undefined {
    const traced = this.traced.get(tensor.dataId);
    return traced && 'uniform' in traced ? traced.uniform : undefined;
  }

  value(name: string, shape: readonly number[], dtype: DataType): TensorInfo {
    return this.tensorOf({ name }, shape, dtype);
  }

  uniform(uniform: number, shape: readonly number[], dtype: DataType): TensorInfo {
    return this.tensorOf({ uniform }, shape, dtype);
  }

  private tensorOf(traced: Traced, shape: readonly number[], dtype: DataType): TensorInfo {
    const dataId = {};
    this.traced.set(dataId, traced);
    return { dataId, shape: [...shape], dtype };
  }

  /** The same value under another shape or dtype, where ONNX sees no difference. */
  alias(tensor: TensorInfo, shape = tensor.shape): TensorInfo {
    const quantized = this.quantizedOf(tensor);
    // tfjs copies what a gradient will need
    if (quantized && shape.join() === tensor.shape.join()) return this.tensorOf({ quantized }, shape, tensor.dtype);
    const uniform = this.uniformOf(tensor);
    return uniform === undefined
      ? this.value(this.name(tensor), shape, tensor.dtype)
      : this.uniform(uniform, shape, tensor.dtype);
  }

  /** Appends a one-output node over tensors and value names. */
  op(
    op: string,
    inputs: readonly (TensorInfo | string)[],
    shape: readonly number[],
    dtype: DataType,
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = '',
  ): TensorInfo {
    const names = inputs.map((x) => (typeof x === 'string' ? x : this.name(x)));
    return this.value(this.graph.append(op, names, attributes, { domain })[0]!, shape, dtype);
  }

  cast(x: TensorInfo, dtype: DataType): TensorInfo {
    if (dtype === x.dtype) return x;
    const to = { float32: 1, int32: 6, bool: 9, complex64: undefined, string: undefined }[dtype];
    if (to === undefined) throw new Error(`cannot cast to ${dtype} in a traced function`);
    return this.op('Cast', [x], x.shape, dtype, { to });
  }

  /** Constants: one repeated value becomes a scalar that broadcasts (tfjs's gradients write dense ones). */
  override write(data: tf.BackendValues, shape: number[], dtype: DataType): object {
    const values = data as ArrayLike<number>; // strings and bytes have no place in a traced function
    const first = values[0];
    let uniform = first !== undefined;
    for (let i = 1; i < values.length && uniform; i++) uniform = values[i] === first;
    const info =
      uniform && dtype !== 'string'
        ? this.uniform(Number(first), shape, dtype)
        : this.value(this.graph.constant(dtype, shape, values), shape, dtype);
    return info.dataId;
  }

  override readSync(): never {
    throw new Error('a traced function looked at a value (dataSync, arraySync, print): it must only build tensors');
  }
  override read(): never {
    return this.readSync();
  }
  override numDataIds(): number {
    return 0;
  }
  override disposeData(): boolean {
    return true;
  }
  override incRef(): void {}
  decRef(): void {}
  override refCount(): number {
    return 1;
  }
  override timerAvailable(): boolean {
    return false;
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override dispose(): void {}
}

export const traceBackend = new TraceBackend();
tf.registerBackend(TRACE_BACKEND, () => traceBackend);
