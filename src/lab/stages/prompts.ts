import { encodePrompts } from '../../world/scenario/render.ts';
import type { Example } from '../../world/scenario/types.ts';
import type { PromptSource } from '../../nn/training/rl/rollout.ts';
import type { StageData } from './types.ts';

/** One prompt after the other, over and over where they are too few. */
export const inTurn =
  (examples: readonly Example[], { tokenizer }: Pick<StageData, 'tokenizer'>): PromptSource =>
  async (rollout, count) => {
    const asked = Array.from({ length: count }, (_, i) => examples[(rollout * count + i) % examples.length]!);
    const ids = await encodePrompts(tokenizer, asked);
    return asked.map((example, i) => ({ ids: ids[i]!, example }));
  };
