import { GGMLQuantizationType, GGUFValueType, serializeGgufMetadata } from '@huggingface/gguf';
import type { GGUFTypedMetadata } from '@huggingface/gguf';
import { UserError } from '../../lib/errors.ts';
import type { Checkpoint } from '../../nn/checkpoints/index.ts';
import { sizeOf } from '../../nn/checkpoints/safetensors/header.ts';
import type { FloatType } from '../../nn/checkpoints/safetensors/index.ts';
import { disclaimerIn } from '../../nn/checkpoints/card.ts';
import { encodeTensor } from '../../nn/checkpoints/safetensors/write.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';
import { families, nameInFile } from './families/index.ts';
import type { Family } from './families/index.ts';
import { quantizations } from './quantizations.ts';
import { BLOCK, quantizeQ8 } from './quantize.ts';
import { vocabularyOf } from './write-tokenizer.ts';

/** What the matrices of a file can be. */
export type GgufType = FloatType | 'q8_0';

/** What llama.cpp calls such weights, and a file of them (`general.file_type`). */
const TYPES = {
  float32: { name: 'F32', file: 0 },
  float16: { name: 'F16', file: 1 },
  bfloat16: { name: 'BF16', file: 32 },
  q8_0: { name: 'Q8_0', file: 7 },
} as const;

/** Every tensor begins at a multiple of it: the format's own default. */
const ALIGNMENT = 32;
/** How many values are turned at a time. */
const CHUNK = 2 ** 19;

interface Writable extends Omit<Checkpoint, 'tokenizer'> {
  readonly read: ChatTokenizer;
}

/**
 * A checkpoint as one GGUF file, chunk by chunk, as llama.cpp's own converter makes one: its names and order of rows; vectors and
 * positions as float32; matrices whose rows are no multiple of 32 as float16 where Q8_0 is asked for.
 *
 * @throws UserError where llama.cpp has no such network or tokenizer, or a value is beyond float16's range.
 */
export function encodeGguf(checkpoint: Writable, type: GgufType): Iterable<Uint8Array> {
  const { model, parameters } = checkpoint;
  const architecture = String(model.hfConfig.model_type);
  const family = Object.hasOwn(families, architecture) ? families[architecture] : undefined;
  if (!family)
    throw new UserError(
      `no GGUF of a ${architecture}: written are ${Object.keys(families).join(', ')}; export --format hf`,
    );
  const tensors = Object.entries(parameters).map(([parameter, tensor]) => {
    const name = nameInFile(family, parameter);
    const { shape, data } = family.toFile(parameter, tensor, model.hfConfig);
    return { name, shape, data, type: typeOf(name, shape, type) };
  });
  const metadata = metadataOf(checkpoint, architecture, family, type, tensors.length);
  // the library pads what it writes for data to follow, but here come the tensors' places first
  const head = [serializeGgufMetadata(metadata, { alignment: 1 }), placesOf(tensors)];
  return {
    *[Symbol.iterator]() {
      yield* head;
      yield padding(head.reduce((sum, { length }) => sum + length, 0));
      for (const tensor of tensors) {
        yield* encoded(tensor);
        yield padding(bytesOf(tensor));
      }
    },
  };
}

interface Tensor {
  readonly name: string;
  readonly type: GgufType;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

function typeOf(name: string, shape: readonly number[], type: GgufType): GgufType {
  if (shape.length === 1 || name.startsWith('position_embd')) return 'float32';
  return type === 'q8_0' && shape.at(-1)! % BLOCK !== 0 ? 'float16' : type;
}

const bytesOf = ({ type, shape }: Tensor): number => {
  const { values, bytes } = quantizations[TYPES[type].name];
  return (sizeOf(shape) / values) * bytes;
};
const padding = (after: number): Uint8Array => new Uint8Array((ALIGNMENT - (after % ALIGNMENT)) % ALIGNMENT);

/** Each tensor's name, axes (innermost first), type, and place from where the data begin. */
function placesOf(tensors: readonly Tensor[]): Uint8Array {
  const places: Buffer[] = [];
  let at = 0;
  for (const tensor of tensors) {
    const { name, shape, type } = tensor;
    const fixed = Buffer.alloc(8 + name.length + 4 + 8 * shape.length + 4 + 8);
    let to = fixed.writeBigUInt64LE(BigInt(name.length));
    to += fixed.write(name, to, 'latin1');
    to = fixed.writeUInt32LE(shape.length, to);
    for (const n of shape.toReversed()) to = fixed.writeBigUInt64LE(BigInt(n), to);
    to = fixed.writeUInt32LE(GGMLQuantizationType[TYPES[type].name], to);
    fixed.writeBigUInt64LE(BigInt(at), to);
    places.push(fixed);
    at += bytesOf(tensor) + padding(bytesOf(tensor)).length;
  }
  return Buffer.concat(places);
}

function* encoded({ name, type, data }: Tensor): Generator<Uint8Array> {
  if (type !== 'q8_0') yield* encodeTensor(name, data, type);
  else for (let at = 0; at < data.length; at += CHUNK) yield quantizeQ8(data.subarray(at, at + CHUNK));
}

type Typed = GGUFTypedMetadata[string];
const { UINT32, UINT64, INT32, FLOAT32, BOOL, STRING, ARRAY } = GGUFValueType;
const text = (value: string): Typed => ({ value, type: STRING });
const integer = (value: number): Typed => ({ value, type: UINT32 });

function metadataOf(
  { model, tokens, read, card }: Writable,
  architecture: string,
  family: Family,
  type: GgufType,
  count: number,
): GGUFTypedMetadata {
  const { integers, floats } = family.metadata(model.hfConfig);
  const { scores, ...vocabulary } = vocabularyOf(read, tokens.bos, model.vocabSize);
  const prefixed = (prefix: string, values: Readonly<Record<string, unknown>>): Record<string, Typed> =>
    Object.fromEntries(
      Object.entries(values).flatMap(([key, value]) => {
        const typed = inFile(value);
        return typed ? [[`${prefix}.${key}`, typed]] : [];
      }),
    );
  const disclaimer = disclaimerIn(card);
  const values: Record<string, Typed> = {
    'general.architecture': text(architecture),
    'general.type': text('model'),
    ...(disclaimer !== undefined && { 'general.description': text(disclaimer) }),
    'general.file_type': integer(TYPES[type].file),
    'general.quantization_version': integer(2),
    ...prefixed(architecture, integers),
    ...Object.fromEntries(
      Object.entries(floats).map(([key, value]) => [`${architecture}.${key}`, { value, type: FLOAT32 }]),
    ),
    ...prefixed('tokenizer.ggml', vocabulary),
    ...(scores.length > 0 && { 'tokenizer.ggml.scores': { value: [...scores], type: ARRAY, subType: FLOAT32 } }),
    'tokenizer.chat_template': text(read.chatTemplate),
  };
  return {
    version: { value: 3, type: UINT32 },
    tensor_count: { value: BigInt(count), type: UINT64 },
    kv_count: { value: 0n, type: UINT64 }, // counted by whoever writes them
    ...values,
  };
}

/** Texts, whole numbers, truths, and lists of these; nothing for what is not there. */
function inFile(value: unknown): Typed | undefined {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'boolean') return { value, type: BOOL };
  if (typeof value === 'number') return integer(value);
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return typeof value[0] === 'string'
    ? { value: value.map(String), type: ARRAY, subType: STRING }
    : { value: value.map(Number), type: ARRAY, subType: INT32 };
}
