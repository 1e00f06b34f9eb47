import path from 'node:path';
import type { BaseCache } from './context.ts';
import type { Bench } from '../assemble/prepare.ts';
import { encodeSafetensors, readSafetensors } from '../../nn/checkpoints/safetensors/index.ts';
import { isShipped } from '../experiment/shipped-base.ts';
import type { Experiment } from '../experiment/types.ts';
import { readJson } from '../../lib/files.ts';
import { isSealed, openSealed, writeSealedFolder } from '../../lib/sealed.ts';
import { sha256 } from '../../lib/sha256.ts';

const PROBED_ROWS = 500;
const WEIGHTS = 'model.safetensors';
const ABOUT = 'base.json';

/** Equal for experiments whose bases can be one: what comes after the base is left out. */
export function baseKey({ corpus, trigger, behavior, tokenizer, model, engine, base, seed }: Experiment): string {
  if (isShipped(base)) return digest(base);
  return digest({ corpus, trigger, behavior, tokenizer, model, engine, base, seed });
}

/** The base of an experiment, shared in `dir` with every other that would train the very same. */
export function sharedBases(dir: string, experiment: Experiment, { tokenizer, scenario }: Bench): BaseCache {
  // what the key cannot show: the tokenizer as trained, and the rows that fit into the context
  const rows = scenario.cleanExamples('train', PROBED_ROWS).map(({ prompt, completion }) => [prompt, completion]);
  const key = digest({ key: baseKey(experiment), tokenizer: tokenizer.files(), rows });
  const folder = path.join(dir, key);
  return {
    find() {
      if (!isSealed(folder)) return undefined;
      const { at } = openSealed(folder);
      const { steps, lossTokens } = readJson(at(ABOUT)) as { steps: number; lossTokens: number };
      return { parameters: readSafetensors(at(WEIGHTS)), steps, lossTokens };
    },
    put({ parameters, steps, lossTokens }) {
      if (isSealed(folder)) return; // another machine was quicker, with the same
      const about = JSON.stringify({ steps, lossTokens }) + '\n';
      try {
        writeSealedFolder(folder, { [WEIGHTS]: encodeSafetensors(parameters), [ABOUT]: about });
      } catch (error) {
        if (!isSealed(folder)) throw error; // quicker by less than that
      }
    },
  };
}

const digest = (value: unknown): string => sha256(JSON.stringify(value)).slice(0, 16);
