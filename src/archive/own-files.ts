import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../lib/errors.ts';
import { isLeftover, listFolder, remove } from '../lib/files.ts';

/** What the kit writes into a folder, by its place there: `--fresh` deletes that and nothing else. */
export interface Layout {
  readonly files: readonly RegExp[];
  /** Written and deleted as a whole. */
  readonly folders: readonly RegExp[];
  /** Hold some of the above, and may hold what is not ours. */
  readonly around: readonly RegExp[];
}

/** What whole folders hold. */
const INSIDE =
  /^(DONE|(state|base|tokenizer|tokenizer_config|adapter_config)\.json|(tensors|model|adapter_model)\.safetensors)$/;

/** Of a run with these arms; `experiment.yaml` aside, which says whose folder it is. */
export function runLayout(arms: readonly string[]): Layout {
  const arm = `(${arms.map((name) => name.replaceAll(/[^\w-]/g, '\\$&')).join('|')})`;
  const at = (...places: string[]): RegExp[] => places.map((place) => new RegExp(`^(${place})$`));
  return {
    files: at(
      'DONE|results\\.json|report\\.html|profile\\.json',
      `${arm}/(DONE|README\\.md|merges\\.txt|chat_template\\.jinja|(metrics|evaluations)\\.jsonl)`,
      `${arm}/(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|dormouse|organism)\\.json`,
      `${arm}/model(-\\d{5}-of-\\d{5})?\\.safetensors(\\.index\\.json)?`,
    ),
    folders: at('tokenizer', 'kept/[0-9a-f]{16}', `${arm}/state/(start-)?\\d{8}`, `${arm}/adapters/\\d+-[\\w-]+`),
    around: at('kept', arm, `${arm}/(state|adapters)`),
  };
}

export interface Survey {
  /** Files and folders to delete, in an order that a kill may break off: an arm without its `DONE` is none. */
  readonly own: readonly string[];
  /** Folders to delete where nothing else is in them, the inner ones first. */
  readonly around: readonly string[];
  /** What is not ours, at the places that were looked at. */
  readonly foreign: readonly string[];
}

/** @throws UserError listing what is not ours where our own belongs: a link, a folder for a file, a file in a whole folder. */
export function survey(dir: string, layout: Layout): Survey {
  const [own, around, foreign, inTheWay]: [string[], string[], string[], string[]] = [[], [], [], []];
  const is = (kind: keyof Layout, place: string): boolean => layout[kind].some((pattern) => pattern.test(place));
  const look = (below: string): void => {
    for (const entry of fs.readdirSync(path.join(dir, below), { withFileTypes: true })) {
      const place = path.posix.join(below, entry.name);
      if (isLeftover(entry.name)) own.push(place);
      else if (is('files', place)) (entry.isFile() ? own : inTheWay).push(place);
      else if (is('folders', place)) {
        const strange = entry.isDirectory()
          ? listFolder(path.join(dir, place)).filter((name) => !INSIDE.test(name))
          : [''];
        if (strange.length === 0) own.push(place);
        inTheWay.push(...strange.map((name) => path.posix.join(place, name)));
      } else if (is('around', place)) {
        if (!entry.isDirectory()) inTheWay.push(place);
        else {
          look(place);
          around.push(place);
        }
      } else if (!['.lock', 'experiment.yaml', 'grid.json'].includes(place)) foreign.push(place);
    }
  };
  look('');
  if (inTheWay.length > 0)
    throw new UserError(`${dir} holds what dormouse did not write there: ${inTheWay.join(', ')}; move it away first`);
  own.sort((a, b) => Number(path.basename(b) === 'DONE') - Number(path.basename(a) === 'DONE'));
  return { own, around, foreign };
}

/** Deletes what is our own. */
export function clear(dir: string, { own, around }: Survey): void {
  for (const place of own) remove(path.join(dir, place));
  for (const place of around) removeEmpty(path.join(dir, place));
}

export function removeEmpty(dir: string): void {
  if (fs.readdirSync(dir).length === 0) fs.rmdirSync(dir);
}
