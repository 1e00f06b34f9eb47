export { diffExperiments, experimentHash, experimentToYaml } from './compare.ts';
export { resolveExperiment } from './resolve.ts';
export type { ResolveOptions } from './resolve.ts';
export { resolveSweep } from './sweep.ts';
export type { Axis, Cell, Sweep } from './sweep.ts';
export type { Choice, Definition, Experiment, ExperimentTables, PluginFile, Table } from './types.ts';
