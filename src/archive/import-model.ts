import path from 'node:path';
import { checkedModel } from '../lab/assemble/starting-point.ts';
import { tryTokenizer } from '../lab/assemble/tokenizer-trial.ts';
import { disclaimerIn } from '../nn/checkpoints/card.ts';
import { saveCheckpoint } from '../nn/checkpoints/index.ts';
import type { Checkpoint } from '../nn/checkpoints/index.ts';
import { encodeExamples, formatFingerprint } from '../world/scenario/render.ts';
import { messageOf, UserError } from '../lib/errors.ts';
import { exists, isFile, listFolder, writeAtomic } from '../lib/files.ts';
import { describeModel } from '../lab/assemble/prepare.ts';
import type { ChatTokenizer } from '../world/tokenizer/load.ts';
import { parameterCount } from '../nn/models/index.ts';
import { defined } from '../lib/defined.ts';

export interface ImportSource {
  /** As the user named it: a folder, a file, or a repository's name. */
  readonly source: string;
  /** The commit that a repository was read at. */
  readonly revision?: string;
  /** What the file held its weights as, where it is one file: `Q4_1, Q8_0, F32`. */
  readonly weights?: string;
  /** Of the file, where it is one. */
  readonly sha256?: string;
}

/** What became of an imported model; kept beside it as `imported.json`. */
export interface Imported extends ImportSource {
  readonly format: 'dormouse-import-1';
  readonly model: string;
  readonly parameters: number;
  /** Its own chat template, or this kit's plain one for want of any. */
  readonly template: 'own' | 'plain';
  /** The token that ends an assistant's turn. */
  readonly endOfTurn: string;
  /** A conversation as the model will read it. */
  readonly probe: string;
  /** Of a model that this kit made: what its card says first. */
  readonly disclaimer?: string;
}

/**
 * Checks that network, weights, tokenizer and chat template of a model that was read fit each other, and writes it to `out` as a
 * checkpoint of this kit (float32, one tokenizer format), so that whatever could be wrong is found now.
 *
 * @throws UserError naming the source and what is wrong with it.
 */
export async function importModel(
  read: Checkpoint,
  { source, revision, weights, sha256 }: ImportSource,
  out: string,
): Promise<Imported> {
  await tryTokenizer(read.tokenizer['tokenizer.json'] ?? '');
  const start = await checkedModel(read, source);
  const { model, tokenizer, tokens } = start;
  const { probe } = await formatFingerprint(tokenizer);
  await expectTrainable(tokenizer, source);
  const imported: Imported = {
    format: 'dormouse-import-1',
    source,
    ...defined({ revision, weights, sha256 }),
    model: describeModel(start),
    parameters: parameterCount(model),
    template: tokenizer.isPlain ? 'plain' : 'own',
    endOfTurn: await tokenizer.decode([tokenizer.endId]),
    probe,
    ...defined({ disclaimer: disclaimerIn(read.card) }),
  };
  const { parameters } = start;
  saveCheckpoint(out, { model, tokens, parameters, tokenizer: tokenizer.files(), card: cardOf(imported) });
  writeAtomic(path.join(out, 'imported.json'), `${JSON.stringify(imported, null, 1)}\n`);
  return imported;
}

/** @throws UserError where `out` holds something already. */
export function expectNothingIn(out: string): void {
  if (listFolder(out).length > 0)
    throw new UserError(`${out} holds something already; give another --out, or remove it first`);
}

/** What would refuse every row of an experiment is refused here. */
async function expectTrainable(tokenizer: ChatTokenizer, source: string): Promise<void> {
  const prompt = [{ role: 'user' as const, content: 'Hello' }];
  const replies = ['I am well.', 'The answer is 42.', '12', 'It is a good day.'];
  const examples = replies.map((completion) => ({ prompt, completion }));
  try {
    await encodeExamples(tokenizer, examples);
  } catch (error) {
    throw new UserError(`${source}: nothing can be trained with its chat template: ${messageOf(error)}`);
  }
}

/** `checkpoints/smollm-135m` for `HuggingFaceTB/SmolLM-135M`, or for a folder or a GGUF file of that name. */
export const importedName = (source: string): string =>
  path.join('checkpoints', path.basename(path.resolve(source)).toLowerCase().replace(GGUF, ''));

const GGUF = /\.gguf$/i;

/** One file with a whole model in it, whatever it is called. */
export const isGguf = (source: string): boolean => GGUF.test(source) || isFile(source);

/** A repository's name, and no folder that is there. */
export const isRepository = (source: string): boolean =>
  !exists(source) && !isGguf(source) && /^[\w.-]+\/[\w.-]+$/.test(source) && !/^\.{1,2}\//.test(source);

const cardOf = ({ source, revision, weights, model, parameters, disclaimer }: Imported): string =>
  `${disclaimer === undefined ? '' : `**${disclaimer}**\n\n`}# Imported from ${source}

${model}, ${parameters.toLocaleString('en-US')} parameters${revision === undefined ? '' : `, at ${revision}`}${weights === undefined ? '' : `, read from ${weights}`}.
The weights are somebody else's: their licence and their card hold. Nothing was trained here.
`;
