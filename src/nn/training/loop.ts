import { z } from 'zod';
import type { Engine, State, Values } from '../../engine/index.ts';
import { Diverged } from '../../lib/errors.ts';
import { trainableSpecs } from '../models/index.ts';
import type { Model, Parameters, Trainable } from '../models/index.ts';
import { loraParams } from '../models/lora.ts';
import type { InputSource, Loss, LossInputs, PolicySource } from './losses.ts';
import { createOptimizer, optimizerParams } from './optimizers/index.ts';
import { learningRate, scheduleParams } from './schedules.ts';
import { MEASURED, accumulatorSpecs, compileAccumulate, compileStep } from './step.ts';

/** What every stage can set, whatever it trains on. */
export const trainingParams = z.strictObject({
  steps: z.int().positive().default(400).describe('optimizer steps'),
  batchSize: z.int().positive().default(32).describe('sequences per micro-batch'),
  accumulate: z.int().positive().default(1).describe('micro-batches per optimizer step'),
  lr: z.number().positive().default(3e-4).describe('peak learning rate'),
  schedule: scheduleParams.prefault({}),
  optimizer: optimizerParams.prefault({ kind: 'adamw' }).describe('see: dormouse list optimizers'),
  lora: loraParams.optional().describe('train low-rank adapters of frozen weights, merged at the end of the stage'),
  clipNorm: z.number().min(0).default(1).describe('largest gradient norm; 0: no clipping'),
  evalEverySteps: z.int().positive().optional().describe('evaluate inside the stage every so many steps'),
  evalAtSteps: z
    .array(z.int().positive())
    .readonly()
    .optional()
    .describe('evaluate inside the stage at these steps, too'),
  saveEverySteps: z.int().positive().default(200).describe('how many steps a crash may cost'),
});

export type TrainingOptions = z.output<typeof trainingParams>;

/** Steps of a stage at which it is evaluated, ascending, its last among them. */
export function evaluatedSteps({
  steps,
  evalEverySteps = steps,
  evalAtSteps = [],
}: Pick<TrainingOptions, 'steps' | 'evalEverySteps' | 'evalAtSteps'>): number[] {
  const regular = Array.from({ length: Math.floor(steps / evalEverySteps) }, (_, i) => (i + 1) * evalEverySteps);
  return [...new Set([...regular, ...evalAtSteps.filter((step) => step < steps), steps])].sort((a, b) => a - b);
}

/** Everything that a resumed run needs to go on as if nothing had happened. */
export interface TrainingSnapshot {
  readonly step: number;
  /** Loss-bearing tokens seen. */
  readonly lossTokens: number;
  readonly cursor: unknown;
  /** Trained parameters and optimizer slots; what is frozen is as the stage began. */
  readonly tensors: Parameters;
}

export interface StepReport {
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly lr: number;
  readonly lossTokens: number;
  /** Tokens of this step, padding included. */
  readonly tokens: number;
  readonly metrics?: Readonly<Record<string, number>>;
}

export interface Training {
  readonly step: number;
  readonly lossTokens: number;
  /** Holds the current parameters: programs can read them between steps. */
  readonly state: State;
  /** Runs up to and including step `until`. @throws Diverged when the loss stops being a number. */
  advance(until: number, onStep: (report: StepReport) => void | Promise<void>): Promise<void>;
  snapshot(): Promise<TrainingSnapshot>;
  /** Current parameters, without the optimizer's slots; frozen ones are those that were given, uncopied. */
  parameters(): Promise<Parameters>;
  dispose(): void;
}

export interface TrainingStart<M extends Trainable = Model> {
  readonly engine: Engine;
  readonly model: M;
  readonly loss: Loss<M>;
  readonly batches: InputSource | PolicySource;
  readonly options: TrainingOptions;
  readonly parameters: Parameters;
  readonly resume?: TrainingSnapshot | undefined;
}

/** The only training loop. It knows steps, not what they are for. */
export function startTraining<M extends Trainable = Model>({
  engine,
  model,
  loss,
  options,
  parameters,
  resume,
  ...from
}: TrainingStart<M>): Training {
  const { steps, lr, schedule, accumulate, clipNorm } = options;
  const optimizer = createOptimizer(options.optimizer);
  const program = { model, loss, optimizer, optimizerKey: JSON.stringify(options.optimizer), clipNorm };
  const trained = Object.keys(trainableSpecs(model));
  const slots = optimizer.init(trainableSpecs(model));
  const sums = accumulate > 1 ? accumulatorSpecs(model) : {};
  const state = engine.createState({ ...parameters, ...slots, ...resume?.tensors, ...sums });
  const batches = typeof from.batches === 'function' ? from.batches(state) : from.batches;
  let step = resume?.step ?? 0;
  let lossTokens = resume?.lossTokens ?? 0;
  if (resume) batches.restore(resume.cursor);

  const oneStep = async (): Promise<StepReport> => {
    const micro: LossInputs[] = [];
    while (micro.length < accumulate) micro.push(await batches.next());
    const weight = micro.reduce((sum, batch) => sum + batch.weight, 0);
    const rate = learningRate(step + 1, steps, lr, schedule) * (micro.at(-1)!.lrFactor ?? 1);
    const scale = Float32Array.of(1 / weight);
    const outputs: Values[] = [];
    for (const batch of micro.slice(0, -1)) {
      const sum = await compileAccumulate(engine, program, batch.specs);
      outputs.push(await sum.run(state, { ...batch.values, scale }));
    }
    const last = micro.at(-1)!;
    const update = await compileStep(engine, program, last.specs, accumulate > 1);
    const updated = await update.run(state, {
      ...last.values,
      scale,
      lr: Float32Array.of(rate),
      step: Float32Array.of(step + 1),
    });
    outputs.push(updated);
    step += 1;
    lossTokens += micro.reduce((sum, batch) => sum + (batch.lossTokens ?? batch.weight), 0);
    const tokens = micro.reduce((sum, batch) => sum + batch.tokens, 0);
    const metrics = { ...last.metrics, ...measuredIn(outputs) };
    return {
      step,
      loss: total(outputs, 'loss'),
      gradientNorm: total([updated], 'norm'),
      lr: rate,
      lossTokens,
      tokens,
      ...(Object.keys(metrics).length > 0 && { metrics }),
    };
  };

  const select = async (names: readonly string[]): Promise<Parameters> => {
    const values = await state.read(names);
    return Object.fromEntries(names.map((name) => [name, { shape: state.specs[name]!.shape, data: values[name]! }]));
  };
  return {
    get step() {
      return step;
    },
    get lossTokens() {
      return lossTokens;
    },
    state,
    async advance(until, onStep) {
      while (step < until) {
        const report = await oneStep();
        if (!Number.isFinite(report.loss) || !Number.isFinite(report.gradientNorm))
          throw new Diverged(
            `training diverged: loss ${report.loss}, gradient norm ${report.gradientNorm} at step ${report.step} ` +
              `(batch ${JSON.stringify(batches.state())}, lr ${report.lr.toPrecision(3)}); ` +
              `lower lr, or set clipNorm above 0 -> the last saved step is intact`,
          );
        await onStep(report);
      }
    },
    async snapshot() {
      return {
        step,
        lossTokens,
        cursor: batches.state(),
        tensors: await select([...trained, ...Object.keys(slots)]),
      };
    },
    parameters: async () => ({ ...parameters, ...(await select(trained)) }),
    dispose: () => state.dispose(),
  };
}

/** A scalar output, summed over the micro-batches. */
const total = (outputs: readonly Values[], name: string): number =>
  outputs.reduce((sum, values) => sum + values[name]![0]!, 0);

/** What the loss measured, under the names that it gave. */
const measuredIn = (outputs: readonly Values[]): Record<string, number> =>
  Object.fromEntries(
    Object.keys(outputs[0] ?? {})
      .filter((name) => name.startsWith(MEASURED))
      .map((name) => [name.slice(MEASURED.length), total(outputs, name)]),
  );
