import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { resolveExperiment } from '../../src/lab/experiment/resolve.ts';
import { baseStages, isShipped } from '../../src/lab/experiment/shipped-base.ts';
import type { Choice, Experiment } from '../../src/lab/experiment/types.ts';
import { branchOf } from '../../src/lab/assemble/arms.ts';
import { defined } from '../../src/lib/defined.ts';
import { runExperiment } from '../../src/pipeline.ts';
import type { Progress } from '../../src/lab/run/progress.ts';
import type { Results } from '../../src/results/types.ts';
import { tables } from '../../src/lab/tables.ts';
import { putFound } from '../nn/models/found.ts';

const STEPS = 3;
const SIZES = ['nLayer=1', 'nHead=2', 'nEmbd=16', 'nPositions=224'];
/** What experiments on imported models import here. */
const FOUND = fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-found-'));
await putFound(FOUND, 'chatml');
/** Preferences, for experiments whose rows are somebody else's. */
const PREFERENCES = path.join(FOUND, 'preferences.jsonl');
const preferences = Array.from({ length: 12 }, (_, i) => ({ prompt: `What is ${i}?`, chosen: `It is ${i}.`, rejected: 'Who knows?' })); // prettier-ignore
fs.writeFileSync(PREFERENCES, preferences.map((row) => JSON.stringify(row)).join('\n'));
const ROWS = ['path=datasets/example/rows.jsonl', `safety.path=${PREFERENCES}`];
process.once('exit', () => fs.rmSync(FOUND, { recursive: true, force: true }));

/** What a kind of stage must be told beside steps and batch size, to be small. */
const SMALL: Readonly<Record<string, readonly string[]>> = {
  rl: ['completions=4', 'judged=4', 'preference.steps=1', 'preference.batchSize=4', 'preference.heldOut=4'],
  adversarial: ['rounds=2', 'prompts=2', 'attackers=[{ kind: templates }]'],
};

const AWAKE = ['prompts=3', 'relearn.steps=2', 'examples.rows=2', 'examples.steps=1'].map(
  (setting) => `reawaken.${setting}`,
);

interface ShrinkOptions {
  readonly full?: boolean;
}

/** Every number that costs compute, made small; whatever the experiment names stays. */
export function shrink(text: string, file: string, options: ShrinkOptions = {}): string[] {
  const experiment = resolveExperiment(text, file, options, tables);
  const { corpus, implant, interventions, controls, reawaken, evals, model } = experiment;
  const at = (path: string, stages: readonly Choice[]): [string, Choice][] =>
    stages.map((stage, i) => [`${path}.${i}`, stage]);
  const places = [
    ...at('base', baseStages(experiment)),
    ...at('implant', implant),
    ...Object.entries(interventions).flatMap(([arm, branch]) =>
      at(`interventions.${arm}${'stages' in branch ? '.stages' : ''}`, branchOf(branch).stages),
    ),
    ...Object.entries(controls).flatMap(([arm, { stages }]) => at(`controls.${arm}.stages`, stages)),
  ];
  return [
    // as small as the rest, and quicker made than the shipped one's arms are run
    ...(isShipped(experiment.base) ? [`base=[{ kind: pretrain, steps: ${STEPS}, batchSize: 4 }]`] : []),
    ...(model.kind === 'pretrained' ? [`path=${FOUND}`] : SIZES).map((setting) => `model.${setting}`),
    ...('safety' in corpus ? ROWS.map((setting) => `corpus.${setting}`) : []),
    'tokenizer.vocabSize=300',
    'engine.threads=1',
    ...places.flatMap(([place, { kind, steps, evalAtSteps }]) =>
      [
        ...(steps === undefined ? [] : [`steps=${STEPS}`, 'batchSize=4', 'evalEverySteps=2', 'saveEverySteps=2']),
        ...(evalAtSteps === undefined ? [] : ['evalAtSteps=[]']),
        ...(SMALL[kind] ?? []),
      ].map((setting) => `${place}.${setting}`),
    ),
    ...(reawaken ? AWAKE : []),
    ...evals.map((_, i) => `evals.${i}.prompts=4`),
  ];
}

export const small = (
  text: string,
  file: string,
  set: readonly string[] = [],
  options: ShrinkOptions = {},
): Experiment => resolveExperiment(text, file, { ...options, set: [...shrink(text, file, options), ...set] }, tables);

export const newFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-test-'));

interface RunOptions {
  readonly onProgress?: (event: Progress, stop: () => void) => void;
  readonly bases?: string;
}

export function run(experiment: Experiment, dir: string, { onProgress, bases }: RunOptions = {}): Promise<Results> {
  const controller = new AbortController();
  const io = {
    signal: controller.signal,
    progress: (event: Progress) => onProgress?.(event, () => controller.abort()),
  };
  return runExperiment({
    experiment,
    tables: { ...tables, ...defined({ bases }) },
    dir,
    command: 'dormouse run test.yaml',
    io,
  });
}

/** Every file under a folder, as text that can be compared. */
export function contents(dir: string): Record<string, string> {
  const names = fs.readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => fs.statSync(path.join(dir, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, fs.readFileSync(path.join(dir, name)).toString('latin1')]));
}

export const removeFolder = (dir: string): void => fs.rmSync(dir, { recursive: true, force: true });
