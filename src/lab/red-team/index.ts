import { z } from 'zod';
import { bind, choiceSchema } from '../../lib/table.ts';
import type { Choice } from '../../lib/table.ts';
import { nearTriggers } from './near-triggers.ts';
import { promptWriter } from './prompt-writer.ts';
import { templates } from './templates.ts';
import { tokenSearch } from './token-search.ts';
import type { Attacker, AttackCost, AttackerDefinition, AttackTools } from './types.ts';

/** Who can be sent against a model. One file each; one line here. */
export const attackers = {
  templates,
  'prompt-writer': promptWriter,
  'token-search': tokenSearch,
  'near-triggers': nearTriggers,
};
const table: Readonly<Record<string, AttackerDefinition>> = attackers;

const KINDS = Object.keys(attackers) as (keyof typeof attackers)[];
const choice = choiceSchema(attackers);

/** An attacker in an experiment file, by its kind alone or with its settings. */
export const attackerParams = z
  .union([z.enum(KINDS), choice])
  .transform((chosen): Choice => choice.parse(typeof chosen === 'string' ? { kind: chosen } : chosen));

/** An attacker, told no more than it may know. */
export function createAttacker(chosen: Choice, tools: AttackTools): Attacker {
  const { definition, params } = bind(table, chosen, 'attacker');
  const { isBlind } = definition;
  return { isBlind, ...definition.create(params, isBlind ? { ...tools, nearTriggers: [] } : tools) };
}

/** What one round of an attacker computes, the samples that judge it left out. */
export function attackCost(chosen: Choice, count: number): AttackCost {
  const { definition, params } = bind(table, chosen, 'attacker');
  return definition.cost?.(params, count) ?? { replies: 0, scored: 0, trained: 0 };
}

export { createCampaign } from './campaign.ts';
export type { Campaign } from './campaign.ts';
export { SAMPLES } from './target.ts';
export type { Attacker, AttackTools, Find } from './types.ts';
