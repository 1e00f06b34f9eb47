import type { Machinery, Vocabulary } from './vocabulary.ts';

const BLANK = '▁';

/**
 * A SentencePiece vocabulary as the BPE that Hugging Face makes of one: of two neighbors those are merged first whose whole has the
 * greatest score. Merges are every way to cut a token into two others, in the order of its score.
 */
export function sentencePiece({ tokens, scores, unknown_token_id: unknown, add_space_prefix }: Vocabulary): Machinery {
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const merges = tokens.flatMap((token, id) => {
    const cuts = Array.from({ length: Math.max(0, token.length - 1) }, (_, i) => i + 1);
    const pairs = cuts
      .map((at) => ({ left: token.slice(0, at), right: token.slice(at), score: scores[id] ?? -id }))
      .filter(({ left, right }) => idOf.has(left) && idOf.has(right));
    return pairs.sort((a, b) => idOf.get(a.left)! - idOf.get(b.left)! || idOf.get(a.right)! - idOf.get(b.right)!);
  });
  merges.sort((a, b) => b.score - a.score || b.left.length - a.left.length || b.right.length - a.right.length);
  const replace = (pattern: string, content: string): object => ({
    ...{ type: 'Replace', pattern: { String: pattern }, content },
  });
  return {
    normalizer: {
      type: 'Sequence',
      normalizers: [...(add_space_prefix ? [{ type: 'Prepend', prepend: BLANK }] : []), replace(' ', BLANK)],
    },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        replace(BLANK, ' '),
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(add_space_prefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    merges: merges.map(({ left, right }) => [left, right] as const),
    model: { unk_token: unknown === undefined ? null : tokens[unknown]!, fuse_unk: true, byte_fallback: true },
    begins: true,
  };
}
