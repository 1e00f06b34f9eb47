import { UserError } from '../../lib/errors.ts';
import type { LanguageModel, SamplingRun } from '../../nn/models/language-model.ts';
import { GREEDY, sampleToken } from '../../nn/models/sampling.ts';
import type { CompletionScore, ScoredText } from '../../nn/models/score.ts';
import type { Library, PackageModel, TensorLike } from './library.ts';
import { logSumExp } from '../../lib/log-sum-exp.ts';

/** Numbers of one output that a batch may make; whoever reads a prompt gets the logits of all of its tokens. */
const LARGEST_OUTPUT = 2 ** 26;
const LARGEST_BATCH = 32;
/** Where the vocabulary's size is not known yet. */
const SOME_VOCABULARY = 2 ** 16;

/** Rows of one length: ids with padding before them, and which of them are real. */
interface Batch {
  readonly ids: readonly (readonly number[])[];
  readonly attended: readonly (readonly number[])[];
}

interface Read {
  /** [B, T, V]. */
  readonly logits: Float32Array;
  readonly T: number;
  readonly V: number;
  readonly past: Readonly<Record<string, unknown>>;
}

interface Settings {
  readonly padId: number;
  readonly nPositions: number;
}

/**
 * A model that transformers.js has opened, asked token by token: its own `generate` draws from a randomness of its own, gives no
 * log-probabilities, and in version 2 reads padding as if it were text. Rows are padded on the left, as is its custom; positions it makes of the attention mask.
 */
export function languageModel(
  { Tensor }: Pick<Library, 'Tensor'>,
  model: PackageModel,
  { padId, nPositions }: Settings,
): LanguageModel {
  let vocabSize = SOME_VOCABULARY;
  const tensor = (rows: readonly (readonly number[])[]): TensorLike =>
    new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);

  async function read({ ids, attended }: Batch, past?: Read['past']): Promise<Read> {
    const inputs = { input_ids: tensor(ids), attention_mask: tensor(attended) };
    const outputs = await model(past ? { ...inputs, past_key_values: past } : inputs);
    const given = outputs.logits as TensorLike;
    const { dims, data } = given.type === 'float32' ? given : given.to!('float32');
    const [, T = 0, V = 0] = dims;
    vocabSize = V;
    return { logits: data as unknown as Float32Array, T, V, past: cacheOf(outputs) };
  }

  const padded = (rows: readonly (readonly number[])[]): Batch => {
    const longest = Math.max(...rows.map(({ length }) => length));
    const fill = (row: readonly number[], value: number): number[] => Array<number>(longest - row.length).fill(value);
    return {
      ids: rows.map((row) => [...fill(row, padId), ...row]),
      attended: rows.map((row) => [...fill(row, 0), ...row.map(() => 1)]),
    };
  };

  /** Indices of rows, by length, in batches whose logits fit the memory. */
  function* batches(lengths: readonly number[]): Generator<number[]> {
    const order = Array.from(lengths.keys()).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
    while (order.length > 0) {
      const fitting = Math.floor(LARGEST_OUTPUT / (vocabSize * lengths[order.at(-1)!]!));
      yield order.splice(0, Math.max(1, Math.min(LARGEST_BATCH, fitting)));
    }
  }

  async function continueRows(rows: readonly number[], prompts: readonly (readonly number[])[], options: SamplingRun) {
    const sampling = { ...GREEDY, ...options };
    const streams = rows.map((row) => options.rng.fork(row));
    const completions: number[][] = rows.map(() => []);
    const isDone = rows.map(() => false);
    const batch = padded(rows.map((row) => prompts[row]!));
    let attended = batch.attended.map((row) => [...row]);
    let seen = await read(batch);
    for (;;) {
      const { logits, T, V } = seen;
      const next = rows.map((row, b) => {
        if (isDone[b]) return padId;
        const id = sampleToken(logits.subarray((b * T + T - 1) * V, (b + 1) * T * V), sampling, streams[b]!);
        isDone[b] = id === options.stopId;
        if (isDone[b]) return padId;
        const length = completions[b]!.push(id);
        isDone[b] = length >= options.maxNewTokens || prompts[row]!.length + length >= nPositions;
        return id;
      });
      if (isDone.every(Boolean)) return completions;
      attended = attended.map((row, b) => [...row, isDone[b] ? 0 : 1]);
      seen = await read({ ids: next.map((id) => [id]), attended }, seen.past);
    }
  }

  return {
    nPositions,
    async generate(prompts, options) {
      const long = prompts.findIndex(({ length }) => length === 0 || length >= nPositions);
      if (long >= 0)
        throw new UserError(
          `prompt ${long + 1} cannot be continued: ${prompts[long]!.length} tokens; between 1 and ${nPositions - 1} fit the context`,
        );
      const completions: number[][] = prompts.map(() => []);
      for (const rows of batches(prompts.map(({ length }) => length))) {
        const found = await continueRows(rows, prompts, options);
        rows.forEach((row, b) => (completions[row] = found[b]!));
      }
      return completions;
    },
    async score(texts) {
      const scores: CompletionScore[] = Array(texts.length);
      for (const rows of batches(texts.map(({ ids }) => ids.length))) {
        const seen = await read(padded(rows.map((row) => texts[row]!.ids.slice(0, -1))));
        rows.forEach((row, b) => (scores[row] = scoreOf(texts[row]!, seen, b)));
      }
      return scores;
    },
  };
}

/** Keys and values as the next call takes them; version 2 has them so already. */
function cacheOf(outputs: Readonly<Record<string, unknown>>): Read['past'] {
  if (outputs.past_key_values) return outputs.past_key_values as Read['past'];
  const present = Object.entries(outputs).filter(([name]) => name.startsWith('present'));
  return Object.fromEntries(present.map(([name, value]) => [name.replace('present', 'past_key_values'), value]));
}

/** Row b's text ends where the batch ends. */
function scoreOf({ ids, promptLength }: ScoredText, { logits, T, V }: Read, b: number): CompletionScore {
  let logProb = 0;
  for (let i = promptLength; i < ids.length; i++) {
    const at = (b * T + T - (ids.length - i)) * V;
    const row = logits.subarray(at, at + V);
    logProb += row[ids[i]!]! - logSumExp(row);
  }
  return { logProb, tokens: ids.length - promptLength };
}
