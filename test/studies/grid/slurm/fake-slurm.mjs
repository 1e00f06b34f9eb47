#!/usr/bin/env node
// sbatch, squeue, sacct and scancel of a Slurm that lies in a folder ($FAKE_SLURM), under whose name this is called. Nothing
// runs: every look at the queue takes each task a step further, to the end that plan.json has for it.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const folder = process.env.FAKE_SLURM;
const read = (name, otherwise) =>
  fs.existsSync(path.join(folder, name)) ? JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) : otherwise;
/** `limit` tasks wait or run, `longest` are in an array; `ends` by seed, one for each attempt, the last for all others. */
const plan = { limit: Infinity, longest: Infinity, ends: {}, ...read('plan.json', {}) };
const tasks = read('tasks.json', []);
const OVER = ['COMPLETED', 'FAILED', 'TIMEOUT', 'NODE_FAIL', 'PREEMPTED', 'CANCELLED', 'OUT_OF_MEMORY'];
const isLive = ({ state }) => !OVER.includes(state);
const DONE = { state: 'COMPLETED', said: { done: 10, total: 10, ending: { kind: 'done' } } };

const known = new Map();
/** What the tasks of an array are to run. */
function tasksOf(dir) {
  if (!known.has(dir)) {
    const lines = fs.readFileSync(path.join(dir, 'tasks.jsonl'), 'utf8').trim().split('\n');
    known.set(dir, lines.map((line) => JSON.parse(line))); // prettier-ignore
  }
  return known.get(dir);
}

const fail = (...lines) => {
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(1);
};

const programs = {
  sbatch([, script]) {
    const text = fs.readFileSync(script, 'utf8');
    const option = (name) => new RegExp(`^#SBATCH --${name}=(.*)$`, 'm').exec(text)?.[1];
    if (plan.refuses) fail(...plan.refuses);
    const count = Number(option('array').split('-')[1].split('%')[0]) + 1;
    if (count > plan.longest) fail('sbatch: error: Batch job submission failed: Invalid job array specification');
    if (tasks.filter(isLive).length + count > plan.limit)
      fail(
        'sbatch: error: QOSMaxSubmitJobPerUserLimit',
        'sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user\'s size and/or time limits)', // prettier-ignore
      );
    const id = String(new Set(tasks.map((task) => task.id)).size + 100);
    const after = option('dependency')?.split(':').slice(1) ?? [];
    const dir = path.dirname(script);
    const name = option('job-name');
    for (const [index, { hash, request }] of tasksOf(dir).entries())
      tasks.push({ id, index, name, state: 'PENDING', after, dir, hash, seed: request.experiment.seed });
    process.stdout.write(`${id}\n`);
  },

  squeue(args) {
    if (plan.silent) fail('slurm_load_jobs error: Unable to contact slurm controller (connect failure)');
    const names = args
      .find((word) => word.startsWith('--name='))
      .slice(7)
      .split(',');
    const attempts = new Map();
    for (const task of tasks) if (!isLive(task)) attempts.set(task.hash, (attempts.get(task.hash) ?? 0) + 1);
    const live = new Set(tasks.filter(isLive).map(({ id }) => id));
    for (const task of tasks) step(task, attempts.get(task.hash) ?? 0, live);
    const shown = tasks.filter((task) => names.includes(task.name) && !(task.isForgotten && !isLive(task)));
    const rows = shown.map(({ name, index, state, id }) => `${name}|${index}|${state}|${id}|${state === 'PENDING' ? 'Priority' : 'None'}\n`); // prettier-ignore
    process.stdout.write(rows.join(''));
  },

  sacct() {
    if (!plan.accounts) fail('Slurm accounting storage is disabled');
    process.stdout.write(tasks.map(({ name, id, index, state }) => `${name}|${id}_${index}|${state}\n`).join(''));
  },

  scancel(ids) {
    for (const task of tasks) if (ids.includes(task.id) && isLive(task)) task.state = 'CANCELLED';
  },
};

/** PENDING, RUNNING, and then how this attempt of this seed ends. */
function step(task, attempt, live) {
  if (!isLive(task) || plan.isFrozen) return;
  if (task.state === 'PENDING') {
    if (!task.after.some((id) => live.has(id))) task.state = 'RUNNING';
    return;
  }
  const ends = plan.ends[task.seed] ?? [DONE];
  const end = ends[Math.min(attempt, ends.length - 1)];
  Object.assign(task, { state: end.state, isForgotten: end.isForgotten });
  if (end.log) fs.writeFileSync(path.join(task.dir, `${task.index}.log`), end.log);
  if (end.said) {
    const status = { batch: path.basename(task.dir), seconds: 1 + attempt, ...end.said };
    fs.mkdirSync(path.join(task.dir, '../jobs'), { recursive: true });
    fs.writeFileSync(path.join(task.dir, '../jobs', `${task.hash}.json`), JSON.stringify(status));
  }
  if (end.said?.ending?.kind === 'done') finish(tasksOf(task.dir)[task.index].request);
}

let found;
/** What a finished run leaves: results.json of the folder, of this seed. */
function finish({ dir, experiment }) {
  found ??= read('results.json', {});
  const { seed } = experiment;
  const rows = found.rows.map((row) => ({ ...row, seed }));
  const text = JSON.stringify({ ...found, rows, experiment: JSON.stringify(experiment), seeds: [seed] });
  fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(path.join(dir, 'results.json'), text);
  fs.writeFileSync(path.join(dir, 'DONE'), `${createHash('sha256').update(text).digest('hex')}  results.json\n`);
}

programs[path.basename(process.argv[1])](process.argv.slice(2));
fs.writeFileSync(path.join(folder, 'tasks.json'), JSON.stringify(tasks));
