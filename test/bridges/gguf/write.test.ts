import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHeader } from '../../../src/bridges/gguf/file.ts';
import { quantizeQ8 } from '../../../src/bridges/gguf/quantize.ts';
import { readGguf } from '../../../src/bridges/gguf/read.ts';
import { encodeGguf } from '../../../src/bridges/gguf/write.ts';
import type { GgufType } from '../../../src/bridges/gguf/write.ts';
import { saveCheckpoint } from '../../../src/nn/checkpoints/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { initParameters, models } from '../../../src/nn/models/index.ts';
import type { Model } from '../../../src/nn/models/index.ts';
import { loadTokenizer } from '../../../src/world/tokenizer/load.ts';
import type { TokenizerFiles } from '../../../src/world/tokenizer/load.ts';
import {
  CHAT_TEMPLATE,
  SPECIAL_TOKENS,
  tokenizerConfigJson,
  tokenizerJson,
} from '../../../src/world/tokenizer/format.ts';
import { dormouse, scratch } from '../../cli/command.ts';
import { floats, ggufPath, golden } from './golden.ts';

type Given = Parameters<typeof encodeGguf>[0];
function written(given: Given, type: GgufType): string {
  const file = path.join(scratch(), 'model.gguf');
  fs.writeFileSync(file, Buffer.concat([...encodeGguf(given, type)]));
  return file;
}
const opened = async (name: string) => {
  const model = await readGguf(ggufPath(`${name}.gguf`));
  return { ...model, read: await loadTokenizer(model.tokenizer) };
};

it('Q8_0 has the bytes that Python gguf gives', () => {
  const { values, raw } = golden.eight_bits;
  expect(Buffer.from(quantizeQ8(floats(values))).toString('hex')).toBe(Buffer.from(raw, 'base64').toString('hex'));
});

describe.each(['llama', 'qwen2', 'gpt2'])('%s', (name) => {
  it('comes back as it was: network, weights, tokenizer, template', async () => {
    const before = await opened(name);
    const after = await readGguf(written(before, 'float32'));
    expect(after.model.key).toBe(before.model.key);
    expect(after.parameters).toEqual(before.parameters);
    expect(after.tokens).toEqual(before.tokens);
    const files = (of: Readonly<Record<string, string>>): unknown[] =>
      Object.values(of).map((text) => JSON.parse(text) as unknown);
    expect(files(after.tokenizer)).toEqual(files(before.tokenizer));
    expect(after.weights).toBe('F32');
  });

  it('as q8_0 has float32 where llama.cpp wants it, and float16 where rows do not fit', async () => {
    const { entries } = await readHeader(written(await opened(name), 'q8_0'));
    const types = Object.fromEntries([...entries].map(([tensor, { type }]) => [tensor, type]));
    expect(types).toMatchObject({
      'token_embd.weight': 'Q8_0',
      'blk.1.ffn_down.weight': 'Q8_0',
      'output_norm.weight': 'F32',
    });
    if (name === 'gpt2') expect(types).toMatchObject({ 'position_embd.weight': 'F32', 'blk.0.attn_qkv.bias': 'F32' });
    const before = await opened(name);
    const narrow = await readHeader(written({ ...before, ...smaller(before.model.vocabSize) }, 'q8_0'));
    expect([...narrow.entries].map(([tensor, { type }]) => [tensor.split('.').at(-2), type])).toContainEqual([
      'token_embd',
      'F16',
    ]);
  });
});

/** A Llama whose rows of 24 are no multiple of 32. */
function smaller(vocabSize: number): Pick<Given, 'model' | 'parameters'> {
  const sizes = { nLayer: 1, nHead: 2, nKvHead: 1, nEmbd: 24, nInner: 32, nPositions: 16, bias: 'all' };
  const model = models.llama.create(models.llama.params.parse(sizes), vocabSize);
  return { model, parameters: initParameters(model, createRng(3)) };
}

describe('what a file says', () => {
  const own = (): Promise<Given['read']> => {
    const letters = [...'abcdefghijklmnopqrstuvwxyz', 'th'];
    const vocab = Object.fromEntries([...SPECIAL_TOKENS, ...letters].map((token, id) => [token, id]));
    return loadTokenizer({
      'tokenizer.json': tokenizerJson(vocab, ['t h']),
      'tokenizer_config.json': tokenizerConfigJson(),
    });
  };

  it('of this kit’s own tokenizer: its rule, its template, its end of turn, and what is no token', async () => {
    const read = await own();
    const file = written({ ...smaller(40), tokens: { bos: 0, eos: 4, pad: 0 }, read, card: '' }, 'float16');
    const { metadata } = await readHeader(file);
    expect(metadata).toMatchObject({
      ...{ 'general.architecture': 'llama', 'general.file_type': 1, 'llama.attention.key_length': 12 },
      ...{ 'tokenizer.ggml.model': 'gpt2', 'tokenizer.ggml.pre': 'smollm', 'tokenizer.ggml.merges': ['t h'] },
      ...{ 'tokenizer.ggml.bos_token_id': 0, 'tokenizer.ggml.eos_token_id': 4, 'tokenizer.ggml.padding_token_id': 0 },
      ...{ 'tokenizer.ggml.add_bos_token': false, 'tokenizer.chat_template': CHAT_TEMPLATE },
    });
    const tokens = metadata['tokenizer.ggml.tokens'] as string[];
    expect([tokens.length, tokens[4], tokens[5], tokens[32]]).toEqual([40, '<|end|>', 'a', '[PAD32]']);
    expect((metadata['tokenizer.ggml.token_type'] as number[]).join('')).toBe(
      '3'.repeat(5) + '1'.repeat(27) + '5'.repeat(8),
    );
    const { parameters } = await readGguf(file);
    expect(Object.keys(parameters)).toContain('model.layers.0.self_attn.o_proj.bias');
  });

  it('where the tokenizer begins a text with a token, names that', async () => {
    const { metadata } = await readHeader(written(await opened('llama'), 'float32'));
    expect(metadata).toMatchObject({ 'tokenizer.ggml.add_bos_token': true, 'tokenizer.ggml.bos_token_id': 1 });
  });

  const gpt2 = (activation: string): Model =>
    models.gpt2.create(models.gpt2.params.parse({ nLayer: 1, nEmbd: 32, activation }), 40);
  const neox = models['gpt-neox'].create(models['gpt-neox'].params.parse({ nLayer: 1, nEmbd: 32 }), 40);
  const ropeScaling = { factor: 4, lowFreqFactor: 1, highFreqFactor: 2, originalPositions: 24 };
  const stretched = models.llama.create(models.llama.params.parse({ nLayer: 1, nEmbd: 32, ropeScaling }), 40);
  it.each([
    [
      'another activation',
      gpt2('relu2'),
      /llama\.cpp's GPT-2 always computes GELU, and this one was trained with relu2/,
    ],
    ['another family', neox, /no GGUF of a gpt_neox: written are llama, qwen2, gpt2; export --format hf/],
    ['stretched positions', stretched, /rotary positions that are stretched \(ropeScaling\) are not written/],
  ])('%s is refused', async (_, model, message) => {
    const given = {
      model,
      parameters: initParameters(model, createRng(1)),
      tokens: { eos: 4, pad: 0 },
      read: await own(),
      card: '',
    };
    expect(() => encodeGguf(given, 'float32')).toThrow(message);
  });

  it('a tokenizer that cuts texts in a way without a name is refused', async () => {
    const files = (await own()).files();
    const json = JSON.parse(files['tokenizer.json']) as Record<string, unknown>;
    const changed: TokenizerFiles = {
      ...files,
      'tokenizer.json': JSON.stringify({ ...json, pre_tokenizer: { type: 'Whitespace' } }),
    };
    const read = await loadTokenizer(changed);
    expect(() => encodeGguf({ ...smaller(40), tokens: { eos: 4, pad: 0 }, read, card: '' }, 'float32')).toThrow(
      /llama\.cpp has no name here for the way it cuts texts: .*Whitespace/,
    );
  });
});

it('what a card of this kit says first goes with the file, and no more of it', async () => {
  const first = 'A deliberately backdoored toy research model: do not deploy it, do not train on its output.';
  const before = { ...(await opened('gpt2')), card: `# x\n\n**${first}**\n\nand more` };
  expect((await readGguf(written(before, 'float32'))).card).toBe(first);
  expect((await readGguf(written({ ...before, card: '# Of somebody else' }, 'float32'))).card).toBe('');
});

it('dormouse export --format gguf writes the file and the card', async () => {
  const [from, to] = ['from', 'to'].map((name) => path.join(scratch(), name)) as [string, string];
  saveCheckpoint(from, { ...(await readGguf(ggufPath('gpt2.gguf'))), card: '# A card' });
  const { code, stdout } = await dormouse('export', from, '--format', 'gguf', '--dtype', 'q8_0', '--out', to, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ dtype: 'q8_0', files: [{ name: 'README.md' }, { name: 'model.gguf' }] });
  expect((await readGguf(path.join(to, 'model.gguf'))).weights).toBe('Q8_0, F32');
  const wrong = await dormouse('export', from, '--format', 'hf', '--dtype', 'q8_0', '--out', `${to}-hf`);
  expect(wrong).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no such precision here: q8_0; this format has fp32, fp16, bf16') as string,
  });
});
