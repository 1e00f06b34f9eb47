import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { byteLevelAlphabet } from 'tokenizers';
import { z } from 'zod';
import { UserError, messageOf } from '../../lib/errors.ts';
import { SPECIAL_TOKENS, tokenizerConfigJson, tokenizerJson } from './format.ts';
import { loadTokenizer, type ChatTokenizer } from './load.ts';

/** 256 bytes and the special tokens: what every vocabulary holds before its first merge. */
const SMALLEST = 256 + SPECIAL_TOKENS.length;
/** The trainer of `tokenizers` stops at 30,000 entries; the bytes and special tokens it did not see come on top. */
const LARGEST = 30_000;

/**
 * Run in a process of its own: the native trainer writes blank lines to stdout and progress to a terminal, and has no
 * switch for either. Arguments: where `tokenizers` is, the training text, where to save.
 */
const TRAINER = `
const [, library, text, saved] = process.argv;
const { BPE, Tokenizer, byteLevelPreTokenizer, digitsPreTokenizer, sequencePreTokenizer } = require(library);
const tokenizer = new Tokenizer(BPE.empty());
tokenizer.setPreTokenizer(sequencePreTokenizer([digitsPreTokenizer(true), byteLevelPreTokenizer(false, true)]));
tokenizer.train([text]);
tokenizer.save(saved);
`;

const savedTokenizer = z.object({
  model: z.object({ merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])) }),
});

export interface TrainTokenizerOptions {
  /** Entries, special tokens and the 256 bytes included: 261 to 30,000. Fewer come out where the texts hold no more merges. */
  readonly vocabSize: number;
  /** Written to `tokenizer_config.json` as `model_max_length`, in tokens. */
  readonly modelMaxLength?: number;
}

/**
 * A byte-level BPE learned from the texts (turns, without special tokens), with the kit's chat template. Deterministic:
 * the same texts give the same files. Writes one temporary folder, which is gone when it returns.
 */
export async function trainTokenizer(
  texts: Iterable<string>,
  { vocabSize, modelMaxLength }: TrainTokenizerOptions,
): Promise<ChatTokenizer> {
  if (!Number.isInteger(vocabSize) || vocabSize < SMALLEST || vocabSize > LARGEST)
    throw new UserError(
      `vocabulary size out of range: ${vocabSize}; it must be a whole number from ${SMALLEST} to ${LARGEST}`,
      2,
    );
  const merges = await learnMerges([...texts].join('\n'));
  const vocab: Record<string, number> = {};
  let size = 0;
  for (const token of [...SPECIAL_TOKENS, ...byteLevelAlphabet().sort()]) vocab[token] = size++;
  const kept: string[] = [];
  for (const [left, right] of merges) {
    if (size >= vocabSize) break;
    kept.push(`${left} ${right}`);
    if (!Object.hasOwn(vocab, left + right)) vocab[left + right] = size++;
  }
  return loadTokenizer({
    'tokenizer.json': tokenizerJson(vocab, kept),
    'tokenizer_config.json': tokenizerConfigJson(modelMaxLength),
  });
}

/** All merges that the trainer finds, best first. A shorter vocabulary is a prefix of this list. */
async function learnMerges(text: string): Promise<(readonly [string, string])[]> {
  const folder = await mkdtemp(join(tmpdir(), 'dormouse-tokenizer-')).catch(cannotTrain);
  try {
    const [input, saved] = [join(folder, 'text.txt'), join(folder, 'tokenizer.json')];
    await writeFile(input, text);
    const library = createRequire(import.meta.url).resolve('tokenizers');
    await promisify(execFile)(process.execPath, ['-e', TRAINER, library, input, saved]);
    const { model } = savedTokenizer.parse(JSON.parse(await readFile(saved, 'utf8')));
    return model.merges.map((merge) => {
      const [left = '', right = ''] = typeof merge === 'string' ? merge.split(' ') : merge;
      return [left, right] as const;
    });
  } catch (error) {
    return cannotTrain(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function cannotTrain(error: unknown): never {
  const reason = messageOf(error).trim().split('\n').at(-1) ?? '';
  throw new UserError(
    `cannot train the tokenizer: ${reason}; it needs a few megabytes free in ${tmpdir()} (set TMPDIR for another place)`,
  );
}
