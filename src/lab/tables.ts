import { behaviors } from '../world/behaviors/index.ts';
import type { BehaviorDefinition } from '../world/behaviors/types.ts';
import { corpora } from '../world/corpora/index.ts';
import type { CorpusDefinition } from '../world/corpora/types.ts';
import { evals } from './evals/index.ts';
import type { PluginFile } from './experiment/types.ts';
import type { EvalDefinition } from './evals/types.ts';
import { models, pretrained } from '../nn/models/index.ts';
import type { ModelDefinition, PretrainedDefinition } from '../nn/models/index.ts';
import { organisms } from '../organisms/index.ts';
import type { OrganismDefinition } from '../organisms/types.ts';
import { stages } from './stages/index.ts';
import type { StageDefinition } from './stages/types.ts';
import { triggers } from '../world/triggers/index.ts';
import type { TriggerDefinition } from '../world/triggers/types.ts';

/** Everything an experiment can name, by kind. Schema, help, `dormouse list` and the contract tests derive from it. */
export interface Tables {
  readonly corpora: Readonly<Record<string, CorpusDefinition>>;
  readonly triggers: Readonly<Record<string, TriggerDefinition>>;
  readonly behaviors: Readonly<Record<string, BehaviorDefinition>>;
  readonly models: Readonly<Record<string, ModelDefinition | PretrainedDefinition>>;
  readonly stages: Readonly<Record<string, StageDefinition>>;
  readonly evals: Readonly<Record<string, EvalDefinition>>;
  readonly organisms: Readonly<Record<string, OrganismDefinition>>;
  /** The folder of the shipped bases; absent: the kit's own. */
  readonly bases?: string;
  /** The files whose entries are among them; see plugins.ts. */
  readonly plugins?: readonly PluginFile[];
}

export const tables: Tables = {
  corpora,
  triggers,
  behaviors,
  models: { ...models, pretrained },
  stages,
  evals,
  organisms,
};
