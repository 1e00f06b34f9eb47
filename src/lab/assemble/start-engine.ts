import { createEngine } from '../../engine/index.ts';
import type { Engine } from '../../engine/index.ts';
import type { Experiment } from '../experiment/types.ts';
import { defined } from '../../lib/defined.ts';

/** The engine that an experiment asks for; `auto` threads are `autoThreads`, or as many as there are cores. */
export function startEngine(
  { backend, threads, provider }: Experiment['engine'],
  autoThreads?: number,
): Promise<Engine> {
  const given = threads === 'auto' ? autoThreads : threads;
  return createEngine({ backend, provider, ...defined({ threads: given }) });
}
