import path from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { exists, listFolder, readJson, readText } from '../../lib/files.ts';
import { KIT } from '../../lib/kit.ts';
import { nearest } from '../../lib/table.ts';
import type { Schema } from './describe.ts';

/** Where the kit's own experiments lie. */
const SHIPPED = path.join(KIT, 'scripts/experiments');

export interface ShippedExperiment {
  /** What `dormouse run` takes for it. */
  readonly name: string;
  readonly file: string;
  /** The comment at its head. */
  readonly summary: string;
}

/** The experiments that come with the kit. */
export const shippedExperiments = (): ShippedExperiment[] =>
  listFolder(SHIPPED)
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => {
      const file = path.join(SHIPPED, name);
      return { name: name.replace(/\.ya?ml$/, ''), file, summary: firstComment(readText(file)) };
    });

/** The JSON Schema of an experiment file, as `npm run schema` wrote it. */
export const shippedSchema = (): Schema => readJson(path.join(SHIPPED, 'experiment.schema.json')) as Schema;

function firstComment(text: string): string {
  const [comment = ''] = /^(#.*\n)*/.exec(text.replace(/^# yaml-language-server:.*\n/, '')) ?? [];
  const lines = comment.split('\n').map((line) => line.replace(/^#\s?/, ''));
  const end = lines.findIndex((line) => line === '' || line.startsWith('Run it'));
  return lines.slice(0, end < 0 ? undefined : end).join(' ');
}

/**
 * The text of an experiment file, or of a shipped experiment by its bare name.
 *
 * @throws UserError (exit code 2) naming the nearest shipped one.
 */
export function readExperimentFile(file: string): string {
  const shipped = shippedExperiments();
  if (!exists(file)) {
    const named = shipped.find(({ name }) => name === file);
    if (named) return readText(named.file);
    const names = shipped.map(({ name }) => name);
    const near = nearest(path.basename(file).replace(/\.ya?ml$/, ''), names);
    throw new UserError(
      `no such experiment: ${file}; ${near === undefined ? '' : `did you mean ${near}? `}` +
        `give a file, or one of the kit's: ${names.join(', ')}`,
      2,
    );
  }
  return readText(file);
}
