import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { resolveExperiment } from '../../src/experiment/index.ts';
import type { Experiment } from '../../src/experiment/index.ts';
import { branchOf } from '../../src/run/arms.ts';
import { runExperiment } from '../../src/pipeline.ts';
import type { Progress } from '../../src/run/progress.ts';
import type { Results } from '../../src/report/types.ts';
import { tables } from '../../src/tables.ts';

const STEPS = 3;

/** Every number that costs compute, made small; whatever the experiment names stays. */
export function shrink(text: string, file: string): string[] {
  const { base, implant, interventions, controls, evals } = resolveExperiment(text, file, {}, tables);
  const places = [
    ...base.map((_, i) => `base.${i}`),
    ...implant.map((_, i) => `implant.${i}`),
    ...Object.entries(interventions).flatMap(([arm, intervention]) =>
      branchOf(intervention).stages.map(
        (_, i) => `interventions.${arm}.${'stages' in intervention ? 'stages.' : ''}${i}`,
      ),
    ),
    ...Object.entries(controls).flatMap(([arm, { stages }]) => stages.map((_, i) => `controls.${arm}.stages.${i}`)),
  ];
  return [
    ...['nLayer=1', 'nHead=2', 'nEmbd=16', 'nPositions=224'].map((size) => `model.${size}`),
    'tokenizer.vocabSize=300',
    'engine.threads=1',
    ...places.flatMap((at) => [
      `${at}.steps=${STEPS}`,
      `${at}.batchSize=4`,
      `${at}.evalEverySteps=2`,
      `${at}.saveEverySteps=2`,
    ]),
    'reawaken.prompts=3',
    'reawaken.relearn.steps=2',
    'reawaken.relearn.evalEverySteps=1',
    'reawaken.examples.rows=2',
    'reawaken.examples.steps=1',
    ...evals.map((_, i) => `evals.${i}.prompts=4`),
  ];
}

export const small = (text: string, file: string, set: readonly string[] = []): Experiment =>
  resolveExperiment(text, file, { set: [...shrink(text, file), ...set] }, tables);

export const newFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-test-'));

interface RunOptions {
  readonly onProgress?: (event: Progress, stop: () => void) => void;
}

export function run(experiment: Experiment, dir: string, { onProgress }: RunOptions = {}): Promise<Results> {
  const controller = new AbortController();
  const io = {
    signal: controller.signal,
    progress: (event: Progress) => onProgress?.(event, () => controller.abort()),
  };
  return runExperiment({ experiment, tables, dir, command: 'dormouse run test.yaml', io });
}

/** Every file under a folder, as text that can be compared. */
export function contents(dir: string): Record<string, string> {
  const names = fs.readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => fs.statSync(path.join(dir, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, fs.readFileSync(path.join(dir, name)).toString('latin1')]));
}

export const removeFolder = (dir: string): void => fs.rmSync(dir, { recursive: true, force: true });
