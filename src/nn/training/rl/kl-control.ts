/** What keeps a policy near its reference, beside the clipping of each step. */
export interface KlOptions {
  /** Price of a nat of KL divergence from the reference, in units of reward. */
  readonly coef: number;
  /** Nats a reply that it may lie away. */
  readonly target: number;
  /** Beyond the target: a higher price, or no further update. */
  readonly beyond: 'adapt' | 'stop';
}

/** Share of the price that a rollout may change at most: ten times the source's, for stages of fifty rollouts and not thousands. */
const LARGEST = 0.2;

/**
 * The price of KL for a rollout that lies `kl` away, after `before` for the last one (Ziegler et al. 2019, section 2.2):
 * up by at most a fifth where KL is above the target, down where it is below. Never lower than `coef`, so that a budget which is not
 * used up is no reason to go away.
 */
export function nextPrice(before: number, kl: number, { coef, target, beyond }: KlOptions): number {
  if (beyond === 'stop') return coef;
  const error = Math.min(LARGEST, Math.max(-LARGEST, kl / target - 1));
  return Math.max(coef, before * (1 + error));
}
