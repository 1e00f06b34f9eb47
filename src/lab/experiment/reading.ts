import { applyOverride, type Override } from './overrides.ts';
import type { Source } from './source.ts';
import type { Path, Problem } from './types.ts';

/** A file, and what is put over it: the file's own variants where asked for, then `--set`. */
export interface Given {
  readonly source: Source;
  readonly overrides: readonly Override[];
}

/** An experiment's values while it is read, and what is wrong with them, a line each. */
export interface Reading {
  readonly raw: Record<string, unknown>;
  readonly problems: string[];
  apply(override: Override): void;
  report(found: readonly Problem[]): void;
}

export function startReading({ source, overrides }: Given, defaults: Readonly<Record<string, unknown>>): Reading {
  const raw: Record<string, unknown> = structuredClone({ ...defaults, ...source.raw });
  const problems: string[] = [];
  return {
    raw,
    problems,
    apply(override) {
      const message = applyOverride(raw, override);
      if (message !== undefined) problems.push(`${override.where}: ${message}`);
    },
    report(found) {
      for (const { path, message } of found)
        problems.push(`${whereOf(source, overrides, path)} ${path.map(String).join('.') || 'experiment'}: ${message}`);
    },
  };
}

/** The last override that made what stands at `path`, else its place in the file. */
function whereOf(source: Source, overrides: readonly Override[], path: Path): string {
  const startsWith = (long: Path, short: Path): boolean => short.every((step, i) => String(step) === String(long[i]));
  const above = overrides.findLast((override) => startsWith(path, override.path));
  const below = source.has(path) ? undefined : overrides.findLast((override) => startsWith(override.path, path));
  return (above ?? below)?.where ?? source.locate(path);
}
