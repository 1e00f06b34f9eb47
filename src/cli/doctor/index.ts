import { engineFindings } from './engines.ts';
import { findGpu, gpuFindings } from './gpu.ts';
import { packageFindings } from './packages.ts';
import { slurmFinding } from './slurm.ts';
import { systemFindings } from './system.ts';
import { thisMachine } from './machine.ts';
import type { Machine, Section } from './types.ts';

/** What this machine can run, tried where trying is possible, and the command that would enable what it cannot. */
export async function examine(machine: Machine = thisMachine()): Promise<Section[]> {
  const gpu = findGpu(machine);
  return [
    { title: 'machine', findings: systemFindings(machine) },
    { title: 'graphics', findings: gpuFindings(machine, gpu) },
    { title: 'engines', findings: await engineFindings(machine, gpu) },
    { title: 'cluster', findings: [slurmFinding(machine)] },
    { title: 'optional packages', findings: packageFindings(machine) },
  ];
}
