export * from './types.ts';
export { createEngine, BACKENDS } from './backends.ts';
export type { BackendChoice, EngineOptions } from './backends.ts';
export { ENABLE_CUDA, onnxProviders, PROVIDERS } from './providers.ts';
export type { Provider, ProviderReport } from './providers.ts';
