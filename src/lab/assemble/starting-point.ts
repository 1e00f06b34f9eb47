import { loadCheckpoint } from '../../nn/checkpoints/index.ts';
import type { Checkpoint, SpecialTokens } from '../../nn/checkpoints/index.ts';
import { expectBase, isShipped, remedy } from '../experiment/shipped-base.ts';
import type { Experiment } from '../experiment/types.ts';
import { UserError } from '../../lib/errors.ts';
import { isSealed } from '../../lib/sealed.ts';
import { bind, isOf } from '../../lib/table.ts';
import { initParameters, pretrained } from '../../nn/models/index.ts';
import type { Model, Parameters } from '../../nn/models/index.ts';
import type { Rng } from '../../lib/rng.ts';
import { tryTokenizer } from './tokenizer-trial.ts';
import type { Tables } from '../tables.ts';
import { loadTokenizer } from '../../world/tokenizer/load.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';

/** Where the base begins: a model, the tokenizer that it reads with, and its weights. */
export interface StartingPoint {
  readonly tokenizer: ChatTokenizer;
  readonly model: Model;
  readonly tokens: SpecialTokens;
  /** Weights before the first step. */
  initial(rng: Rng): Parameters;
}

/**
 * The experiment's model: fresh, over a tokenizer that `tokenizer` makes; or an imported or shipped one, with its own.
 *
 * @throws UserError where the folder is missing, damaged, or no model that this kit runs, or its parts do not fit each other.
 */
export async function startingPoint(
  { model: choice, base }: Pick<Experiment, 'model' | 'base'>,
  tables: Pick<Tables, 'models' | 'bases'>,
  tokenizer: () => Promise<ChatTokenizer>,
): Promise<StartingPoint> {
  if (isShipped(base)) return openPretrained(expectBase(base, tables.bases).dir, tables.models, remedy(base));
  const bound = bind(tables.models, choice, 'model');
  if (isOf(bound, pretrained)) return openPretrained(bound.params.path, tables.models);
  const own = await tokenizer();
  const model = bound.definition.create(bound.params, own.vocabSize);
  const tokens = { bos: own.padId, eos: own.endId, pad: own.padId };
  return { tokenizer: own, model, tokens, initial: (rng) => initParameters(model, rng) };
}

/**
 * A folder that nothing vouches for has its tokenizer tried first; one that this kit sealed had that when it was imported.
 *
 * @param otherwise see `openSealed`.
 * @throws UserError as `startingPoint` does.
 */
export async function openPretrained(
  dir: string,
  models?: Tables['models'],
  otherwise?: string,
): Promise<CheckedModel> {
  const checkpoint = loadCheckpoint(dir, { unfinished: true, models, otherwise });
  if (!isSealed(dir)) await tryTokenizer(checkpoint.tokenizer['tokenizer.json'] ?? '');
  return checkedModel(checkpoint, dir);
}

/** A model of somebody's that was looked at: its numbers are numbers, and its tokens have embeddings. */
export type CheckedModel = StartingPoint & { readonly parameters: Parameters };

/**
 * @param from names where it came from, in messages.
 * @throws UserError where weights are damaged, or tokenizer and model do not fit.
 */
export async function checkedModel(
  { model, parameters, tokens, tokenizer: files }: Omit<Checkpoint, 'card'>,
  from: string,
): Promise<CheckedModel> {
  for (const [name, { data }] of Object.entries(parameters)) {
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0)
      throw new UserError(`${from}: the weights are damaged: ${name} holds ${data[at]} at ${at}; get them again`);
  }
  const tokenizer = await loadTokenizer(files);
  if (tokenizer.vocabSize > model.vocabSize)
    throw new UserError(
      `${from}: tokenizer and model do not fit: ${tokenizer.vocabSize} tokens, embeddings for ${model.vocabSize}`,
    );
  return { tokenizer, model, tokens, parameters, initial: () => parameters };
}
