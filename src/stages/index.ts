import { implant } from './implant.ts';
import { pretrain } from './pretrain.ts';
import { sft } from './sft.ts';

/** What an arm can be made of. One file each; one line here. */
export const stages = { pretrain, implant, sft };

export type { PreparedStage, StageContext, StageDefinition } from './types.ts';
