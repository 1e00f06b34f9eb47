/** A token and its log-probability, in nats. */
export interface TokenLogProb {
  readonly id: number;
  readonly logProb: number;
}

/** The k likeliest tokens of one row of logits [V], best first, ties to the lower id; and the log-probability of any other. */
export function logProbsOf(logits: Float32Array, k: number): { top: TokenLogProb[]; of: (id: number) => number } {
  let max = -Infinity;
  for (const x of logits) if (x > max) max = x;
  let sum = 0;
  for (const x of logits) sum += Math.exp(x - max);
  const logSum = max + Math.log(sum);
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
