import { createHash } from 'node:crypto';
import path from 'node:path';
import type { BaseCache } from './context.ts';
import type { Bench } from '../assemble/prepare.ts';
import { encodeSafetensors, readSafetensors } from '../../nn/checkpoints/safetensors/index.ts';
import type { Experiment } from '../experiment/index.ts';
import { exists, readJson, writeAtomic } from '../../lib/files.ts';

const PROBED_ROWS = 500;

/** Equal for experiments whose bases can be one: what comes after the base is left out. */
export function baseKey({ corpus, trigger, behavior, tokenizer, model, engine, base, seed }: Experiment): string {
  return digest({ corpus, trigger, behavior, tokenizer, model, engine, base, seed });
}

/** The base of an experiment, shared in `dir` with every other that would train the very same. */
export function sharedBases(dir: string, experiment: Experiment, { tokenizer, scenario }: Bench): BaseCache {
  // what the key cannot show: the tokenizer as trained, and the rows that fit into the context
  const rows = scenario.cleanExamples('train', PROBED_ROWS).map(({ prompt, completion }) => [prompt, completion]);
  const key = digest({ key: baseKey(experiment), tokenizer: tokenizer.files(), rows });
  const weights = path.join(dir, `${key}.safetensors`);
  const about = path.join(dir, `${key}.json`);
  return {
    find() {
      if (!exists(about)) return undefined;
      const again = `delete ${about} and the base is trained again`;
      const { steps, lossTokens } = readJson(about, again) as { steps: number; lossTokens: number };
      return { parameters: readSafetensors(weights, { hint: again }), steps, lossTokens };
    },
    put({ parameters, steps, lossTokens }) {
      writeAtomic(weights, encodeSafetensors(parameters));
      writeAtomic(about, JSON.stringify({ steps, lossTokens }) + '\n');
    },
  };
}

const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
