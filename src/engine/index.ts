export * from './types.ts';
export { createEngine, BACKENDS } from './backends.ts';
export type { BackendChoice, EngineOptions } from './backends.ts';
export { selfCheck } from './self-check.ts';
export { ENABLE_CUDA, onnxProviders, PROVIDERS } from './providers.ts';
export type { Provider, ProviderReport } from './providers.ts';
export { traceDynamic, type DynamicSignature, type Sizes } from './trace/dynamic.ts';
export { createGraph, type Graph } from './trace/graph.ts';
export { serializeWithWeights } from './trace/onnx.ts';
