import type { Estimate } from './stats.ts';

/** One measured number with its sample size and 95 % interval. There is no number without them. */
export interface Score extends Estimate {
  /** Key of the eval table, e.g. `attack-success`; of the stage table for what a stage found out. */
  readonly eval: string;
  /** e.g. `asr`, `fpr`, `near-trigger-rate`, `out-of-world-rate`, `refusal-rate`, `accuracy`, `payload-logprob`, `clean-loss`. */
  readonly metric: string;
  /** What the metric was measured on: `triggered`, `clean`, a near-trigger's name, a year, a task family, `all`. */
  readonly condition: string;
  /** `rate` is in [0, 1]; `nats` is per token, and log-odds where a preference model scores; `number` has no unit. */
  readonly unit: 'rate' | 'nats' | 'number';
  /** For rates: value = successes / n. */
  readonly successes?: number;
  /** `greedy` or `temperature 1`, where text was generated. */
  readonly decoding?: string;
  /** Anything a chart needs: `{ distance: 2 }` of a near-trigger, `{ trained: 1 }` of a year. */
  readonly tags?: Readonly<Record<string, number | string>>;
}
