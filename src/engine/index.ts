export * from './types.ts';
export { createEngine, BACKENDS } from './backends.ts';
export type { BackendChoice } from './backends.ts';
