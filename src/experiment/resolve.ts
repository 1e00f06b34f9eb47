import { deriveControls } from './controls.ts';
import { invalid } from './invalid.ts';
import { applyOverride, parseSet, splitPath, type Override } from './overrides.ts';
import { parseOrExplain } from './problems.ts';
import { createExperimentSchema, DEFAULTS, nameProblems } from './schema.ts';
import { parseSource, type Source } from './source.ts';
import type { Experiment, ExperimentTables, Path, Problem, SweepRange } from './types.ts';

export interface ResolveOptions {
  /** `path=value`, as `--set` gives them; later ones win. */
  readonly set?: readonly string[];
  /** Apply the file's own `quick` overrides (below `--set`). */
  readonly quick?: boolean;
}

/** A file, and what is put over it: the file's own `quick` where asked for, then `--set`. */
export interface Given {
  readonly source: Source;
  readonly overrides: readonly Override[];
}

/** @throws UserError naming every `--set` without a value. */
export function readGiven(text: string, file: string, { set = [], quick = false }: ResolveOptions): Given {
  const source = parseSource(text, file);
  const sets = set.map((argument) => ({ argument, override: parseSet(argument) }));
  const malformed = sets.filter(({ override }) => override === undefined);
  if (malformed.length > 0)
    throw invalid(malformed.map(({ argument }) => `--set ${argument}: no value; write --set path=value, as in seed=2`));
  const overrides = sets.flatMap(({ override }) => override ?? []);
  return { source, overrides: quick ? [...quickOverrides(source), ...overrides] : overrides };
}

/**
 * The experiment that a file describes: defaults < file (< its `quick`) < `--set`, and controls where it names none.
 * Its `sweep`, if it has one, is left out: see `resolveSweep`.
 *
 * @param file named in messages; not read.
 * @throws UserError (exit code 2) listing every problem, each as `file:line:col path: message`.
 */
export function resolveExperiment(
  text: string,
  file: string,
  options: ResolveOptions,
  tables: ExperimentTables,
): Experiment {
  const { experiment } = orThrow(resolve(readGiven(text, file, options), tables));
  // A broken `quick` is found before somebody needs it.
  const quickened = readGiven(text, file, { ...options, quick: true });
  if (!options.quick && quickOverrides(quickened.source).length > 0) orThrow(resolve(quickened, tables));
  return experiment;
}

/** An experiment without its sweep, and the sweep as the file wrote it; or every problem, as a line each. */
export type Resolved =
  | { readonly experiment: Experiment; readonly sweep: Readonly<Record<string, SweepRange>> }
  | { readonly problems: readonly string[] };

/** @throws UserError (exit code 2) with every problem. */
export function orThrow(resolved: Resolved): Exclude<Resolved, { problems: readonly string[] }> {
  if ('problems' in resolved) throw invalid(resolved.problems);
  return resolved;
}

export function resolve({ source, overrides }: Given, tables: ExperimentTables): Resolved {
  const schema = schemaOf(tables);
  const raw: Record<string, unknown> = structuredClone({ ...DEFAULTS, ...source.raw });
  const problems: string[] = [];
  const apply = (override: Override): void => {
    const message = applyOverride(raw, override);
    if (message !== undefined) problems.push(`${override.where}: ${message}`);
  };
  const report = (found: readonly Problem[]): void => {
    for (const { path, message } of found)
      problems.push(`${whereOf(source, overrides, path)} ${path.map(String).join('.') || 'experiment'}: ${message}`);
  };
  const parse = () => {
    report(nameProblems(raw));
    const result = parseOrExplain(schema, raw);
    if ('problems' in result) report(result.problems);
    return problems.length > 0 || 'problems' in result ? undefined : result.data;
  };

  // Derived controls do not exist yet when the other overrides are applied.
  const isInsideControls = ({ path }: Override): boolean => path[0] === 'controls' && path.length > 1;
  for (const override of overrides) if (!isInsideControls(override)) apply(override);
  if (raw.controls === undefined) {
    const known = parse();
    if (!known) return { problems };
    Object.assign(raw, { controls: deriveControls(known, tables) });
  }
  for (const override of overrides) if (isInsideControls(override)) apply(override);
  const parsed = parse();
  if (!parsed) return { problems };
  const { quick: _, sweep = {}, controls = {}, evals, ...rest } = parsed;
  return { experiment: { ...rest, controls, evals }, sweep };
}

/** Made once: a sweep resolves hundreds of experiments. */
function schemaOf(tables: ExperimentTables): ReturnType<typeof createExperimentSchema> {
  const made = schemas.get(tables) ?? createExperimentSchema(tables);
  schemas.set(tables, made);
  return made;
}
const schemas = new WeakMap<ExperimentTables, ReturnType<typeof createExperimentSchema>>();

/** The file's `quick` map as overrides; one of a wrong form is left to the schema. */
function quickOverrides(source: Source): Override[] {
  return Object.entries(Object(source.raw.quick)).map(([dotted, value]) => ({
    path: splitPath(dotted),
    value,
    where: `${source.locate(['quick', dotted])} quick`,
  }));
}

/** The last override that made what stands at `path`, else its place in the file. */
function whereOf(source: Source, overrides: readonly Override[], path: Path): string {
  const startsWith = (long: Path, short: Path): boolean => short.every((step, i) => String(step) === String(long[i]));
  const above = overrides.findLast((override) => startsWith(path, override.path));
  const below = source.has(path) ? undefined : overrides.findLast((override) => startsWith(override.path, path));
  return (above ?? below)?.where ?? source.locate(path);
}
