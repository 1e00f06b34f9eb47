import { collate } from '../../../world/scenario/batches.ts';
import type { EncodedExample } from '../../../world/scenario/types.ts';
import type { Generator } from '../../models/generate.ts';
import { parameterTensorSpecs } from '../../models/index.ts';
import { headOutput, withHead } from '../scalar-head.ts';
import { languageModelInputs } from '../losses.ts';
import { policyRows } from './surrogate.ts';

/** Of each text, for each token of its completion. */
export interface TokenReadings {
  readonly logProbs: readonly (readonly number[])[];
  /** Outputs of the head before each token; empty rows where no head was asked for. */
  readonly values: readonly (readonly number[])[];
}

/** Texts that are read together. */
const BATCH = 32;
/** Lengths are rounded up to a multiple of this. */
export const BUCKET = 8;

/**
 * Log-probability of every completion token by one teacher-forced pass over the whole texts: what a loss that is taken on
 * them sees, to the last bits, and what sampling through a cache does not. `head` also reads that head of the state's.
 */
export async function readTokens(
  { engine, model, state }: Generator,
  texts: readonly EncodedExample[],
  head?: string,
): Promise<TokenReadings> {
  const read = head === undefined ? model : withHead(model, head);
  const order = [...texts.keys()].sort((a, b) => texts[a]!.ids.length - texts[b]!.ids.length || a - b);
  const readings = { logProbs: Array<number[]>(texts.length), values: Array<number[]>(texts.length) };
  for (let start = 0; start < order.length; start += BATCH) {
    const rows = order.slice(start, start + BATCH);
    const some = rows.map((row) => texts[row]!);
    const { specs, values: inputs } = languageModelInputs(collate(some, model.nPositions, BUCKET));
    const program = await engine.compile(
      `read tokens ${read.key}`,
      (parameters, tensors) => {
        const { hidden, logProbs } = policyRows(read, parameters, tensors);
        const scalars = head === undefined ? {} : { values: headOutput(parameters, head, hidden) };
        return { outputs: { logProbs, ...scalars } };
      },
      { state: parameterTensorSpecs(read), inputs: specs },
    );
    const { logProbs = [], values = [] } = await program.run(state, inputs);
    let from = 0; // the rows of one completion stand after those of the other
    rows.forEach((row, b) => {
      const to = from + some[b]!.ids.length - some[b]!.promptLength;
      readings.logProbs[row] = Array.from(logProbs.slice(from, to));
      readings.values[row] = Array.from(values.slice(from, to));
      from = to;
    });
  }
  return readings;
}
