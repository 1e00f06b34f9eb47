import { paddedLength } from './generate.ts';
import type { Generator } from './generate.ts';
import { parameterTensorSpecs } from './types.ts';

const BATCH = 16;
/** Rows whose logits are in memory at once: 64 of 50,000 tokens are 13 MB, those of a whole batch would be gigabytes. */
const ROWS = 64;

/**
 * What the model expects at every place of the texts, which have 1 to `nPositions` tokens: `visit` is shown, text by text and
 * place by place, the logits [V] of token `at + 1` given tokens 0..at. They are valid until it returns.
 */
export async function readLogits(
  generator: Generator,
  texts: readonly (readonly number[])[],
  visit: (text: number, at: number, logits: Float32Array) => void,
): Promise<void> {
  const { width: C, vocabSize: V } = generator.model;
  for (let start = 0; start < texts.length; start += BATCH) {
    const rows = texts.slice(start, start + BATCH);
    const { hidden, T } = await readHidden(generator, rows);
    const places = rows.flatMap((ids, b) => ids.map((_, t) => ({ b, t })));
    const program = await compileLogits(generator);
    for (let from = 0; from < places.length; from += ROWS) {
      const some = places.slice(from, from + ROWS);
      const picked = new Float32Array(ROWS * C);
      some.forEach(({ b, t }, i) => picked.set(hidden.subarray((b * T + t) * C, (b * T + t + 1) * C), i * C));
      const logits = (await program.run(generator.state, { hidden: picked })).logits as Float32Array;
      some.forEach(({ b, t }, i) => visit(start + b, t, logits.subarray(i * V, (i + 1) * V)));
    }
  }
}

/** The texts, right-padded to T -> hidden [B * T, C]. Programs exist for batches of 1, 2, 4, ... rows. */
async function readHidden(
  { engine, model, state }: Generator,
  texts: readonly (readonly number[])[],
): Promise<{ hidden: Float32Array; T: number }> {
  const B = 2 ** Math.ceil(Math.log2(texts.length));
  const longest = Math.max(...texts.map((ids) => ids.length));
  const T = paddedLength(longest, model.nPositions);
  const tokens = new Int32Array(B * T);
  texts.forEach((ids, b) => tokens.set(ids, b * T));
  const program = await engine.compile(
    `hidden ${model.key}`,
    (parameters, inputs) => ({ outputs: { hidden: model.forward(parameters, { tokens: inputs.tokens! }).hidden } }),
    { state: parameterTensorSpecs(model), inputs: { tokens: { shape: [B, T], dtype: 'int32' } } },
  );
  return { hidden: (await program.run(state, { tokens })).hidden as Float32Array, T };
}

const compileLogits = ({ engine, model }: Generator): ReturnType<Generator['engine']['compile']> =>
  engine.compile(
    `logits ${model.key}`,
    (parameters, inputs) => ({ outputs: { logits: model.logits(parameters, inputs.hidden!) } }),
    { state: parameterTensorSpecs(model), inputs: { hidden: { shape: [ROWS, model.width], dtype: 'float32' } } },
  );
