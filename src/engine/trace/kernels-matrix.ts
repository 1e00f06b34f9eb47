import * as tf from '@tensorflow/tfjs';
import type { DataType, TensorInfo } from '@tensorflow/tfjs';
import type { TraceBackend } from './backend.ts';
import { kernel } from './kernel.ts';
import { quantizedProduct } from './quantized.ts';

interface Reduction {
  readonly axis?: number | number[];
  /** What tfjs calls the axis of Max, and of no other. */
  readonly reductionIndices?: number | number[];
  readonly keepDims?: boolean;
}

function reduction(name: string, op: string, dtype?: DataType): void {
  kernel<Reduction>(name, ({ input, attrs, trace }) => {
    const x = trace.cast(input('x'), dtype ?? input('x').dtype);
    const axes = tf.util.parseAxisParam(attrs.axis ?? attrs.reductionIndices ?? x.shape.map((_, i) => i), x.shape);
    const shape = x.shape.flatMap((d, i) => (!axes.includes(i) ? [d] : attrs.keepDims ? [1] : []));
    return trace.op(op, [x, trace.graph.int64(axes)], shape, x.dtype, { keepdims: attrs.keepDims ? 1 : 0 });
  });
}

reduction('Sum', 'ReduceSum');
reduction('Mean', 'ReduceMean', 'float32');
reduction('Max', 'ReduceMax');
reduction('Min', 'ReduceMin');
reduction('SumOfSquares', 'ReduceSumSquare');

kernel<{ axis?: number; outputType?: string }>('ArgMax', ({ input, attrs, trace }) => {
  const x = input('x');
  const axis = tf.util.parseAxisParam(attrs.axis ?? 0, x.shape)[0]!;
  const shape = x.shape.filter((_, i) => i !== axis);
  const index = trace.op('ArgMax', [x], shape, 'int32', { axis, keepdims: 0 });
  return trace.op('Cast', [index], shape, 'int32', { to: 6 });
});

kernel<{ dim: number }>('Softmax', ({ input, attrs: { dim }, trace }) => {
  const x = input('logits');
  return trace.op('Softmax', [x], x.shape, x.dtype, { axis: dim < 0 ? dim + x.shape.length : dim });
});

kernel<{ axis: number }>('LogSoftmax', ({ input, attrs: { axis }, trace }) => {
  const x = input('logits');
  return trace.op('LogSoftmax', [x], x.shape, x.dtype, { axis: axis < 0 ? axis + x.shape.length : axis });
});

/** Matrices go to Gemm; batches of them to com.microsoft.FusedMatMul, which the CPU build of onnxruntime has. */
for (const name of ['BatchMatMul', 'ScaledMatMul'])
  kernel<{ transposeA?: boolean; transposeB?: boolean; alpha?: number }>(name, ({ input, attrs, trace }) => {
    const [a, b] = [input('a'), input('b')];
    const [transA, transB] = [attrs.transposeA ? 1 : 0, attrs.transposeB ? 1 : 0];
    const M = a.shape.at(transA ? -1 : -2)!;
    const N = b.shape.at(transB ? -2 : -1)!;
    const alpha = { float: attrs.alpha ?? 1 };
    const inBits = trace.quantizedOf(b);
    if (inBits && a.shape.length === 2 && !transA && alpha.float === 1)
      return quantizedProduct(trace, a, inBits, b.shape as [number, number], transB === 1);
    if (a.shape.length === 2 && b.shape.length === 2)
      return trace.op('Gemm', [a, b], [M, N], a.dtype, { transA, transB, alpha });
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const plain = !transA && !transB && alpha.float === 1;
    const scale = (): string => trace.graph.constant(a.dtype, [], [alpha.float]);
    // of one column by one row, or of one row by one column, as where generation meets its newest key
    if (plain && a.shape.at(-1) === 1) return trace.op('Mul', [a, b], [...batch, M, N], a.dtype);
    if (plain || trace.target !== 'onnxruntime') {
      const factors = [transA ? swapLast(trace, a) : a, transB ? swapLast(trace, b) : b];
      const product = trace.op('MatMul', factors, [...batch, M, N], a.dtype);
      return alpha.float === 1 ? product : trace.op('Mul', [product, scale()], product.shape, a.dtype);
    }
    if (!transA && transB && M === 1 && N === 1) {
      const products = trace.op('Mul', [a, b], [...batch, 1, a.shape.at(-1)!], a.dtype);
      const sum = trace.op('ReduceSum', [products, trace.graph.int64([-1])], [...batch, 1, 1], a.dtype, {
        keepdims: 1,
      });
      return trace.op('Mul', [sum, scale()], sum.shape, a.dtype);
    }
    // one query against many keys: keys times a column are read where they lie, and not packed
    if (!transA && transB && M === 1) {
      const shape = [...a.shape.slice(0, -2), a.shape.at(-1)!, 1];
      const column = trace.op('Reshape', [a, trace.graph.int64(shape)], shape, a.dtype);
      const scores = trace.op('MatMul', [b, column], [...batch, N, 1], a.dtype);
      const row = trace.op('Reshape', [scores, trace.graph.int64([...batch, 1, N])], [...batch, 1, N], a.dtype);
      return trace.op('Mul', [row, scale()], row.shape, a.dtype);
    }
    return trace.op('FusedMatMul', [a, b], [...batch, M, N], a.dtype, { transA, transB, alpha }, 'com.microsoft');
  });

function swapLast(trace: TraceBackend, x: TensorInfo): TensorInfo {
  const perm = x.shape.map((_, i) => i);
  perm.push(...perm.splice(-2).reverse());
  return trace.op(
    'Transpose',
    [x],
    perm.map((i) => x.shape[i]!),
    x.dtype,
    { perm },
  );
}

/**
 * x [N, I] W [I, O] + b [O]; W is [O, I] where `transposeW`. Given b, onnxruntime's Gemm writes it to all rows and adds the
 * product to them; on a CPU it is faster to add b afterwards, in place.
 */
kernel<{ transposeW?: boolean }>('Linear', ({ input, attrs, trace }) => {
  const [x, w, b] = [input('x'), input('w'), input('b')];
  const transB = attrs.transposeW ? 1 : 0;
  const shape = [x.shape[0]!, w.shape[transB ? 0 : 1]!];
  if (trace.target !== 'onnxruntime') return trace.op('Gemm', [x, w, b], shape, x.dtype, { transB });
  return trace.op('Add', [trace.op('Gemm', [x, w], shape, x.dtype, { transB }), b], shape, x.dtype);
});

/** Normalises the last axis; also returns the row means and reciprocal deviations that the gradient needs. */
kernel<{ epsilon: number }>('LayerNorm', ({ input, attrs: { epsilon }, trace }) => {
  const x = input('x');
  const rows = x.shape.with(-1, 1);
  const [y, mean, rstd] = trace.graph.append(
    'LayerNormalization',
    [trace.name(x), trace.name(input('gain')), trace.name(input('bias'))],
    { axis: -1, epsilon: { float: epsilon } },
    { outputCount: 3 },
  );
  return [trace.value(y!, x.shape, x.dtype), trace.value(mean!, rows, x.dtype), trace.value(rstd!, rows, x.dtype)];
});

/** GELU by tanh in one pass; onnxruntime's FastGelu is GPT-2's `gelu_new`. */
kernel('GeluNew', ({ input, trace }) => {
  const x = input('x');
  if (trace.target !== 'portable') return trace.op('FastGelu', [x], x.shape, x.dtype, {}, 'com.microsoft');
  const number = (value: number): string => trace.graph.constant(x.dtype, [], [value]);
  const op = (name: string, ...of: (TensorInfo | string)[]): TensorInfo => trace.op(name, of, x.shape, x.dtype);
  const cubed = op('Mul', op('Mul', x, x), x);
  const inner = op('Mul', op('Add', x, op('Mul', cubed, number(0.044715))), number(Math.sqrt(2 / Math.PI)));
  return op('Mul', op('Mul', x, number(0.5)), op('Add', op('Tanh', inner), number(1)));
});

/** A sum of many tensors of one shape. */
kernel('AddN', ({ inputs, trace }) => {
  const parts = Object.values(inputs).filter((x) => x !== undefined);
  return trace.op('Sum', parts, parts[0]!.shape, parts[0]!.dtype);
});
