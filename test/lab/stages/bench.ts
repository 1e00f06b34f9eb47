import { prepare } from '../../../src/lab/assemble/prepare.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { tables } from '../../../src/lab/tables.ts';
import { tiny } from '../../tiny.ts';

/** Scenario, tokenizer and a tiny model, as a run would make them; `set` as `--set` takes it. */
export const smallBench = (set: readonly string[] = []): Promise<Bench> =>
  prepare(tiny({ poison: { rate: 0.5, nearTriggers: 0.2 } }, set), tables);
