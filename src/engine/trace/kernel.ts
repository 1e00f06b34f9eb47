import * as tf from '@tensorflow/tfjs';
import type { NamedTensorInfoMap, Tensor, TensorInfo } from '@tensorflow/tfjs';
import { TRACE_BACKEND, traceBackend } from './backend.ts';
import type { TraceBackend } from './backend.ts';

export interface KernelCall<A> {
  readonly trace: TraceBackend;
  /** A named input; throws where the kernel was called without it. */
  input(name: string): TensorInfo;
  readonly inputs: Readonly<Record<string, TensorInfo | undefined>>;
  readonly attrs: A;
}

/** Forms of kernels for WebGPU's provider, by name. */
const webgpuForms = new Map<string, (inputs: Tensor[], attrs: never) => Tensor | Tensor[] | undefined>();

/** Registers a form in other tfjs ops, for WebGPU's provider; where it gives none, the kernel's own serves. */
export function onWebgpu<A>(name: string, form: (inputs: Tensor[], attrs: A) => Tensor | Tensor[] | undefined): void {
  webgpuForms.set(name, form);
}

/** Registers how the tracer writes one tfjs kernel. The kernel's name and attributes are tfjs's own. */
export function kernel<A = unknown>(name: string, trace: (call: KernelCall<A>) => TensorInfo | TensorInfo[]): void {
  tf.registerKernel({
    kernelName: name,
    backendName: TRACE_BACKEND,
    kernelFunc: ({ inputs, attrs }) =>
      (traceBackend.target === 'webgpu' && webgpuForms.get(name)?.(tensorsOf(inputs), attrs as never)) ||
      trace({
        trace: traceBackend,
        inputs,
        attrs: attrs as A,
        input: (key) => {
          const tensor = inputs[key];
          if (!tensor) throw new Error(`kernel ${name} was called without its input "${key}"`);
          return tensor;
        },
      }),
  });
}

const tensorsOf = (inputs: NamedTensorInfoMap): Tensor[] =>
  Object.values(inputs).flatMap((info) => (info ? [tf.engine().makeTensorFromTensorInfo(info)] : []));

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);
