import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { attend, attentionScores, mixValues, softmax } from '../../engine/ops.ts';
import { unhooked } from './types.ts';
import type { Hook, LayerCache } from './types.ts';

/** Large enough to vanish in a softmax, small enough to stay finite in float32. */
export const MASKED = -1e9;

/** Queries that look at the same keys together: smaller products are slower than what the mask hides in larger ones. */
const BLOCK = 64;
/** Each block keeps a copy of its keys and values until its gradient is taken: more would cost more memory than scores do. */
const MOST_BLOCKS = 4;

/** What the last T of S tokens see, `copies` times below each other: [1, 1, copies * T, S], 0 on and below the diagonal. */
function causalMask(T: number, S = T, copies = 1): Tensor {
  const earlier = S - T;
  const values = Float32Array.from({ length: copies * T * S }, (_, i) =>
    i % S > earlier + (Math.floor(i / S) % T) ? MASKED : 0,
  );
  return tf.tensor4d(values, [1, 1, copies * T, S]);
}

export interface AttentionInputs {
  /** [B, H, T, D]. */
  readonly query: Tensor;
  /** [B, K, T, D] each, where K divides H: head h reads keys and values h / (H / K). */
  readonly key: Tensor;
  readonly value: Tensor;
  readonly past: LayerCache | undefined;
  /** [B, 1, 1, P]. */
  readonly pastMask: Tensor | undefined;
  /** [B, 1, T, P + T]: instead of the causal mask and `pastMask`. */
  readonly mask: Tensor | undefined;
}

/**
 * A product of each head's rows [B, H, T, *] with keys or values [B, K, S, D]. Heads that share them are put below each other
 * as rows of one product, so that no key is copied.
 */
function perHead<Shared extends readonly [Tensor, ...Tensor[]]>(
  product: (rows: Tensor, ...shared: Shared) => Tensor,
  rows: Tensor,
  ...shared: Shared
): Tensor {
  const [B = 0, H = 0, T = 0, width = 0] = rows.shape;
  const K = shared[0].shape[1]!;
  if (K === H) return product(rows, ...shared);
  const stacked = product(tf.reshape(rows, [B, K, (H / K) * T, width]), ...shared); // [B, K, H / K * T, *]
  return tf.reshape(stacked, [B, H, T, stacked.shape[3]!]);
}

/**
 * Attention of T tokens to each other where nobody looks inside. Each block of queries meets the keys up to its own last, so
 * that of many tokens nearly half of the scores are never computed.
 */
function causal(query: Tensor, key: Tensor, value: Tensor): Tensor {
  const [B = 0, H = 0, T = 0, D = 0] = query.shape;
  const K = key.shape[1]!;
  const count = Math.min(MOST_BLOCKS, Math.max(1, Math.round(T / BLOCK)));
  const ends = Array.from({ length: count + 1 }, (_, i) => Math.floor((i * T) / count));
  const blocks = ends.slice(1).map((end, i) => {
    const rows = end - ends[i]!;
    const seen = [key, value].map((x) => tf.slice(x, [0, 0, 0, 0], [B, K, end, D])) as [Tensor, Tensor];
    const mask = causalMask(rows, end, H / K);
    return perHead((q, k, v) => attend(q, k, v, mask), tf.slice(query, [0, 0, ends[i]!, 0], [B, H, rows, D]), ...seen);
  });
  return tf.concat(blocks, 2);
}

/**
 * Causal scaled dot-product attention (Vaswani et al. 2017, eq. 1), heads sharing keys and values or not (Ainslie et al.
 * 2023) -> [B, H, T, D].
 *
 * With a past, the scores against the P cached keys and against the T new ones are computed apart and joined, so that
 * the cache itself is never copied.
 */
export function attention({ query, key, value, past, pastMask, mask }: AttentionInputs, hook: Hook): Tensor {
  const T = query.shape[2]!;
  if (hook === unhooked && !past && !mask) return causal(query, key, value);
  const own = perHead(attentionScores, query, key);
  const masked = mask || T === 1 ? own : tf.add(own, causalMask(T)); // [B, H, T, T]
  if (!past) {
    const pattern = hook('hook_pattern', softmax(hook('hook_attn_scores', mask ? tf.add(masked, mask) : masked)));
    return hook('hook_z', perHead(mixValues, pattern, value));
  }
  const P = past.key.shape[2]!;
  const earlier = perHead(attentionScores, query, past.key);
  const all = tf.concat([pastMask && !mask ? tf.add(earlier, pastMask) : earlier, masked], 3); // [B, H, T, P + T]
  const joined = mask ? tf.add(all, mask) : all;
  const pattern = hook('hook_pattern', softmax(hook('hook_attn_scores', joined)));
  const [toPast, toOwn] = tf.split(pattern, [P, T], 3) as [Tensor, Tensor];
  return hook('hook_z', tf.add(perHead(mixValues, toPast, past.value), perHead(mixValues, toOwn, value)));
}
