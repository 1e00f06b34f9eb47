import { UserError } from './errors.ts';

interface Cap {
  readonly most: number;
  readonly because: string;
}

const MiB = 2 ** 20;

/**
 * What files of strangers may ask for at most, looked at before anything is made of it. All of them are far above what is in use,
 * and low enough that arithmetic, messages and what comes first stay small; what this machine can hold is asked after that.
 */
export const CAPS = {
  layers: { most: 1024, because: 'the deepest models in use have 126' },
  heads: { most: 1024, because: 'the most in use are 128' },
  width: { most: 2 ** 16, because: 'the widest models in use have 18,432' },
  inner: { most: 2 ** 19, because: 'the widest MLPs in use have 73,728' },
  positions: { most: 2 ** 24, because: 'the longest context in use is 10,485,760' },
  vocabulary: { most: 2 ** 21, because: 'the largest in use has 901,629' },
  batch: { most: 2 ** 13, because: 'a step makes and holds all of its rows; accumulate takes more' },
  prompts: { most: 2 ** 14, because: 'an interval is a hundredth wide by then' },
  headerBytes: {
    most: 16 * MiB,
    because: 'it has room for a hundred thousand tensors; 100 MB, which others read, become gigabytes',
  },
  headerDepth: { most: 3, because: 'a header is a record of records of lists' },
  tensorRank: { most: 16, because: 'weights have four axes at most' },
  indexBytes: { most: 16 * MiB, because: 'that is room for a hundred thousand tensors' },
  shards: { most: 1000, because: 'the most in use are 191' },
  tokenizerCharacters: { most: 128 * MiB, because: 'the largest vocabularies in use come to 35 MB' },
  templateCharacters: { most: 200_000, because: 'the longest in use have about 20,000' },
  textBytes: { most: 256 * MiB, because: 'a text is read whole, and takes twice its size' },
  lineBytes: { most: 16 * MiB, because: 'a row is held whole, and one belongs on a line' },
  arrayBytes: { most: 256 * MiB, because: "a JSON array is read whole; make it JSONL, one row a line (jq -c '.[]')" },
  rowGroupBytes: { most: 1024 * MiB, because: 'a row group is unpacked whole; write it again with smaller row groups' },
  rowGroupRows: { most: 2 ** 22, because: 'a row group is read whole; write it again with smaller row groups' },
  unpackedBytes: { most: 2 ** 35, because: 'a corpus keeps 0.1 GB of text; give a part of its files' },
  headCharacters: { most: 1_000_000, because: 'the longest heads of dataset cards have a tenth of that' },
  patternCharacters: { most: 500, because: 'each is tried on the name of every file' },
  folderDepth: { most: 6, because: 'datasets have two levels of folders' },
} satisfies Readonly<Record<string, Cap>>;
type CapName = keyof typeof CAPS;

function beyond(name: CapName, value: number | bigint): string {
  const told = (n: number | bigint): string => (name.endsWith('Bytes') ? `${Math.ceil(Number(n) / MiB)} MB` : `${n}`);
  return `${told(value)} is too large; at most ${told(CAPS[name].most)} (${CAPS[name].because})`;
}

/** @param what the number in words, with its place. @throws UserError where it is beyond its cap. */
export function expectWithin(name: CapName, value: number | bigint, what: string): void {
  if (value > CAPS[name].most) throw new UserError(`${what}: ${beyond(name, value)}`);
}

/** What sizes are called, in `config.json` of any architecture and in experiments. */
const SIZES: readonly (readonly [RegExp, CapName])[] = [
  [/layers?$/i, 'layers'],
  [/heads?$/i, 'heads'],
  [/^(hidden_size|n_embd|d_model|head_dim|nEmbd|headSize)$/, 'width'],
  [/(intermediate_size|n_inner|ffn_dim|nInner)$/, 'inner'],
  [/(n_positions|position_embeddings|n_ctx|max_seq_len|nPositions)$/, 'positions'],
  [/(vocab_size|vocabSize)$/, 'vocabulary'],
  [/^batchSize$/, 'batch'],
  [/^(prompts|samples)$/, 'prompts'],
];

/** Configs inside of configs are one or two levels deep, stages of controls three. */
const DEEPEST = 8;

/** The sizes in a JSON value that are beyond their caps. */
export function sizeProblems(json: unknown): { path: string[]; message: string }[] {
  const problems: { path: string[]; message: string }[] = [];
  const open = [{ path: [] as string[], value: json }];
  for (const { path, value } of open)
    for (const [key, inner] of Object.entries(Object(value) as Readonly<Record<string, unknown>>)) {
      const at = [...path, key];
      const cap = SIZES.find(([pattern]) => pattern.test(key))?.[1];
      if (typeof inner === 'object' && at.length < DEEPEST) open.push({ path: at, value: inner });
      if (cap && typeof inner !== 'object' && Number(inner) > CAPS[cap].most)
        problems.push({ path: at, message: beyond(cap, Number(inner)) });
    }
  return problems;
}

/** @throws UserError naming the first size in a `config.json` that is beyond its cap. */
export function expectSizes(json: unknown, file: string): void {
  const [first] = sizeProblems(json);
  if (first) throw new UserError(`${file}: ${first.path.join('.')}: ${first.message}`);
}
