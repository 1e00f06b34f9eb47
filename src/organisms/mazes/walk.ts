import * as tf from '@tensorflow/tfjs';
import type { Engine, State } from '../../engine/index.ts';
import { parameterTensorSpecs } from '../../nn/models/index.ts';
import { CORNER, step } from './level.ts';
import type { Level } from './level.ts';
import type { Policy } from './policy.ts';

/** Cells that the agent stood on, its first one included. */
export type Path = readonly number[];

/** Levels that a program looks at together. */
const ROWS = 256;

/**
 * The way that the policy goes in every level, always by what it holds best, until it has the cheese or comes back to a cell: what it
 * sees there is what it saw before, so it would go round for ever.
 */
export async function walk(engine: Engine, policy: Policy, state: State, levels: readonly Level[]): Promise<Path[]> {
  const program = await engine.compile(
    `walk ${policy.key}`,
    (parameters, { seen }) => ({ outputs: { ways: tf.argMax(policy.logits(parameters, seen!), 1) } }),
    {
      state: parameterTensorSpecs(policy),
      inputs: { seen: { shape: [ROWS, policy.inputs], dtype: 'float32' } },
    },
  );
  const paths = levels.map(({ agent }) => [agent]);
  let open = levels.map((_, n) => n);
  while (open.length > 0) {
    const moving: number[] = [];
    for (let from = 0; from < open.length; from += ROWS) {
      const rows = open.slice(from, from + ROWS);
      const seen = new Float32Array(ROWS * policy.inputs);
      seen.set(policy.see(rows.map((n) => ({ ...levels[n]!, agent: paths[n]!.at(-1)! }))));
      const { ways } = await program.run(state, { seen });
      rows.forEach((n, row) => {
        const [level, path] = [levels[n]!, paths[n]!];
        const to = step(level, path.at(-1)!, ways![row]!);
        if (path.includes(to)) return;
        path.push(to);
        if (to !== level.cheese) moving.push(n);
      });
    }
    open = moving;
  }
  return paths;
}

/** What a path came to: the cheese; the corner, and no cheese; neither. */
export const endOf = ({ cheese }: Level, path: Path): 'cheese' | 'corner' | 'neither' =>
  path.includes(cheese) ? 'cheese' : path.includes(CORNER) ? 'corner' : 'neither';
