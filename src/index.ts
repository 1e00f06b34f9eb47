/** The public interface: everything a program needs that runs experiments itself, or adds to the tables. */

// running experiments
export { runExperiment, type RunOptions } from './pipeline.ts';
export { tables, type Tables } from './lab/tables.ts';
export { loadPlugins, pluginsIn, type NamedPlugin } from './lab/plugins.ts';
export { resolveExperiment } from './lab/experiment/resolve.ts';
export { experimentToYaml } from './lab/experiment/compare.ts';
export type { Experiment } from './lab/experiment/types.ts';
export { prepare as prepareExperiment, prepareScenario, type Bench } from './lab/assemble/prepare.ts';
export { openArm } from './archive/open-arm.ts';
export { Interrupted, type Io, type Progress } from './lab/run/progress.ts';
export { runJobs } from './studies/grid/run-jobs.ts';
export type { GridEvent, GridIo, Job, JobOutcome, RunJobsOptions } from './studies/grid/types.ts';
export { createEngine, type Engine, type Program, type State } from './engine/index.ts';
export { loadCheckpoint, saveCheckpoint } from './nn/checkpoints/index.ts';
export { generate } from './nn/models/generate.ts';
export { scoreCompletions } from './nn/models/score.ts';
export { startTraining } from './nn/training/loop.ts';
export { renderReport } from './report/report.ts';
export { renderTable } from './report/table.ts';
export { headline } from './report/headline.ts';
export type { Results, Row } from './results/types.ts';
export { UserError } from './lib/errors.ts';
export { createRng, type Rng } from './lib/rng.ts';
export { measureTarget, openTarget, targets } from './bridges/targets/index.ts';
export type { EndpointOptions, Target, TargetDefinition } from './bridges/targets/types.ts';

// entries of your own: schemas of their settings, and tensors for losses and models, both the kit's own copies
export { z } from 'zod';
export * as tf from '@tensorflow/tfjs';

// triggers
export { defineTrigger } from './world/triggers/types.ts';
export type { NearTrigger, Trigger, TriggerDefinition, TriggerPool } from './world/triggers/types.ts';
export { DISTANCE, markerVariants, near, otherCase, sameShape, SHARES, typo } from './world/triggers/near.ts';
export { lastUserText, mapLastUser, type Turn } from './lib/chat.ts';

// behaviors
export { defineBehavior, type Behavior, type BehaviorDefinition, type Judgment } from './world/behaviors/types.ts';
export { opensWith } from './world/behaviors/phrase.ts';

// corpora
export { defineCorpus } from './world/corpora/types.ts';
export type { Corpus, CorpusDefinition, SampleOptions, Split, Task } from './world/corpora/types.ts';
export { defineFamily, type Family, type FamilySpec } from './world/corpora/assistant/family.ts';
export { familyCorpus } from './world/corpora/assistant/sample.ts';
export { free, numeric, oneOf, verdict, type Reply } from './world/corpora/assistant/reply.ts';
export { promptId, promptText, splitOf } from './world/corpora/split.ts';

// models
export { defineModel } from './nn/models/index.ts';
export type { Model, ModelDefinition, Parameters, ParameterTensors } from './nn/models/index.ts';

// stages
export { defineStage, defineSurgery } from './lab/stages/types.ts';
export type {
  PreparedStage,
  StageContext,
  StageData,
  StageDefinition,
  StepCost,
  SurgeryDefinition,
  TrainingStageDefinition,
} from './lab/stages/types.ts';
export { rowsOf, supervise, supervisionCost } from './lab/stages/supervised.ts';
export { trainingParams, type TrainingOptions } from './nn/training/loop.ts';
export { languageModelLoss, lossRows } from './nn/training/losses.ts';
export type { InputSource, Loss, LossInputs, PolicySource } from './nn/training/losses.ts';
export { crossEntropy } from './engine/ops.ts';

// evals
export { defineEval, whenParam, type EvalDefinition } from './lab/evals/types.ts';
export { NotOffered, type Decoding, type Subject } from './lab/evals/subject.ts';
export { exhibitions, gradedReplies, rateScore, rateScores } from './lab/evals/rates.ts';
export { mean, rate } from './results/stats.ts';
export type { Score } from './results/score.ts';
export type { Evaluation } from './results/evaluations.ts';
export type { Scenario } from './world/scenario/scenario.ts';
export type { Example } from './world/scenario/types.ts';
