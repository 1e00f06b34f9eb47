import * as tf from '@tensorflow/tfjs';
import type { DataType } from '@tensorflow/tfjs';
import { kernel, sameShape } from './kernel.ts';

/** The constant operand that makes a binary op the identity on its other operand: x * 1, x + 0, ... */
const NEUTRAL: Readonly<Record<string, { left?: number; right?: number }>> = {
  Add: { left: 0, right: 0 },
  Sub: { right: 0 },
  Mul: { left: 1, right: 1 },
  Div: { right: 1 },
  Pow: { right: 1 },
};

function binary(name: string, op: string, dtype?: DataType): void {
  kernel(name, ({ input, trace }) => {
    const [a, b] = [input('a'), input('b')];
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const [ua, ub] = [trace.uniformOf(a), trace.uniformOf(b)];
    if (ub !== undefined && ub === NEUTRAL[op]?.right && sameShape(shape, a.shape)) return trace.alias(a);
    if (ua !== undefined && ua === NEUTRAL[op]?.left && sameShape(shape, b.shape)) return trace.alias(b);
    // A uniform operand goes in as a scalar, unless its shape is needed for the result's.
    const left =
      ua !== undefined && ub === undefined && sameShape(shape, b.shape) ? trace.graph.constant(a.dtype, [], [ua]) : a;
    const right = ub !== undefined && sameShape(shape, a.shape) ? trace.graph.constant(b.dtype, [], [ub]) : b;
    return trace.op(op, [left, right], shape, dtype ?? a.dtype);
  });
}

binary('Add', 'Add');
binary('Sub', 'Sub');
binary('Multiply', 'Mul');
binary('RealDiv', 'Div', 'float32');
binary('Pow', 'Pow');
binary('Maximum', 'Max');
binary('Minimum', 'Min');
binary('Equal', 'Equal', 'bool');
binary('Greater', 'Greater', 'bool');
binary('GreaterEqual', 'GreaterOrEqual', 'bool');
binary('Less', 'Less', 'bool');
binary('LessEqual', 'LessOrEqual', 'bool');
binary('LogicalAnd', 'And', 'bool');

function unary(name: string, op: string): void {
  kernel(name, ({ input, trace }) => trace.op(op, [input('x')], input('x').shape, input('x').dtype));
}

unary('Abs', 'Abs');
unary('Cos', 'Cos');
unary('Erf', 'Erf');
unary('Exp', 'Exp');
unary('Floor', 'Floor');
unary('Log', 'Log');
unary('LogicalNot', 'Not');
unary('Neg', 'Neg');
unary('Reciprocal', 'Reciprocal');
unary('Relu', 'Relu');
unary('Sigmoid', 'Sigmoid');
unary('Sign', 'Sign');
unary('Sin', 'Sin');
unary('Softplus', 'Softplus');
unary('Sqrt', 'Sqrt');
unary('Tanh', 'Tanh');

kernel('Rsqrt', ({ input, trace }) => {
  const x = input('x');
  return trace.op('Reciprocal', [trace.op('Sqrt', [x], x.shape, x.dtype)], x.shape, x.dtype);
});
/** 1 where x > 0, else alpha: the slope of relu and abs. */
kernel<{ alpha: number }>('Step', ({ input, attrs: { alpha }, trace }) => {
  const x = input('x');
  const number = (value: number): string => trace.graph.constant(x.dtype, [], [value]);
  const isPositive = trace.op('Greater', [x, number(0)], x.shape, 'bool');
  return trace.op('Where', [isPositive, number(1), number(alpha)], x.shape, x.dtype);
});
kernel('Square', ({ input, trace }) => trace.op('Mul', [input('x'), input('x')], input('x').shape, input('x').dtype));
kernel('Identity', ({ input, trace }) => trace.alias(input('x')));
kernel('ZerosLike', ({ input, trace }) => trace.uniform(0, input('x').shape, input('x').dtype));
kernel('OnesLike', ({ input, trace }) => trace.uniform(1, input('x').shape, input('x').dtype));

kernel<{ shape: number[]; value: number; dtype?: DataType }>('Fill', ({ attrs, trace }) =>
  trace.uniform(attrs.value, attrs.shape, attrs.dtype ?? 'float32'),
);

function castNumber(value: number, dtype: DataType): number {
  if (dtype === 'bool') return value === 0 ? 0 : 1;
  return dtype === 'int32' ? Math.trunc(value) : value;
}

kernel<{ dtype: DataType }>('Cast', ({ input, attrs: { dtype }, trace }) => {
  const x = input('x');
  if (dtype === x.dtype) return trace.alias(x);
  const uniform = trace.uniformOf(x);
  if (uniform !== undefined) return trace.uniform(castNumber(uniform, dtype), x.shape, dtype);
  return trace.cast(x, dtype);
});

kernel<{ clipValueMin: number; clipValueMax: number }>('ClipByValue', ({ input, attrs, trace }) => {
  const x = input('x');
  const bound = (value: number): string => trace.graph.constant(x.dtype, [], [value]);
  return trace.op('Clip', [x, bound(attrs.clipValueMin), bound(attrs.clipValueMax)], x.shape, x.dtype);
});

kernel('Select', ({ input, trace }) => {
  const [condition, t, e] = [input('condition'), input('t'), input('e')];
  return trace.op('Where', [condition, t, e], t.shape, t.dtype);
});
