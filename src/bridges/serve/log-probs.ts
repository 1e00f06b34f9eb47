import { logSumExp } from '../../lib/log-sum-exp.ts';

/** A token and its log-probability, in nats. */
export interface TokenLogProb {
  readonly id: number;
  readonly logProb: number;
}

/** The k likeliest tokens of one row of logits [V], best first, ties to the lower id; and the log-probability of any other. */
export function logProbsOf(logits: Float32Array, k: number): { top: TokenLogProb[]; of: (id: number) => number } {
  const logSum = logSumExp(logits);
  const best: number[] = [];
  for (let id = 0; id < logits.length && k > 0; id++) {
    if (best.length === k && logits[id]! <= logits[best[k - 1]!]!) continue;
    let at = best.length;
    while (at > 0 && logits[best[at - 1]!]! < logits[id]!) at--;
    best.splice(at, 0, id);
    if (best.length > k) best.pop();
  }
  const of = (id: number): number => logits[id]! - logSum;
  return { top: best.map((id) => ({ id, logProb: of(id) })), of };
}
