/** The process that makes one measurement, so that its peak memory is its own. Started by run-child.ts. */
import { createEngine } from '../../engine/index.ts';
import type { Engine } from '../../engine/index.ts';
import { messageOf, UserError } from '../../lib/errors.ts';
import { timeGemm } from './gemm.ts';
import { timeGeneration } from './generate.ts';
import type { Answer, Request } from './run-child.ts';
import { timeTraining } from './train.ts';
import type { Measured, Note, Tasks } from './types.ts';

const measurements: {
  readonly [K in keyof Tasks]: (engine: Engine, task: Tasks[K], note: Note) => Promise<Measured[K]>;
} = { gemm: timeGemm, train: timeTraining, generate: timeGeneration };

const answer = (message: Answer): void => void process.send?.(message);

async function measure<K extends keyof Tasks>({ kind, task, engine: choice }: Request<K>): Promise<Measured[K]> {
  const engine = await createEngine(choice);
  const value = await measurements[kind](engine, task, (text) => answer({ note: text }));
  await engine.dispose();
  return value;
}

process.on('disconnect', () => process.exit()); // whoever asked is gone
try {
  answer({ value: await measure(JSON.parse(process.argv[2]!) as Request<keyof Tasks>) });
} catch (error) {
  answer({ error: messageOf(error), ...(error instanceof UserError && { exitCode: error.exitCode }) });
}
process.disconnect();
