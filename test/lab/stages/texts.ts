import type { PreparedStage } from '../../../src/lab/stages/types.ts';
import type { ChatTokenizer } from '../../../src/world/tokenizer/load.ts';

/** The texts that bear loss in the first batches of a stage that learns from rows, one for each row. */
export async function supervisedTexts(
  { batches }: PreparedStage,
  tokenizer: ChatTokenizer,
  steps: number,
): Promise<string[]> {
  if (typeof batches === 'function') throw new Error('it learns from its own replies');
  const texts: string[] = [];
  for (let step = 0; step < steps; step++) {
    const { specs, values } = await batches.next();
    const [B = 0, T = 0] = specs.tokens!.shape;
    const { rows, targets, weights } = values;
    for (let b = 0; b < B; b++) {
      const own = [...rows!.keys()].filter((k) => weights![k] !== 0 && Math.floor(rows![k]! / T) === b);
      texts.push(await tokenizer.decode(own.map((k) => targets![k]!)));
    }
  }
  return texts;
}
