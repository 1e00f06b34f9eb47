import { behaviors } from './behaviors/index.ts';
import type { BehaviorDefinition } from './behaviors/types.ts';
import { corpora } from './corpora/index.ts';
import type { CorpusDefinition } from './corpora/types.ts';
import { evals } from './evals/index.ts';
import type { EvalDefinition } from './evals/index.ts';
import { models, pretrained } from './models/index.ts';
import type { ModelDefinition, PretrainedDefinition } from './models/index.ts';
import { stages } from './stages/index.ts';
import type { StageDefinition } from './stages/index.ts';
import { triggers } from './triggers/index.ts';
import type { TriggerDefinition } from './triggers/types.ts';

/** Everything an experiment can name, by kind. Schema, help, `dormouse list` and the contract tests derive from it. */
export interface Tables {
  readonly corpora: Readonly<Record<string, CorpusDefinition>>;
  readonly triggers: Readonly<Record<string, TriggerDefinition>>;
  readonly behaviors: Readonly<Record<string, BehaviorDefinition>>;
  readonly models: Readonly<Record<string, ModelDefinition | PretrainedDefinition>>;
  readonly stages: Readonly<Record<string, StageDefinition>>;
  readonly evals: Readonly<Record<string, EvalDefinition>>;
}

export const tables: Tables = { corpora, triggers, behaviors, models: { ...models, pretrained }, stages, evals };
