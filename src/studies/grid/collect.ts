import { emergenceOf } from '../../results/emergence.ts';
import { mainEffects } from '../../results/main-effects.ts';
import type { MainEffect, Observation } from '../../results/main-effects.ts';
import { groupBy } from '../../lib/group.ts';
import { createRng } from '../../lib/rng.ts';
import type { GridCell, GridEffect, GridResults, GridRow } from '../../report/grid/types.ts';
import { isAsr, mainArms, unknownBeyond } from '../../results/select.ts';
import { COLUMNS } from '../../report/table.ts';
import { isOfOrganism } from '../../lab/experiment/types.ts';
import type { Results } from '../../results/types.ts';
import { mergeSeeds } from './merge.ts';
import { shortNames, valueLabel } from './plan.ts';
import type { Plan, PlannedCell } from './plan.ts';
import { defined } from '../../lib/defined.ts';
import type { Job, JobOutcome } from './types.ts';

/** A cell, and what its finished jobs found: all seeds as one. */
interface Found {
  readonly cell: GridCell;
  readonly merged: Results | undefined;
}

/** One table of all cells, and what attack success depends on. Pure: equal jobs give equal results. */
export function collectGrid(plan: Plan, outcomes: readonly JobOutcome[], command: string): GridResults {
  const byJob = new Map(outcomes.map((outcome) => [outcome.job, outcome]));
  const names = shortNames(plan.axes);
  const axes = plan.axes.map(({ path, values }, i) => ({ path, name: names[i]!, values: values.map(valueLabel) }));
  const paths = axes.map(({ path }) => path);
  const found = plan.cells.map((cell) => findingsOf(cell, byJob, command));
  const first = outcomes.find(({ results }) => results)?.results;
  const { experiment } = plan.jobs[0]!;
  return {
    format: 'dormouse-sweep-2',
    name: experiment.name,
    trigger: first?.trigger ?? (isOfOrganism(experiment) ? '' : experiment.trigger.kind),
    behavior: first?.behavior ?? (isOfOrganism(experiment) ? experiment.organism.kind : experiment.behavior.kind),
    axes,
    seeds: plan.seeds,
    cells: found.map(({ cell }) => cell),
    rows: found.flatMap(({ merged }, i) => (merged ? rowsOf(merged, i, plan.seeds.length) : [])),
    effects: effectsOf(found, paths, plan.seeds.length),
    emergence: emergenceOf(organismsIn(plan, byJob)),
    command,
    versions: first?.versions ?? {},
  };
}

function findingsOf({ settings, jobs }: PlannedCell, outcomes: ReadonlyMap<Job, JobOutcome>, command: string): Found {
  const ended = jobs.flatMap((job) => outcomes.get(job) ?? []);
  const results = ended.flatMap((outcome) => outcome.results ?? []);
  const missing = ended
    .filter((outcome) => !outcome.results)
    .map(({ job, state, error }) => ({ seed: job.experiment.seed, why: error?.split('\n')[0] ?? state }));
  const seeds = results.flatMap((one) => one.seeds);
  const merged = results.length > 0 ? mergeSeeds(results, command) : undefined;
  const verdicts = (merged?.verdicts ?? []).map(({ arm, verdict, reason }) => ({ arm, verdict, reason }));
  const values = Object.values(settings).map(valueLabel);
  return { cell: { values, seeds, verdicts, missing, ...defined({ remarks: merged?.remarks }) }, merged };
}

/** @param planned seeds: a cell that has one of several says nothing of the others */
const rowsOf = (results: Results, cell: number, planned: number): GridRow[] =>
  mainArms(results).flatMap(({ name, role }) =>
    COLUMNS.flatMap(({ title, pick }): GridRow[] => {
      const found = pick(results, name);
      const point = found?.seeds === 1 && planned > 1 ? unknownBeyond(found) : found;
      if (!point) return [];
      const { unit, value, low, high, n, seeds } = point;
      return [{ cell, arm: name, role, metric: title, unit, value, low, high, n, seeds }];
    }),
  );

/** Of the organism, for what the implant depends on, and of every intervention, for what is left depends on. */
function effectsOf(found: readonly Found[], paths: readonly string[], seeds: number): GridResults['effects'] {
  const arms = new Map(
    found.flatMap(({ merged }) => merged?.arms ?? []).map(({ name, role }) => [name, role] as const),
  );
  const measured = [...arms].filter(([, role]) => role === 'organism' || role === 'intervention');
  return measured.flatMap(([arm, role]) => {
    const observations = found.flatMap(({ cell, merged }) => observationsOf(arm, paths, cell, merged));
    const swept = paths.filter(
      (path) =>
        new Set(observations.map(({ levels }) => levels[path])).size > 1 && (role !== 'organism' || !LATER.test(path)),
    );
    if (swept.length === 0) return [];
    const effects = mainEffects(observations, swept, { rng: createRng(`main effects/${arm}`), seeds });
    return [{ arm, role, effects: effects.map(gridEffect).sort((a, b) => (b.share ?? 0) - (a.share ?? 0)) }];
  });
}

/** Every organism once: cells that differ in what comes after it have the same. */
function organismsIn({ cells }: Plan, outcomes: ReadonlyMap<Job, JobOutcome>): Results[] {
  const runs = cells.flatMap(({ settings, jobs }) => {
    const before = Object.entries(settings).filter(([path]) => !LATER.test(path));
    return jobs.flatMap((job) => {
      const results = outcomes.get(job)?.results;
      return results ? [{ key: JSON.stringify([before, job.experiment.seed]), results }] : [];
    });
  });
  return [...groupBy(runs, ({ key }) => key).values()].map(([first]) => first!.results);
}

/** What comes after the organism cannot matter to it. */
const LATER = /^(interventions|controls|reawaken|evals)\b/;

function observationsOf(arm: string, paths: readonly string[], cell: GridCell, merged?: Results): Observation[] {
  const levels = Object.fromEntries(paths.map((path, i) => [path, cell.values[i]!]));
  const found = (merged?.rows ?? []).filter((row) => row.arm === arm && row.final && isAsr(row));
  return found.map((row) => ({ levels, seed: row.seed, sample: row }));
}

const gridEffect = ({ factor, levels, ...effect }: MainEffect): GridEffect => ({
  axis: factor,
  levels: levels.map(({ level, value, low, high, observations }) => ({ level, value, low, high, n: observations })),
  ...effect,
});
