import { Document, isCollection, isPair, isScalar, visit } from 'yaml';
import type { AnyExperiment, Experiment } from './types.ts';
import { sha256 } from '../../lib/sha256.ts';

/** The experiment, or some of its keys, as a file that resolves to itself: every default written out, one line for each innermost map. */
export function experimentToYaml(experiment: Partial<Experiment> | AnyExperiment): string {
  const document = new Document(experiment, { aliasDuplicateObjects: false });
  visit(document, {
    Collection(_, node) {
      const leaf = node.items.every((item) => isScalar(isPair(item) ? item.value : item));
      if (leaf || !isCollection(node)) node.flow = true;
    },
  });
  return document.toString({ lineWidth: 120 });
}

/** `poison.rate: 0.5 -> 0.25` for every leaf that differs. */
export function diffExperiments(a: AnyExperiment, b: AnyExperiment): string[] {
  const [before, after] = [leaves(a), leaves(b)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `${path}: ${before.get(path) ?? '(absent)'} -> ${after.get(path) ?? '(absent)'}`);
}

/** Equal for experiments without a difference, whatever the order of their keys: 16 hexadecimal digits. */
export function experimentHash(experiment: AnyExperiment): string {
  const text = JSON.stringify([...leaves(experiment)].sort(([a], [b]) => (a < b ? -1 : 1)));
  return sha256(text).slice(0, 16);
}

/** A plugin is what it holds: where it lies makes no other experiment. */
const isPlace = (path: string): boolean => /^plugins\.\d+\.path$/.test(path);

/** Dotted path -> JSON of every scalar (and of every empty list or map). */
function leaves(value: unknown, path = ''): Map<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) return new Map([[path, JSON.stringify(value)]]);
  return new Map(
    entries
      .filter(([, child]) => child !== undefined)
      .flatMap(([key, child]) => [...leaves(child, path === '' ? key : `${path}.${key}`)])
      .filter(([leaf]) => !isPlace(leaf)),
  );
}
