import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readHeader, readTensor } from '../../../src/bridges/gguf/file.ts';
import { readGguf } from '../../../src/bridges/gguf/read.ts';
import { readTokenizer } from '../../../src/bridges/gguf/tokenizer.ts';
import { createEngine } from '../../../src/engine/index.ts';
import { withOpenFile } from '../../../src/lib/files.ts';
import { sha256 } from '../../../src/lib/sha256.ts';
import { loadCheckpoint } from '../../../src/nn/checkpoints/index.ts';
import { parameterTensorSpecs } from '../../../src/nn/models/index.ts';
import { loadTokenizer } from '../../../src/world/tokenizer/load.ts';
import { dormouse, scratch } from '../../cli/command.ts';
import { maxDifference } from '../../golden/read.ts';
import { floats, ggufPath, golden } from './golden.ts';

const engine = await createEngine({ backend: 'cpu' });
afterAll(() => engine.dispose());

describe('types of weights', () => {
  it.each(Object.entries(golden.types))('%s: no value differs from Python gguf', async (name, expected) => {
    const file = ggufPath('types.gguf');
    const entry = (await readHeader(file)).entries.get(name)!;
    expect(entry).toMatchObject({ type: name, shape: [2, 256] });
    const values = withOpenFile(file, undefined, (open) => readTensor(open, entry));
    const bits = (of: Float32Array): Uint32Array => new Uint32Array(of.buffer);
    expect(bits(values)).toEqual(bits(floats(expected)));
    expect(new Set(values).size).toBeGreaterThan(100);
  });
});

describe.each(['llama', 'qwen2', 'gpt2'] as const)('%s', (name) => {
  const { tokens, logits, ids, values } = golden[name];
  const read = readGguf(ggufPath(`${name}.gguf`));

  it('has the weights that were put into it, in the order of Hugging Face', async () => {
    const { parameters } = await read;
    const prefix = name === 'gpt2' ? 'transformer.' : '';
    expect(
      Object.keys(parameters)
        .map((parameter) => prefix + parameter)
        .sort(),
    ).toEqual(Object.keys(values).sort());
    for (const [parameter, { first, sum }] of Object.entries(values)) {
      const { data } = parameters[parameter.slice(prefix.length)]!;
      expect([...data.subarray(0, 5)]).toEqual(first);
      expect(data.reduce((all, x) => all + x, 0)).toBeCloseTo(sum, 6);
    }
  });

  it('gives the logits that transformers gives', async () => {
    const { model, parameters } = await read;
    const program = await engine.compile(
      `logits ${model.key}`,
      (p, { tokens }) => ({ outputs: { logits: model.logits(p, model.forward(p, { tokens: tokens! }).hidden) } }),
      { state: parameterTensorSpecs(model), inputs: { tokens: { shape: [1, tokens.length], dtype: 'int32' } } },
    );
    const run = await program.run(engine.createState(parameters), { tokens: Int32Array.from(tokens) });
    expect(maxDifference(run.logits!, floats(logits))).toBeLessThan(2e-5);
  });

  it('cuts texts into the same tokens, and puts them together again', async () => {
    const { tokenizer: files } = await read;
    const tokenizer = await loadTokenizer(files);
    expect(await tokenizer.encodeBatch(golden.texts)).toEqual(ids);
    const texts = name === 'qwen2' ? golden.texts.map((text) => text.normalize('NFC')) : golden.texts;
    const plain = texts.filter((text) => !text.includes('<|'));
    expect(await tokenizer.decodeBatch(await tokenizer.encodeBatch(plain))).toEqual(plain);
    expect(tokenizer.isPlain).toBe(false);
    expect(await tokenizer.decode([tokenizer.endId])).toBe('<|end|>');
  });

  it('begins a text as the file says', async () => {
    const { tokenizer: files, tokens: special } = await read;
    const tokenizer = await loadTokenizer(files);
    const plain = await tokenizer.encode('2024');
    expect(await tokenizer.encodeText('2024')).toEqual(name === 'llama' ? [special.bos, ...plain] : plain);
  });
});

it.each(['smollm', 'llama-bpe'] as const)('%s cuts texts as its own tokenizer does', async (pre) => {
  const file = ggufPath(`${pre}.gguf`);
  const { metadata } = await readHeader(file);
  const tokenizer = await loadTokenizer(readTokenizer(metadata, file).files);
  expect(await tokenizer.encodeBatch(golden.texts)).toEqual(golden[pre].ids);
  expect((await tokenizer.encodeText('')).length).toBe(1); // said by one file, the rule of the other
});

describe('dormouse import model.gguf', () => {
  it('writes a checkpoint with the values of the file, and says what they were', async () => {
    const out = path.join(scratch(), 'tiny');
    const { code, stdout } = await dormouse('import', ggufPath('llama.gguf'), '--out', out, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{
        source: ggufPath('llama.gguf'),
        model: expect.stringMatching(/^llama: 2 layers, 4 heads, width 32/) as string,
      },
      ...{ weights: 'Q8_0, Q4_0, Q4_1, BF16, F16, F32', template: 'own', endOfTurn: '<|end|>' },
      sha256: sha256(fs.readFileSync(ggufPath('llama.gguf'))),
    });
    const [before, after] = [await readGguf(ggufPath('llama.gguf')), loadCheckpoint(out)];
    expect(after.parameters).toEqual(before.parameters);
    expect(after.tokenizer).toEqual(before.tokenizer);
    expect(after.tokens).toEqual({ bos: 1, eos: 2, pad: 2 });
    expect(after.card).toContain('read from Q8_0, Q4_0');
  });

  const spoiled = (name: string, change: (bytes: Buffer) => Buffer): string => {
    const file = path.join(scratch(), 'spoiled.gguf');
    fs.writeFileSync(file, change(fs.readFileSync(ggufPath(name))));
    return file;
  };
  const replaced = (from: string, to: string) => (bytes: Buffer) => {
    const at = bytes.indexOf(from);
    expect([at > 0, to.length]).toEqual([true, from.length]);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(to), bytes.subarray(at + from.length)]);
  };
  it.each([
    ['no such file', () => 'nothing.gguf', /cannot read nothing\.gguf: there is no such file; give a GGUF file/],
    ['another file', () => spoiled('gpt2.gguf', () => Buffer.from('{}')), /is not a GGUF file: it does not begin with/],
    [
      'half a file',
      () => spoiled('gpt2.gguf', (all) => all.subarray(0, 40_000)),
      /corrupt GGUF file .*: it ends before/,
    ],
    [
      'half a header',
      () => spoiled('gpt2.gguf', (all) => all.subarray(0, 3_000)),
      /corrupt GGUF file .*: it ends within its header; get it again/,
    ],
    [
      'a type that is not read',
      () => spoiled('gpt2.gguf', typeOf('token_embd.weight', 10)),
      /token_embd\.weight is Q2_K; read here are F32/,
    ],
    [
      'another architecture',
      () => spoiled('gpt2.gguf', replaced('gpt2', 'bert')),
      /architecture bert is not read from GGUF; read are llama, qwen2, gpt2/,
    ],
    [
      'a key of another network',
      () => spoiled('llama.gguf', replaced('llama.rope.freq_base', 'llama.rope.freq_bass')),
      /dormouse can run: .*rope\.freq_bass/,
    ],
    [
      'a tensor that is missing',
      () => spoiled('llama.gguf', replaced('blk.1.ffn_up.weight', 'blk.9.ffn_up.weight')),
      /missing: model\.layers\.1\.mlp\.up_proj\.weight; unknown: blk\.9\.ffn_up\.weight/,
    ],
    [
      'a rule for cutting text that is not known',
      () => spoiled('gpt2.gguf', replaced('gpt-2', 'gpt-9')),
      /cuts text by "gpt-9"; known here are gpt-2/,
    ],
    [
      'no model in it',
      () => ggufPath('types.gguf'),
      /does not describe a model that dormouse can run: tokenizer\.ggml\.model/,
    ],
  ])('%s is refused in one line, and nothing is written', async (_, file, message) => {
    const out = path.join(scratch(), 'out');
    const { code, stderr } = await dormouse('import', file(), '--out', out);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) as string });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(fs.existsSync(out)).toBe(false);
  });
});

/** The tensor's type in the header: behind its name, the number of its axes, and two of those. */
const typeOf = (name: string, type: number) => (bytes: Buffer) => {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(type, copy.indexOf(name) + name.length + 4 + 16);
  return copy;
};
