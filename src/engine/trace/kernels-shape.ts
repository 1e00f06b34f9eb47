import * as tf from '@tensorflow/tfjs';
import type { DataType, TensorInfo } from '@tensorflow/tfjs';
import type { TraceBackend } from './backend.ts';
import { kernel, sameShape } from './kernel.ts';

kernel<{ shape: number[] }>('Reshape', ({ input, attrs, trace }) => {
  const x = input('x');
  const shape = tf.util.inferFromImplicitShape(attrs.shape, tf.util.sizeFromShape(x.shape));
  if (trace.uniformOf(x) !== undefined || sameShape(shape, x.shape)) return trace.alias(x, shape);
  return trace.op('Reshape', [x, trace.graph.int64(shape)], shape, x.dtype);
});

kernel<{ dim: number }>('ExpandDims', ({ input, attrs: { dim }, trace }) => {
  const x = input('input');
  const at = dim < 0 ? dim + x.shape.length + 1 : dim;
  const shape = [...x.shape.slice(0, at), 1, ...x.shape.slice(at)];
  return trace.op('Reshape', [x, trace.graph.int64(shape)], shape, x.dtype);
});

kernel<{ perm: number[] }>('Transpose', ({ input, attrs: { perm }, trace }) => {
  const x = input('x');
  const shape = perm.map((i) => x.shape[i]!);
  const moved = perm.filter((i) => x.shape[i] !== 1);
  // where only axes of length 1 change places, nothing moves in memory
  if (moved.every((axis, i) => i === 0 || moved[i - 1]! < axis))
    return trace.op('Reshape', [x, trace.graph.int64(shape)], shape, x.dtype);
  return trace.op('Transpose', [x], shape, x.dtype, { perm });
});

kernel<{ begin: number[]; size: number[] }>('Slice', ({ input, attrs, trace }) => {
  const x = input('x');
  const [begin = [], size = []] = tf.slice_util.parseSliceParams(x, attrs.begin, attrs.size);
  const axes = begin.map((_, i) => i).filter((i) => size[i] !== x.shape[i]);
  if (axes.length === 0) return trace.alias(x);
  const int64 = (of: (i: number) => number): string => trace.graph.int64(axes.map(of));
  return trace.op(
    'Slice',
    [x, int64((i) => begin[i]!), int64((i) => begin[i]! + size[i]!), int64((i) => i)],
    size,
    x.dtype,
  );
});

kernel<{ paddings: [number, number][]; constantValue: number }>('PadV2', ({ input, attrs, trace }) => {
  const x = input('x');
  const pads = [...attrs.paddings.map((p) => p[0]), ...attrs.paddings.map((p) => p[1])];
  if (pads.every((n) => n === 0)) return trace.alias(x); // the gradient of a slice that cuts nothing off
  const shape = x.shape.map((d, i) => d + attrs.paddings[i]![0] + attrs.paddings[i]![1]);
  const value = trace.graph.constant(x.dtype, [], [attrs.constantValue]);
  return trace.op('Pad', [x, trace.graph.int64(pads), value], shape, x.dtype);
});

kernel<{ axis: number }>('Concat', ({ inputs, attrs, trace }) => {
  const parts = Object.values(inputs).filter((x) => x !== undefined);
  const first = parts[0]!;
  const axis = attrs.axis < 0 ? attrs.axis + first.shape.length : attrs.axis;
  const shape = [...first.shape];
  shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  return trace.op('Concat', parts, shape, first.dtype, { axis });
});

kernel<{ numOrSizeSplits: number[] | number; axis: number }>('SplitV', ({ input, attrs, trace }) => {
  const x = input('x');
  const axis = attrs.axis < 0 ? attrs.axis + x.shape.length : attrs.axis;
  const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, attrs.numOrSizeSplits, axis);
  const names = trace.graph.append(
    'Split',
    [trace.name(x), trace.graph.int64(sizes)],
    { axis },
    { outputCount: sizes.length },
  );
  return names.map((name, i) => trace.value(name, x.shape.with(axis, sizes[i]!), x.dtype));
});

kernel<{ reps: number[] }>('Tile', ({ input, attrs: { reps }, trace }) => {
  const x = input('x');
  return trace.op(
    'Tile',
    [x, trace.graph.int64(reps)],
    x.shape.map((d, i) => d * reps[i]!),
    x.dtype,
  );
});

/** ONNX wants int64 indices on the CPU. */
function int64(trace: TraceBackend, indices: TensorInfo): TensorInfo {
  return trace.op('Cast', [indices], indices.shape, 'int32', { to: 7 });
}

kernel<{ axis: number; batchDims?: number }>('GatherV2', ({ input, attrs, trace }) => {
  const [x, indices] = [input('x'), input('indices')];
  if (attrs.batchDims) throw new Error('cannot trace gather with batchDims: flatten the batch, or use gatherND');
  const axis = attrs.axis < 0 ? attrs.axis + x.shape.length : attrs.axis;
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return trace.op('Gather', [x, indices], shape, x.dtype, { axis });
});

kernel('GatherNd', ({ input, trace }) => {
  const [x, indices] = [input('params'), input('indices')];
  const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(indices.shape.at(-1)!)];
  return trace.op('GatherND', [x, int64(trace, indices)], shape, x.dtype);
});

kernel('TensorScatterUpdate', ({ input, trace }) => {
  const [x, indices, updates] = [input('tensor'), input('indices'), input('updates')];
  return trace.op('ScatterND', [x, int64(trace, indices), updates], x.shape, x.dtype);
});

/**
 * The gradient of `gather`, hence of an embedding lookup. Rows with the same id add up, so this must be
 * ScatterElements: onnxruntime's ScatterND adds with several threads at once and loses updates of repeated ids.
 */
kernel<{ numSegments: number }>('UnsortedSegmentSum', ({ input, attrs: { numSegments }, trace }) => {
  const [x, ids] = [input('x'), input('segmentIds')];
  const row = x.shape.slice(ids.shape.length);
  const [N, C] = [tf.util.sizeFromShape(ids.shape), tf.util.sizeFromShape(row)];
  const zeros = trace.uniform(0, [numSegments, C], x.dtype);
  const column = trace.op('Reshape', [int64(trace, ids), trace.graph.int64([N, 1])], [N, 1], 'int32');
  const at = trace.op('Expand', [column, trace.graph.int64([N, C])], [N, C], 'int32');
  const rows = trace.op('Reshape', [x, trace.graph.int64([N, C])], [N, C], x.dtype);
  const sums = trace.op('ScatterElements', [zeros, at, rows], [numSegments, C], x.dtype, { axis: 0, reduction: 'add' });
  const shape = [numSegments, ...row];
  return trace.op('Reshape', [sums, trace.graph.int64(shape)], shape, x.dtype);
});

kernel<{ depth: number; onValue: number; offValue: number; dtype: DataType }>('OneHot', ({ input, attrs, trace }) => {
  const indices = input('indices');
  const shape = [...indices.shape, attrs.depth];
  const values = trace.graph.constant('float32', [2], [attrs.offValue, attrs.onValue]);
  const depth = trace.graph.int64([attrs.depth], []);
  const floats = trace.op('OneHot', [int64(trace, indices), depth, values], shape, 'float32', { axis: -1 });
  return trace.cast(floats, attrs.dtype); // onnxruntime has no kernel for int32
});
