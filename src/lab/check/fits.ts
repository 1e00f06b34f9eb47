import os from 'node:os';
import type { Arm } from '../assemble/arm.ts';
import { UserError } from '../../lib/errors.ts';
import { bind, isOf } from '../../lib/table.ts';
import type { Bound } from '../../lib/table.ts';
import type { Experiment } from '../experiment/types.ts';
import { parameterCount, pretrained } from '../../nn/models/index.ts';
import type { Tables } from '../tables.ts';
import { loraParams, withAdapter } from '../../nn/models/lora.ts';
import type { Bench } from '../assemble/prepare.ts';
import { isTraining } from '../stages/types.ts';
import type { StageDefinition, StepCost } from '../stages/types.ts';
import type { TrainingOptions } from '../../nn/training/loop.ts';
import { evaluationBytes, heldBytes, trainingBytes } from './memory.ts';
import type { StepSize } from './memory.ts';

/** Node, the libraries, the corpus and the compiled programs, before any model. */
const PROCESS_BYTES = 350e6;
/** Left to the rest of the machine. */
const SPARE = 0.1;

/** The settings of a stage that decide on its memory. */
type MemoryOptions = Pick<TrainingOptions, 'batchSize' | 'accumulate' | 'optimizer' | 'lora'>;

/** What a machine has, or a container lets a process have. */
export const machineBytes = (): number => {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem();
};

/** Peak of a process that trains and measures with these settings, on batches of these shapes. */
export function stageBytes(model: Bench['model'], options: MemoryOptions, shapes: StepCost['shapes']): number {
  const { optimizer, accumulate, lora } = options;
  const step = { model: lora ? withAdapter(model, lora) : model, optimizer, accumulate };
  const longest = Math.max(1, ...shapes.map(([, T]) => T));
  const training = shapes.map(([B, T]) => trainingBytes({ ...step, B, T } satisfies StepSize));
  return PROCESS_BYTES + Math.max(...training, heldBytes(step) + evaluationBytes(model, longest));
}

/** Peak of a process that changes the weights at one stroke: before, after, and a copy. */
export const surgeryBytes = (model: Bench['model']): number => PROCESS_BYTES + 3 * 4 * parameterCount(model);

/** The first change that would do, as it stands in an experiment file. */
export function remedy(
  model: Bench['model'],
  options: MemoryOptions,
  shapes: StepCost['shapes'],
  available: number,
): string | undefined {
  const { batchSize, accumulate } = options;
  const lora = loraParams.parse({});
  const parts: number[] = [];
  for (let part = 2; batchSize % part === 0; part *= 2) parts.push(part);
  const fits = (part: number, changed: MemoryOptions): boolean =>
    stageBytes(
      model,
      { ...changed, accumulate: accumulate * part },
      shapes.map(([B, T]) => [Math.ceil(B / part), T]),
    ) <= available;
  const inParts = (changed: MemoryOptions): string | undefined => {
    const part = parts.find((some) => fits(some, changed));
    return part === undefined ? undefined : `batchSize: ${batchSize / part} and accumulate: ${accumulate * part}`;
  };
  const smaller = inParts(options);
  if (smaller !== undefined || options.lora) return smaller;
  if (fits(1, { ...options, lora })) return `lora: { rank: ${lora.rank} }`;
  const both = inParts({ ...options, lora });
  return both === undefined ? undefined : `lora: { rank: ${lora.rank} }, ${both}`;
}

/**
 * What no data would make fit, known from the experiment alone: its weights, and one row of the smallest vocabulary.
 *
 * @throws UserError (exit code 2) as `expectFits` does.
 */
export function expectPossible(
  { model: choice }: Pick<Experiment, 'model'>,
  arms: readonly Arm[],
  tables: Pick<Tables, 'models'>,
  available = (1 - SPARE) * machineBytes(),
): void {
  const bound = bind(tables.models, choice, 'model');
  if (isOf(bound, pretrained)) return;
  const model = bound.definition.create(bound.params, FEWEST_TOKENS);
  for (const { name, stages } of arms)
    for (const stage of stages.filter(isTraining)) {
      const bytes = stageBytes(model, stage.params, [[1, 2]]);
      if (bytes > available) throw tooMuch(`${name}: ${stage.kind}`, bytes, available, smallerAlone(stage.params));
    }
}

const smallerAlone = ({ lora }: Pick<TrainingOptions, 'lora'>): string =>
  `only a smaller model${lora ? ' or a lower lora.rank' : ''} would fit`;

/** Of any tokenizer that is trained here. */
const FEWEST_TOKENS = 261;

const tooMuch = (what: string, bytes: number, available: number, advice: string): UserError =>
  new UserError(`${what} needs about ${gib(bytes)} of memory, and ${gib(available)} can be had; ${advice}`, 2);

/**
 * @throws UserError (exit code 2) naming the first stage that the machine's memory cannot hold, and the setting that would do.
 */
export async function expectFits(
  arms: readonly Arm[],
  bench: Bench,
  available = (1 - SPARE) * machineBytes(),
): Promise<void> {
  for (const arm of arms) for (const stage of arm.stages) await expectStageFits(arm, stage, bench, available);
}

async function expectStageFits(
  { name, role, payload }: Arm,
  stage: Bound<StageDefinition>,
  bench: Bench,
  available: number,
): Promise<void> {
  if (!isTraining(stage)) return;
  const { definition, params: options } = stage;
  const { model } = bench;
  // no batch is larger than this one, and most experiments are far below: nothing more need be known of them
  const most: StepCost['shapes'] = [[2 * options.batchSize, model.nPositions]];
  if (stageBytes(model, options, most) <= available) return;
  const data = { ...bench, rng: bench.rng.fork(`estimate/${role}/${stage.kind}`), payload };
  const { shapes } = await definition.cost(options, data);
  const bytes = stageBytes(model, options, shapes);
  if (bytes <= available) return;
  const found = remedy(model, options, shapes, available);
  const advice = found === undefined ? smallerAlone(options) : `it would fit with ${found}`;
  throw tooMuch(`${name}: ${stage.kind}`, bytes, available, advice);
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
