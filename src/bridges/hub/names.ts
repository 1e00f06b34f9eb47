import { quoted, UserError } from '../../lib/errors.ts';
import type { DownloadOptions, RepoType } from './types.ts';

/** A file of a repository, as the hub lists it. */
export interface RepoFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of its content (64 digits), or the name that git gives it (40). */
  readonly digest: string;
}

const REPO = /^(\w[\w.-]{0,95}\/)?\w[\w.-]{0,95}$/;
const REVISION = /^\w[\w./-]{0,199}$/;
const COMMIT = /^[0-9a-f]{40}$/;

export const isCommit = (revision: string): boolean => COMMIT.test(revision);

/** @throws UserError (exit code 2) for what is no repository's or no revision's name. */
export function expectNames(repo: string, revision: string): void {
  if (!REPO.test(repo) || repo.includes('..'))
    throw new UserError(`not a repository's name: ${JSON.stringify(repo)}; give OWNER/NAME`, 2);
  if (!REVISION.test(revision) || revision.includes('..'))
    throw new UserError(`not a revision: ${JSON.stringify(revision)}; give a branch, a tag or a commit`, 2);
}

/** What is downloaded where the caller does not choose. */
const DEFAULT_FILES: Readonly<Record<RepoType, RegExp>> = {
  model: new RegExp(
    '^((adapter_)?config|generation_config|(tokenizer|special_tokens_map|added_tokens|vocab|chat_template)' +
      '|tokenizer_config)\\.json$|^merges\\.txt$|^chat_template\\.jinja$|^(README|LICENSE)(\\.(md|txt))?$' +
      '|^(model|adapter_model|model-\\d{5}-of-\\d{5})\\.safetensors$|^model\\.safetensors\\.index\\.json$',
  ),
  dataset: /\.(jsonl|json|parquet|csv)$|^(README|LICENSE)(\.(md|txt))?$/,
};

/** Pickles and programs: whatever the caller asks for, these stay where they are. */
const RUNS_CODE =
  /\.(bin|pt|pth|pkl|pickle|ckpt|joblib|npy|npz|h5|keras|pyc?|ipynb|so|dll|dylib|exe|sh|bat|[cm]?[jt]s)$/i;
/** Shards beside the one file that holds the same. */
const SHARDS = /^model-\d{5}-of-\d{5}\.safetensors$|^model\.safetensors\.index\.json$/;
/** Ours, see record.ts. */
export const RECORD = 'hub.json';

/** May a file of that name be downloaded for this caller? */
export const isWanted = (name: string, { type, files }: Pick<DownloadOptions, 'type' | 'files'>): boolean =>
  !RUNS_CODE.test(name) && name !== RECORD && (files?.(name) ?? DEFAULT_FILES[type].test(name));

/** One part of a path that is the same plain name on every system. */
const PART = /^(?![.\s])[^\\/:*?"<>|\p{C}]{1,150}(?<![.\s])$/u;
const DEEPEST = 8;

/**
 * The files to download.
 * @throws UserError where there are none, where a name would leave the folder, where two names are one file on some systems.
 */
export function chooseFiles(all: readonly RepoFile[], options: DownloadOptions): RepoFile[] {
  const { repo, type, maxBytes = 50e9 } = options;
  const names = new Set(all.map(({ name }) => name));
  const isTwin = (name: string): boolean => type === 'model' && names.has('model.safetensors') && SHARDS.test(name);
  const chosen = all.filter(({ name }) => isWanted(name, options) && !isTwin(name));
  for (const { name } of chosen) {
    const parts = name.split('/');
    if (parts.length > DEEPEST || !parts.every((part) => PART.test(part)))
      throw new UserError(
        `${repo} names a file ${quoted(name)}, which is no plain name in a folder; nothing was downloaded`,
      );
  }
  if (new Set(chosen.map(({ name }) => name.toLowerCase())).size < chosen.length)
    throw new UserError(`${repo} has two files whose names differ by case alone; nothing was downloaded`);
  if (
    chosen.length === 0 ||
    (type === 'model' && options.files === undefined && !chosen.some(({ name }) => name.endsWith('.safetensors')))
  )
    throw new UserError(nothing(all, options));
  const bytes = chosen.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > maxBytes)
    throw new UserError(
      `${repo} is too large: ${gb(bytes)} to download, and the limit is ${gb(maxBytes)}; raise the limit or choose fewer files`,
    );
  return chosen;
}

export const gb = (bytes: number): string =>
  bytes < 1e6
    ? `${(bytes / 1e3).toFixed(1)} kB`
    : bytes < 1e9
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${(bytes / 1e9).toFixed(1)} GB`;

function nothing(all: readonly RepoFile[], { repo, type }: DownloadOptions): string {
  if (all.some(({ name }) => /\.(bin|pt|pth|ckpt)$/i.test(name)))
    return (
      `${repo} has its weights only as a pickle, which can run code when it is opened, so it is not downloaded; ` +
      'choose a revision or a copy with .safetensors files'
    );
  return `${repo} has none of the files of a ${type} that dormouse can use: ${all.length} files, none of them ${type === 'model' ? '.safetensors' : 'JSONL, JSON, CSV or Parquet'}`;
}
