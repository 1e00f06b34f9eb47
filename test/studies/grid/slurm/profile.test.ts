import { expect, it } from 'vitest';
import { parseProfile, secondsOf } from '../../../../src/studies/grid/slurm/profile.ts';
import { scriptOf } from '../../../../src/studies/grid/slurm/script.ts';

it('a profile with every key becomes the head of a script', () => {
  const profile = parseProfile(
    `
partition: gpu
account: my-lab
qos: normal
constraint: "[skylake|icelake]"
time: 4:00:00
memory: 16G
cpus: 4
gpus: a100:1
atOnce: 50
setup: [module load nodejs/22, "export HF_HOME=$SCRATCH/hub"]
options: [--exclude=node7]
`,
    'cluster.yaml',
  );
  const batch = { name: 'dormouse-1-2', dir: '/home/my lab/50%/slurm/x', tasks: 12, after: ['7', '9'] };
  const command = { cwd: '/home/my lab', words: ['/usr/bin/node', 'task.js', "it's"] };
  expect(scriptOf(batch, profile, command)).toBe(`#!/bin/bash
#SBATCH --job-name=dormouse-1-2
#SBATCH --array=0-11%50
#SBATCH --partition=gpu
#SBATCH --account=my-lab
#SBATCH --qos=normal
#SBATCH --constraint=[skylake|icelake]
#SBATCH --time=4:00:00
#SBATCH --mem=16G
#SBATCH --cpus-per-task=4
#SBATCH --gpus=a100:1
#SBATCH --dependency=afterany:7:9
#SBATCH --signal=B:TERM@120
#SBATCH --output="/home/my lab/50%%/slurm/x/%a.log"
#SBATCH --chdir="/home/my lab"
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --exclude=node7
module load nodejs/22
export HF_HOME=$SCRATCH/hub
exec /usr/bin/node task.js 'it'\\''s' "$SLURM_ARRAY_TASK_ID"
`);
});

it('a short job is told to save when a quarter of its time is left', () => {
  const script = scriptOf(
    { name: 'a', dir: '/d', tasks: 1, after: [] },
    parseProfile('time: 2', 'c.yaml'),
    { cwd: '/', words: ['node'] }, // prettier-ignore
  );
  expect(script).toContain('#SBATCH --time=2\n#SBATCH --cpus-per-task=1\n#SBATCH --signal=B:TERM@30\n');
});

it.each([
  ['90', 5400],
  ['90:30', 5430],
  ['4:00:00', 14_400],
  ['1-12', 129_600],
  ['1-12:30', 131_400],
  ['2-01:02:03', 176_523],
])('time %s is %i s', (time, seconds) => {
  expect(secondsOf(time)).toBe(seconds);
});

it.each([
  ['partition: gpu', ['time: missing; give']],
  [
    'time: soon\nmemory: 4 GB\ncpu: 2',
    [
      'c.yaml time: not a time of Slurm; give hours:minutes:seconds, or minutes',
      'c.yaml memory: not an amount of memory; give one such as 4G',
      'c.yaml cpu: unknown key; did you mean "cpus"? known: partition, account',
    ],
  ],
  ['time: 1\noptions: [exclude=n1]', ['c.yaml options.0: not an option; give one such as --exclude=node7']],
  ['time: 1\naccount: "a; rm -rf /"', ['c.yaml account: not a word that Slurm could know']],
  ['time: 1\nsetup: ["a\\nb"]', ['c.yaml setup.0: more than a line']],
  ['time: [', ['c.yaml not valid YAML: ']],
  ['', ['c.yaml the profile: nothing is not a map']],
])('of the profile %j every problem is named', (text, problems) => {
  expect(() => parseProfile(text, 'c.yaml')).toThrow(expect.objectContaining({ exitCode: 2 }) as Error);
  for (const problem of problems) expect(() => parseProfile(text, 'c.yaml')).toThrow(problem);
});
