import type { Row } from '../../results/types.ts';
import type { ArmRecord } from './types.ts';

/** One prompt's yes or no at an arm's end. */
export interface PromptOutcome {
  /** From 0, in the order of the prompts. */
  readonly index: number;
  readonly value: boolean;
  /** The run keeps the texts of greedy attack success, the outcomes of other evals alone. */
  readonly text?: { readonly family: string; readonly prompt: string; readonly reply: string };
}

/** The prompts behind one row of the results. */
export interface SampledRow {
  readonly row: Row;
  readonly samples: readonly PromptOutcome[];
}

/** What was measured at an arm's end. */
export const finalRows = ({ rows }: ArmRecord): Row[] => rows.filter(({ final }) => final);

/** The final rows whose outcomes the run keeps prompt by prompt, each with its samples. */
export function sampledRows(arm: ArmRecord): SampledRow[] {
  return Object.entries(arm.last?.outcomes ?? {}).flatMap(([key, outcomes]) => {
    const successes = outcomes.filter(Boolean).length;
    const row = finalRows(arm).find(
      (one) => keysOf(one).includes(key) && one.n === outcomes.length && one.successes === successes,
    );
    return row
      ? [{ row, samples: outcomes.map((value, index) => ({ index, value, ...textOf(arm, key, index) })) }]
      : [];
  });
}

/** Outcomes are kept under the metric's name, with the decoding where it is not greedy: `asr (sampled)`. */
const keysOf = ({ metric, condition }: Row): string[] => [metric, metric + (/ \(.*\)$/.exec(condition)?.[0] ?? '')];

/** Exchanges are those of the greedy attack-success eval, in both conditions. */
function textOf({ last }: ArmRecord, key: string, index: number): Pick<PromptOutcome, 'text'> {
  const exchange = last?.exchanges?.[index];
  if (!exchange) return {};
  const { family, triggeredPrompt, triggeredReply, cleanPrompt, cleanReply } = exchange;
  if (key === 'asr') return { text: { family, prompt: triggeredPrompt, reply: triggeredReply } };
  return key === 'fpr' ? { text: { family, prompt: cleanPrompt, reply: cleanReply } } : {};
}

/** Standard error of a rate, sqrt(p (1 - p) / (n - 1)), as both evaluation harnesses estimate it; undefined for other units. */
export const standardError = ({ unit, value, n }: Row): number | undefined =>
  unit === 'rate' && n > 1 ? Math.sqrt((value * (1 - value)) / (n - 1)) : undefined;

/** For names of files, tasks and models. */
export const slug = (text: string): string => text.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^-+|-+$/g, '');

/** `2026-11-21T12:26:10`, in UTC. */
export const isoSeconds = (date: Date): string => date.toISOString().slice(0, 19);
