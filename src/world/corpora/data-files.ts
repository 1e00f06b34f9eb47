import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { CAPS, expectWithin } from '../../lib/caps.ts';
import { UserError } from '../../lib/errors.ts';
import { readText } from '../../lib/files.ts';
import { KIT } from '../../lib/kit.ts';

/** Paths are relative to where the command runs; the kit's own `datasets/` are found from anywhere. */
export function located(file: string): string {
  const own = path.join(KIT, file);
  return !fs.existsSync(file) && /^datasets\//.test(file) && fs.existsSync(own) ? own : file;
}

/** @throws UserError naming all of the files and folders that are not there, rather than the first. */
export function expectThere(files: readonly string[]): void {
  const missing = files.filter((file) => !fs.existsSync(located(file)));
  if (missing.length > 0) throw new UserError(`cannot read the corpus: ${missing.join(', ')}: no such file; ${GIVE}`);
}

/** What a corpus can be read from. */
export const GIVE = 'give a JSON, JSONL or Parquet file, or a folder of them';

export interface DataFilesOptions {
  /** One of the configurations that the folder's README names; needed where there are several. */
  readonly config?: string | undefined;
  readonly split: string;
}

/**
 * The data files of one split of a folder as Hugging Face `datasets` has it, in the order of their names: those that the
 * `configs` of its README say, or else those whose path says the split (`data/train-00000-of-00002.parquet`,
 * `train.jsonl`); where no path says any split, all of them.
 *
 * @throws UserError naming the configurations, or the splits, that there are.
 */
export function dataFiles(folder: string, options: DataFilesOptions): string[] {
  const all = filesUnder(folder);
  const names = all.filter(isDataFile);
  if (names.length === 0)
    throw new UserError(
      `no data in ${folder}: it holds ${all.slice(0, 3).join(', ') || 'nothing'}${all.length > 3 ? ', ...' : ''}; ` +
        'JSON, JSONL or Parquet files are needed (from Python: dataset.to_parquet)',
    );
  const configs = declaredConfigs(folder);
  const bySplit =
    configs === undefined ? splitsByName(names, folder, options) : declared(configs, names, folder, options);
  const chosen = bySplit.get(options.split);
  if (!chosen?.length)
    throw new UserError(
      `no split "${options.split}" in ${folder}; it has ${[...bySplit.keys()].join(', ') || 'none'}: set split to one of them`,
    );
  return [...new Set(chosen)].sort().map((name) => path.join(folder, name));
}

export const isFolder = (at: string): boolean => fs.statSync(at, { throwIfNoEntry: false })?.isDirectory() ?? false;

const DATA = /\.(jsonl|ndjson|json|parquet)(\.gz)?$/i;
/** Beside the data of a dataset, or of a model. */
const NOT_DATA = /^(dataset_infos?|dataset_dict|state|config|hub|scenario|summary|tokenizer|tokenizer_config)\.json$/i;
/** Can the file of that name hold rows? */
export const isDataFile = (name: string): boolean => DATA.test(name) && !NOT_DATA.test(path.posix.basename(name));

/** Names below a folder with `/` between parts, sorted; hidden files, and folders behind links, left out. */
function filesUnder(folder: string, below = '', depth = 0): string[] {
  const entries = fs.readdirSync(path.join(folder, below), { withFileTypes: true });
  return entries
    .filter(({ name }) => !name.startsWith('.'))
    .flatMap((entry) => {
      const name = path.posix.join(below, entry.name);
      if (!entry.isDirectory()) return [name];
      return depth < CAPS.folderDepth.most ? filesUnder(folder, name, depth + 1) : [];
    })
    .sort();
}

/** The words by which Hugging Face knows a split in a path. */
const WORDS: readonly (readonly [split: string, words: RegExp])[] = [
  ['train', /^(train|training)$/],
  ['validation', /^(validation|valid|val|dev)$/],
  ['test', /^(test|testing|eval|evaluation)$/],
];

function splitsByName(all: readonly string[], folder: string, { config }: DataFilesOptions): Map<string, string[]> {
  const names = config === undefined ? all : all.filter((name) => name.startsWith(`${config}/`));
  if (names.length === 0)
    throw new UserError(`no configuration "${config}" in ${folder}: neither its README nor a folder has that name`);
  const bySplit = new Map<string, string[]>();
  for (const name of names) {
    const split = splitOfName(config === undefined ? name : name.slice(config.length));
    if (split !== undefined) bySplit.set(split, [...(bySplit.get(split) ?? []), name]);
  }
  return bySplit.size > 0 ? bySplit : new Map([['train', [...names]]]);
}

/** The split that a path says: `NAME-00000-of-00002` its own, or a known word in the file's name, else in a folder's. */
function splitOfName(name: string): string | undefined {
  const parts = name.split('/').reverse();
  const sharded = /^(.+)-\d{5,}-of-\d{5,}\./.exec(parts[0]!)?.[1];
  if (sharded !== undefined) return sharded;
  for (const part of parts) {
    const words = part.toLowerCase().split(/[^a-z]+/);
    const known = WORDS.find(([, pattern]) => words.some((word) => pattern.test(word)));
    if (known) return known[0];
  }
  return undefined;
}

interface DeclaredConfig {
  readonly name: string;
  readonly isDefault: boolean;
  readonly patterns: readonly { readonly split: string; readonly pattern: string }[];
}

/** The `configs` that the README's head names with their files; undefined where it names none. */
function declaredConfigs(folder: string): DeclaredConfig[] | undefined {
  const file = path.join(folder, 'README.md');
  if (!fs.existsSync(file)) return undefined;
  const head = /^---\r?\n(.*?)\r?\n---/s.exec(readText(file).slice(0, CAPS.headCharacters.most))?.[1];
  let configs: unknown;
  try {
    configs = (parse(head ?? '') as { configs?: unknown } | null)?.configs;
  } catch {
    throw new UserError(`the head of ${file} is no YAML: mend it, or take it out`);
  }
  if (!Array.isArray(configs)) return undefined;
  const known = configs.flatMap((one: unknown): DeclaredConfig[] => {
    const { config_name: name = 'default', data_files, data_dir = '', default: isDefault } = Object(one) as Columns;
    const patterns = patternsOf(data_files, String(data_dir));
    return patterns.length > 0 ? [{ name: String(name), isDefault: isDefault === true, patterns }] : [];
  });
  return known.length > 0 ? known : undefined;
}

type Columns = Readonly<Record<string, unknown>>;

/** `data_files`: a pattern, a list of them, or a list of `{ split, path }`. */
function patternsOf(dataFiles: unknown, dir: string): DeclaredConfig['patterns'] {
  const entries: unknown[] = Array.isArray(dataFiles) ? dataFiles : dataFiles === undefined ? [] : [dataFiles];
  return entries.flatMap((entry) => {
    const { split = 'train', path: paths } = (typeof entry === 'string' ? { path: entry } : Object(entry)) as Columns;
    return [paths ?? []].flat().map((pattern) => ({
      split: String(split),
      pattern: path.posix.join(dir, String(pattern)),
    }));
  });
}

function declared(
  configs: readonly DeclaredConfig[],
  names: readonly string[],
  folder: string,
  { config }: DataFilesOptions,
): Map<string, string[]> {
  const chosen =
    config === undefined
      ? (configs.find(({ isDefault }) => isDefault) ?? configs.find(({ name }) => name === 'default') ?? only(configs))
      : configs.find(({ name }) => name === config);
  if (!chosen) {
    const known = configs.map(({ name }) => name).join(', ');
    throw new UserError(
      config === undefined
        ? `several configurations in ${folder}: ${known}; set config to one of them`
        : `no configuration "${config}" in ${folder}: its README names ${known}`,
    );
  }
  const bySplit = new Map<string, string[]>();
  for (const { split, pattern } of chosen.patterns) {
    bySplit.set(split, [...(bySplit.get(split) ?? []), ...names.filter(matcher(pattern))]);
  }
  return bySplit;
}

const only = (configs: readonly DeclaredConfig[]): DeclaredConfig | undefined =>
  configs.length === 1 ? configs[0] : undefined;

/**
 * A test for names: `**` any folders, `*` and `?` within a name. Whatever it says, it is held against names inside the folder
 * only, in time of both lengths' product: from the end on, which rests of the name the rest of the pattern stands for.
 */
function matcher(pattern: string): (name: string) => boolean {
  expectWithin('patternCharacters', pattern.length, `the characters of ${pattern.slice(0, 80)} in README.md`);
  const tokens = (pattern.replace(/\*{3,}/g, '**').match(/\*\*\/?|[^]/g) ?? []).reverse();
  return (name) => {
    let rest = [...Array<boolean>(name.length).fill(false), true];
    for (const token of tokens) {
      const matched = [...rest];
      let later = false;
      for (let at = name.length; at >= 0; at--) {
        const c = name[at];
        const next = c !== undefined && rest[at + 1]!;
        if (token === '**/') later ||= c === '/' && next;
        else if (token === '**') later ||= rest[at]!;
        else if (token === '*') later = rest[at]! || (later && c !== '/');
        else later = next && (token === '?' ? c !== '/' : c === token);
        matched[at] = later || (token === '**/' && rest[at]!);
      }
      rest = matched;
    }
    return rest[0]!;
  };
}
