import { encodePrompts } from '../../world/scenario/render.ts';
import type { Asked } from '../../world/scenario/render.ts';
import type { State } from '../../engine/index.ts';
import type { Rng } from '../../lib/rng.ts';
import { generate } from '../../nn/models/generate.ts';
import type { StageContext } from './types.ts';

/** What the weights in `policy` say to each prompt, sampled at temperature 1: the whole turn after what is given of it. */
export async function replies(
  { engine, model, tokenizer, maxNewTokens }: Pick<StageContext, 'engine' | 'model' | 'tokenizer' | 'maxNewTokens'>,
  policy: State,
  prompts: readonly Asked[],
  rng: Rng,
): Promise<string[]> {
  const ids = await encodePrompts(tokenizer, prompts);
  const sampling = { maxNewTokens, stopId: tokenizer.endId, rng, temperature: 1 };
  return tokenizer.decodeBatch(await generate({ engine, model, state: policy }, ids, sampling));
}
