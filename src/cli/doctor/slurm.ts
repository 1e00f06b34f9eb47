import type { Finding, Machine } from './types.ts';

const name = '--executor slurm';

/** Whether Slurm's programs are here, and its controller answers them. */
export function slurmFinding({ run }: Pick<Machine, 'run'>): Finding {
  const version = run('sbatch', ['--version'])?.trim();
  if (version === undefined)
    return {
      name,
      state: 'missing',
      detail:
        'no sbatch that runs here, or one that reaches no cluster; a login node has one that does (docs/cluster.md)',
    };
  const partitions = run('sinfo', ['--noheader', '--format=%P'])?.split(/\s+/).filter(Boolean);
  if (partitions === undefined)
    return { name, state: 'missing', detail: `${version}: its controller does not answer (scontrol ping)` };
  if (partitions.length === 0)
    return { name, state: 'missing', detail: `${version}: no partition is open to you (sinfo --all)` };
  return { name, state: 'ok', detail: `${version}: partitions ${partitions.join(', ')}` };
}
