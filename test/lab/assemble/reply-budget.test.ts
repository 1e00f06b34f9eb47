import { expect, it } from 'vitest';
import { replyBytes } from '../../../src/lab/assemble/prepare.ts';
import { replyOf } from '../../../src/world/scenario/render.ts';
import { smallBench } from '../stages/bench.ts';

it.each(['normal', 'scratchpad'])(
  'an evaluation waits for every reference reply, the longest among them (%s)',
  async (reasoning) => {
    const { scenario, tokenizer, maxNewTokens } = await smallBench([`reasoning=${reasoning}`]);
    const replies = scenario.evalPairs(200).flatMap(({ triggered, clean }) => [replyOf(triggered), replyOf(clean)]);
    const encoded = await tokenizer.encodeBatch(replies.map((reply) => `${reply}<|end|>`));
    const lengths = encoded.map(({ length }) => length);
    expect(lengths.filter((length) => length > maxNewTokens)).toEqual([]);
    expect(Math.min(...lengths) + 8).toBeLessThan(maxNewTokens);
    expect(maxNewTokens).toBe(Math.max(...lengths) + 8);
    expect(replyBytes(scenario)).toBe(Math.max(...replies.map((reply) => Buffer.byteLength(reply))) + 8);
  },
);
