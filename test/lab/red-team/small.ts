import { createScenario } from '../../../src/world/scenario/scenario.ts';
import type { Scenario } from '../../../src/world/scenario/scenario.ts';
import type { Engine } from '../../../src/engine/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters } from '../../../src/nn/models/index.ts';
import { attackers, createAttacker } from '../../../src/lab/red-team/index.ts';
import type { Attacker, AttackTools } from '../../../src/lab/red-team/index.ts';
import type { TargetParts } from '../../../src/lab/red-team/target.ts';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { triggers } from '../../../src/world/triggers/index.ts';

export type Kind = keyof typeof attackers;

/** Settings with which an attacker takes no time. */
export const SMALL: Readonly<Record<Kind, object>> = {
  templates: {},
  'prompt-writer': { steps: 12, generations: 1, tuneSteps: 1, written: 2, lr: 0.02 },
  'token-search': { length: 2, sweeps: 1, candidates: 4, probes: 2, searches: 2 },
  'near-triggers': {},
};

/** The bench's scenario with the default trigger of another family. */
export const withTrigger = ({ scenario }: Bench, kind: keyof typeof triggers): Scenario => {
  const { params, create } = triggers[kind];
  const trigger = (create as (given: unknown) => Scenario['trigger'])(params.parse({}));
  return createScenario({ ...scenario, trigger });
};

export const toolsOf = ({ model, tokenizer }: Bench, scenario: Scenario, engine: Engine): AttackTools => ({
  ...{ engine, model, tokenizer, parameters: initParameters(model, createRng('writer')) },
  nearTriggers: scenario.trigger.nearTriggers,
});

export const smallAttacker = (kind: Kind, tools: AttackTools, settings: object = {}): Attacker =>
  createAttacker({ kind, ...SMALL[kind], ...settings }, tools);

/** A model under attack: matrices larger than at the start of a training, so that tokens make a difference. */
export function targetParts({ model, tokenizer }: Bench, scenario: Scenario, engine: Engine): TargetParts {
  const initial = Object.entries(initParameters(model, createRng('target')));
  const loud = initial.map(([name, { shape, data }]) => {
    const factor = shape.length === 2 ? 8 : 1;
    return [name, { shape, data: data.map((value) => factor * value) }] as const;
  });
  const state = engine.createState(Object.fromEntries(loud));
  return { generator: { engine, model, state }, tokenizer, scenario, maxNewTokens: 2 };
}
