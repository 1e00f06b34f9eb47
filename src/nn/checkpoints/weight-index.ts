import fs from 'node:fs';
import path from 'node:path';
import { quoted, UserError } from '../../lib/errors.ts';
import { exists, listFolder, readText } from '../../lib/files.ts';
import { isObject, some } from './safetensors/header.ts';
import { parseStrictJson } from './safetensors/json.ts';

export const WEIGHTS = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';

/** Files that run code when they are opened. */
const PICKLE = /^(pytorch_model.*|.*\.(bin|pt|pth|pkl|ckpt))$/;
/** A shard's name is a name, not a path. */
const SHARD = /^\w[\w.-]{0,200}\.safetensors$/;
const MAX_INDEX = 16 * 2 ** 20;
const MAX_SHARDS = 1000;

/** The files that hold a folder's weights. */
export interface WeightFiles {
  readonly files: readonly string[];
  /** Which of them each tensor is in, where an index says so. */
  readonly fileOf?: ReadonlyMap<string, string>;
}

/**
 * `model.safetensors`, or else the shards that `model.safetensors.index.json` names.
 * @throws UserError where there are none, or where one of them is not a plain file in the folder.
 */
export function findWeights(dir: string): WeightFiles {
  if (exists(path.join(dir, WEIGHTS))) {
    expectInside(dir, WEIGHTS);
    return { files: [WEIGHTS] };
  }
  if (!exists(path.join(dir, INDEX))) throw noWeights(dir);
  expectInside(dir, INDEX);
  const fileOf = readIndex(path.join(dir, INDEX));
  const files = [...new Set(fileOf.values())].sort();
  const missing = files.filter((file) => !exists(path.join(dir, file)));
  if (missing.length > 0)
    throw new UserError(`${path.join(dir, INDEX)} names files that are not there: ${some(missing)}; get them too`);
  for (const file of files) expectInside(dir, file);
  return { files, fileOf };
}

function noWeights(dir: string): UserError {
  const pickle = listFolder(dir).find((name) => PICKLE.test(name));
  return new UserError(
    pickle === undefined
      ? `no weights in ${dir}: it holds neither ${WEIGHTS} nor ${INDEX}; give a folder that does`
      : `${path.join(dir, pickle)} is a pickle, which can run code when it is opened, so it is not; ` +
          `convert it: AutoModelForCausalLM.from_pretrained(DIR).save_pretrained(NEW, safe_serialization=True) in Python`,
  );
}

/**
 * A link may not lead out of the folder; except in the Hugging Face cache, where the files of `snapshots/COMMIT` are links
 * into `blobs` beside it.
 */
function expectInside(dir: string, name: string): void {
  const file = path.join(dir, name);
  const real = fs.realpathSync(file);
  const home = fs.realpathSync(dir);
  const isSnapshot = path.basename(path.dirname(home)) === 'snapshots';
  const folders = [home, ...(isSnapshot ? [path.resolve(home, '../../blobs')] : [])];
  if (!folders.includes(path.dirname(real)))
    throw new UserError(`${file} is a link that leads out of its folder, to ${real}; put the file itself there`);
  if (!fs.statSync(real).isFile()) throw new UserError(`${file} is not a file; put the weights there`);
}

function readIndex(file: string): Map<string, string> {
  const wrong = (problem: string): UserError => new UserError(`corrupt index ${file}: ${problem}; get it again`);
  const { size } = fs.statSync(file);
  if (size > MAX_INDEX) throw wrong(`it has ${size} bytes; at most ${MAX_INDEX} make sense`);
  let json: unknown;
  try {
    json = parseStrictJson(readText(file), 3);
  } catch (error) {
    throw error instanceof SyntaxError ? wrong(`it ${error.message}`) : error;
  }
  const map = isObject(json) ? json.weight_map : undefined;
  if (!isObject(map) || Object.keys(map).length === 0) throw wrong('it has no weight_map');
  const fileOf = new Map<string, string>();
  for (const [name, shard] of Object.entries(map)) {
    if (typeof shard !== 'string' || !SHARD.test(shard))
      throw wrong(
        `${quoted(name)} is in ${quoted(String(shard))}, which is not the name of a .safetensors file in the folder`,
      );
    fileOf.set(name, shard);
  }
  const shards = new Set(fileOf.values()).size;
  if (shards > MAX_SHARDS) throw wrong(`it names ${shards} files; at most ${MAX_SHARDS} make sense`);
  return fileOf;
}

/** Does every shard hold the tensors that the index says it does, and no others? */
export function expectIndexed(
  dir: string,
  file: string,
  names: Iterable<string>,
  fileOf: ReadonlyMap<string, string>,
): void {
  const found = new Set(names);
  const promised = [...fileOf].flatMap(([name, shard]) => (shard === file ? [name] : []));
  const missing = promised.filter((name) => !found.has(name));
  const extra = [...found].filter((name) => fileOf.get(name) !== file);
  const problems = [
    ...(missing.length > 0 ? [`it lacks ${some(missing.map(quoted))}`] : []),
    ...(extra.length > 0 ? [`it holds ${some(extra.map(quoted))}, which the index does not place there`] : []),
  ];
  if (problems.length > 0)
    throw new UserError(`${path.join(dir, file)} is not what ${INDEX} says: ${problems.join('; ')}; get both again`);
}
