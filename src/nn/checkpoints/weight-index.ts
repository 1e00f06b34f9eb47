import fs from 'node:fs';
import path from 'node:path';
import { expectWithin } from '../../lib/caps.ts';
import { quoted, UserError } from '../../lib/errors.ts';
import { exists, listFolder, readText } from '../../lib/files.ts';
import type { FileRef } from '../../lib/files.ts';
import { expectInside } from '../../lib/regular-file.ts';
import { isObject, some } from './safetensors/header.ts';
import { parseStrictJson } from './safetensors/json.ts';

export const WEIGHTS = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';

/** Files that run code when they are opened. */
const PICKLE = /^(pytorch_model.*|.*\.(bin|pt|pth|pkl|ckpt))$/;
/** A shard's name is a name, not a path. */
const SHARD = /^\w[\w.-]{0,200}\.safetensors$/;

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
export function findWeights(dir: string, at: (name: string) => FileRef): WeightFiles {
  if (exists(path.join(dir, WEIGHTS))) {
    expectInside(dir, WEIGHTS);
    return { files: [WEIGHTS] };
  }
  if (!exists(path.join(dir, INDEX))) throw noWeights(dir);
  expectInside(dir, INDEX);
  const fileOf = readIndex(path.join(dir, INDEX), at(INDEX));
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

function readIndex(file: string, ref: FileRef): Map<string, string> {
  const wrong = (problem: string): UserError => new UserError(`corrupt index ${file}: ${problem}; get it again`);
  expectWithin('indexBytes', fs.statSync(file).size, `corrupt index ${file}: its bytes`);
  let json: unknown;
  try {
    json = parseStrictJson(readText(ref), 3);
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
  expectWithin('shards', new Set(fileOf.values()).size, `corrupt index ${file}: the files that it names`);
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
