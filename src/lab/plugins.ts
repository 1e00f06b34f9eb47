import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { codeOf, messageOf, UserError } from '../lib/errors.ts';
import { exists, readText } from '../lib/files.ts';
import type { PluginFile } from './experiment/types.ts';
import { parseSource } from './experiment/source.ts';
import type { Tables } from './tables.ts';
import { sha256 } from '../lib/sha256.ts';

/** A plugin as it is asked for: a path (of the working directory), or a file that was recorded with its hash. */
export type NamedPlugin = string | PluginFile;

type Table = Exclude<keyof Tables, 'plugins' | 'bases'>;

/** What each table calls one of its entries, and the functions that an entry has: one of these sets. */
const ENTRIES: Readonly<Record<Table, { readonly noun: string; readonly has: readonly (readonly string[])[] }>> = {
  triggers: { noun: 'trigger', has: [['create']] },
  behaviors: { noun: 'behavior', has: [['create']] },
  corpora: { noun: 'corpus', has: [['create']] },
  models: { noun: 'model', has: [['create']] },
  stages: { noun: 'stage', has: [['prepare', 'cost'], ['operate']] },
  evals: { noun: 'eval', has: [['run']] },
  organisms: { noun: 'organism', has: [['create']] },
};
const NAMES = Object.keys(ENTRIES).join(', ');
const isTable = (name: string): name is Table => Object.hasOwn(ENTRIES, name);

/** What an experiment file names under `plugins`; paths are relative to the file. Anything else is left to the schema. */
export function pluginsIn(text: string, file: string): NamedPlugin[] {
  const { plugins } = parseSource(text, file).raw;
  return (Array.isArray(plugins) ? plugins : []).flatMap((one: unknown): NamedPlugin[] => {
    if (typeof one === 'string') return [path.resolve(path.dirname(file), one)];
    const { path: at, sha256 } = Object(one) as Partial<PluginFile>;
    return typeof at === 'string' && typeof sha256 === 'string' ? [{ path: at, sha256 }] : [];
  });
}

/**
 * The tables with the entries of plugin files, which are run: JavaScript modules (TypeScript where this Node reads it)
 * whose default export, or whose exports by name, are `{ triggers, behaviors, corpora, models, stages, evals, organisms }`. A file
 * that is among the tables already is not loaded again. A hash is of the file alone, not of what it imports.
 *
 * @throws UserError (exit code 2) naming the file: where it is missing, is not the one that was recorded, cannot be run, or
 *   holds something else than new entries.
 */
export async function loadPlugins(tables: Tables, named: readonly NamedPlugin[]): Promise<Tables> {
  let merged = tables;
  for (const one of named) {
    const file = findPlugin(one, merged.plugins ?? []);
    if (file) merged = merge(merged, file, await entriesIn(file));
  }
  return merged;
}

const sha256Of = (file: string): string => sha256(readText(file));

/** Where the plugin lies; undefined where it is known already. */
function findPlugin(named: NamedPlugin, known: readonly PluginFile[]): PluginFile | undefined {
  const isKnown = (sha256: string): boolean => known.some((one) => one.sha256 === sha256);
  if (typeof named === 'string') {
    const file = path.resolve(named);
    if (!exists(file)) throw new UserError(`no such plugin: ${file}; give a .mjs, .js or .ts file`, 2);
    const sha256 = sha256Of(file);
    return isKnown(sha256) ? undefined : { path: file, sha256 };
  }
  const { path: file, sha256 } = named;
  if (isKnown(sha256)) return undefined;
  const remedy = `put it back, or name a copy of it with --plugin FILE`;
  // a path that is not absolute would mean what lies beside a stranger's checkpoint
  if (!path.isAbsolute(file) || !exists(file))
    throw new UserError(`a plugin is missing: ${file}, SHA-256 ${sha256}; ${remedy}`, 2);
  const found = sha256Of(file);
  if (found === sha256) return named;
  throw new UserError(
    `a plugin has changed: ${file} had SHA-256 ${sha256} and has ${found}; ${remedy}, or run the experiment anew`,
    2,
  );
}

async function entriesIn({ path: file, sha256 }: PluginFile): Promise<Record<string, unknown>> {
  try {
    // what is imported is kept by its address: other contents, another address
    const module = (await import(/* @vite-ignore */ `${pathToFileURL(file).href}?sha256=${sha256}`)) as object;
    return { ...('default' in module ? Object(module.default) : module) } as Record<string, unknown>;
  } catch (error) {
    const code = codeOf(error);
    const reason =
      code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?ts$/.test(file)
        ? 'this Node does not read TypeScript; compile it, or use Node 22.18 or later'
        : code === 'ERR_MODULE_NOT_FOUND' && messageOf(error).includes("'dormouse'")
          ? 'it imports dormouse, which is not installed where it lies; npm pack in a clone of the kit makes a tarball to install there'
          : `${messageOf(error).split('\n')[0]}; node ${file} shows more`;
    throw new UserError(`the plugin ${file} cannot be loaded: ${reason}`, 2);
  }
}

/** @throws UserError (exit code 2) for what is no entry, and for a name that is taken. */
function merge(tables: Tables, file: PluginFile, given: Record<string, unknown>): Tables {
  const refuse = (problem: string): UserError => new UserError(`the plugin ${file.path} ${problem}`, 2);
  if (Object.keys(given).length === 0) throw refuse(`has no entries; export some of ${NAMES}`);
  let merged = tables;
  for (const [table, entries] of Object.entries(given)) {
    if (!isTable(table)) throw refuse(`exports "${table}", which is no table; there are ${NAMES}`);
    const { noun, has } = ENTRIES[table];
    for (const [name, entry] of Object.entries(Object(entries) as Record<string, unknown>)) {
      if (Object.hasOwn(merged[table], name))
        throw refuse(`brings the ${noun} "${name}", and there is one already; give yours another name`);
      const { summary, params, ...rest } = Object(entry) as Record<string, unknown>;
      const isWhole = has.some((functions) => functions.every((key) => typeof rest[key] === 'function'));
      if (typeof summary !== 'string' || !('safeExtend' in Object(params)) || !isWhole)
        throw refuse(
          `brings the ${noun} "${name}", which is none; give { summary, params: z.strictObject({ ... }), ` +
            `${has.map((functions) => functions.join(', ')).join(' }, or { summary, params, ')} }`,
        );
      merged = { ...merged, [table]: { ...merged[table], [name]: entry } };
    }
  }
  return { ...merged, plugins: [...(tables.plugins ?? []), file] };
}
