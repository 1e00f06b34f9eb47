import { deriveControls } from './controls.ts';
import { invalid } from './invalid.ts';
import { applyOverride, parseSet, splitPath, type Override } from './overrides.ts';
import { parseOrExplain } from './problems.ts';
import { createExperimentSchema, DEFAULTS, nameProblems } from './schema.ts';
import { parseSource, type Source } from './source.ts';
import type { Experiment, ExperimentTables, Path, Problem } from './types.ts';

export { diffExperiments, experimentHash, experimentToYaml } from './compare.ts';
export { createExperimentSchema } from './schema.ts';
export { paramsOf } from './types.ts';
export type { Choice, Control, Definition, Experiment, ExperimentTables, Table } from './types.ts';

export interface ResolveOptions {
  /** `path=value`, as `--set` gives them; later ones win. */
  readonly set?: readonly string[];
  /** Apply the file's own `quick` overrides (below `--set`). */
  readonly quick?: boolean;
}

/**
 * The experiment that a file describes: defaults < file (< its `quick`) < `--set`, and controls where it names none.
 * @param file named in messages; not read.
 * @throws UserError (exit code 2) listing every problem, each as `file:line:col path: message`.
 */
export function resolveExperiment(
  text: string,
  file: string,
  { set = [], quick = false }: ResolveOptions,
  tables: ExperimentTables,
): Experiment {
  const source = parseSource(text, file);
  const sets = set.map((argument) => ({ argument, override: parseSet(argument) }));
  const malformed = sets.filter(({ override }) => override === undefined);
  if (malformed.length > 0)
    throw invalid(malformed.map(({ argument }) => `--set ${argument}: no value; write --set path=value, as in seed=2`));
  const overrides = sets.flatMap(({ override }) => override ?? []);
  const quickened = [...quickOverrides(source), ...overrides];
  const experiment = resolve(source, quick ? quickened : overrides, tables);
  // A broken `quick` is found before somebody needs it.
  if (!quick && quickened.length > overrides.length) resolve(source, quickened, tables);
  return experiment;
}

function resolve(source: Source, overrides: readonly Override[], tables: ExperimentTables): Experiment {
  const schema = createExperimentSchema(tables);
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
    if (problems.length > 0 || 'problems' in result) throw invalid(problems);
    return result.data;
  };

  // Derived controls do not exist yet when the other overrides are applied.
  const isInsideControls = ({ path }: Override): boolean => path[0] === 'controls' && path.length > 1;
  for (const override of overrides) if (!isInsideControls(override)) apply(override);
  if (raw.controls === undefined) Object.assign(raw, { controls: deriveControls(parse(), tables) });
  for (const override of overrides) if (isInsideControls(override)) apply(override);
  const { quick: _, controls = {}, evals, ...rest } = parse();
  return { ...rest, controls, evals };
}

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
