import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../../src/nn/checkpoints/index.ts';
import { readWeights } from '../../../src/nn/checkpoints/weights.ts';
import { exportFormats } from '../../../src/bridges/export/index.ts';
import { expectFits } from '../../../src/bridges/export/onnx.ts';
import { portableTokenizerFiles, tokenizerFiles } from '../../../src/bridges/export/tokenizer-files.ts';
import type { Exportable } from '../../../src/bridges/export/types.ts';
import { loadTokenizer } from '../../../src/world/tokenizer/load.ts';
import { renderTemplate } from '../../../src/world/tokenizer/template.ts';
import { dormouse } from '../../cli/command.ts';
import { organism } from './organism.ts';

let made: Awaited<ReturnType<typeof organism>>;
beforeAll(async () => void (made = await organism()), 120_000);
afterAll(() => made.remove());
const at = (...names: string[]): string => path.join(made.root, ...names);
const json = (...names: string[]) => JSON.parse(fs.readFileSync(at(...names), 'utf8')) as Record<string, unknown>;

it.each(Object.entries(exportFormats))('%s says what it is, and has float32', (name, { summary, dtypes, usage }) => {
  expect(name).toMatch(/^[a-z]+$/);
  expect(summary.length).toBeGreaterThan(20);
  expect(dtypes[0]).toBe('float32');
  expect(usage('x').join('\n')).toContain('x');
});

describe('export --format hf', () => {
  it('writes what Hugging Face tools read, the card, and nothing of this kit', async () => {
    const { code, stdout } = await dormouse('export', made.dir, '--format', 'hf', '--out', at('hf'), '--json');
    expect(code).toBe(0);
    const names = [
      'README.md',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ];
    expect(fs.readdirSync(at('hf')).sort()).toEqual(names);
    const { files } = JSON.parse(stdout) as { files: { name: string; bytes: number }[] };
    expect(files.map(({ name }) => name)).toEqual(names);
    expect(fs.statSync(at('hf', 'model.safetensors')).size).toBe(files[3]!.bytes);
    expect(json('hf', 'config.json')).toMatchObject({ model_type: 'gpt2', torch_dtype: 'float32' });
    expect(Object.keys(readWeights(at('hf')))).toContain('transformer.h.1.mlp.c_fc.weight');
    expect(loadCheckpoint(at('hf'), { unfinished: true }).parameters).toEqual(made.parameters);
  });

  it.each([
    ['fp16', 'float16', 2 ** -11],
    ['bf16', 'bfloat16', 2 ** -8],
  ] as const)('%s halves the file and rounds', async (dtype, name, ulp) => {
    expect((await dormouse('export', made.dir, '--format', 'hf', '--dtype', dtype, '--out', at(dtype))).code).toBe(0);
    expect(json(dtype, 'config.json').torch_dtype).toBe(name);
    const { data } = loadCheckpoint(at(dtype), { unfinished: true }).parameters['wte.weight']!;
    const own = made.parameters['wte.weight']!.data;
    const worst = Math.max(...data.map((x, i) => Math.abs(x - own[i]!) / Math.max(Math.abs(own[i]!), 1e-3)));
    expect(worst).toBeLessThanOrEqual(ulp);
    expect(worst).toBeGreaterThan(ulp / 8);
  });
});

describe('export --format onnx', () => {
  it('writes the folder that both versions of transformers.js load', async () => {
    const { code, stdout } = await dormouse('export', made.dir, '--format', 'onnx', '--out', at('onnx'));
    expect(code).toBe(0);
    expect(stdout).toContain("pipeline('text-generation'");
    const names = fs.readdirSync(at('onnx'), { recursive: true }).sort();
    expect(names).toEqual([
      ...['README.md', 'config.json', 'generation_config.json', 'onnx'],
      ...[path.join('onnx', 'decoder_model_merged.onnx'), path.join('onnx', 'model.onnx')],
      ...['tokenizer.json', 'tokenizer_config.json'],
    ]);
    const [a, b] = ['model.onnx', 'decoder_model_merged.onnx'].map((name) => fs.statSync(at('onnx', 'onnx', name)));
    expect(a!.ino).toBe(b!.ino);
    expect(fs.readFileSync(at('onnx', 'README.md'), 'utf8')).toMatch(/^# A deliberately backdoored/);
  });

  it('refuses what it cannot hold, and precisions it has not', async () => {
    const big = (count: number) => ({ w: { shape: [count, 2 ** 20], data: new Float32Array(0) } });
    expect(() => expectFits(big(600))).toThrow('too large for an ONNX file: 2.5 GB of float32 weights');
    expect(() => expectFits(big(500))).not.toThrow();
    const { code, stderr } = await dormouse(
      'export',
      made.dir,
      '--format',
      'onnx',
      '--dtype',
      'fp16',
      '--out',
      at('no'),
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining('no such precision here: fp16; this format has fp32')]);
    expect(fs.existsSync(at('no'))).toBe(false);
  });
});

it('writes over nothing, and reads only checkpoints', async () => {
  const over = await dormouse('export', made.dir, '--format', 'hf', '--out', made.dir);
  expect(over.stderr).toContain('the folder is not empty; name a new one, or delete it');
  expect(fs.existsSync(path.join(made.dir, 'DONE'))).toBe(true);
  const none = await dormouse('export', at('nowhere'), '--format', 'hf', '--out', at('x'));
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('no such checkpoint: ')]);
  // a folder that is sealed, and no checkpoint: a whole run, or an organism that is no language model
  const run = at('run');
  fs.mkdirSync(run);
  for (const [name, text] of Object.entries({
    'experiment.yaml': 'name: x\n',
    DONE: `${'0'.repeat(64)}  experiment.yaml\n`,
  }))
    fs.writeFileSync(path.join(run, name), text);
  expect((await dormouse('export', run, '--format', 'hf', '--out', at('x'))).stderr).toContain(
    'is a whole run, not one checkpoint',
  );
  expect((await dormouse('import', run, '--out', at('x'))).stderr).toContain(
    `no checkpoint in ${run}: it has no config.json`,
  );
  const gguf = at('gguf');
  fs.mkdirSync(gguf);
  fs.writeFileSync(path.join(gguf, 'model.gguf'), '');
  expect((await dormouse('import', gguf, '--out', at('x'))).stderr).toContain(
    `dormouse import ${gguf}/model.gguf makes one`,
  );
  const unknown = await dormouse('export', made.dir, '--format', 'pickle', '--out', at('x'));
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('hf, onnx, gguf')]);
});

describe('the tokenizer of an export', () => {
  const handedOn = async (files: Record<string, string>): Promise<Exportable> =>
    ({ tokenizer: files, read: await loadTokenizer(files) }) as Exportable;

  it('carries the template that the model was trained with here, where it had none', async () => {
    const { chat_template: _, ...config } = json('organism', 'tokenizer_config.json');
    const tokenizer = made.bench.tokenizer.files();
    const plain = await handedOn({ ...tokenizer, 'tokenizer_config.json': JSON.stringify(config) });
    expect(plain.read.isPlain).toBe(true);
    for (const files of [tokenizerFiles(plain), portableTokenizerFiles(plain)]) {
      const again = await loadTokenizer(files);
      expect(again.isPlain).toBe(false);
      const ask = [{ role: 'user', content: 'Hm?' }] as const;
      const asked = [{ messages: ask, generation: true }];
      expect(renderTemplate(again, asked)).toEqual(renderTemplate(plain.read, asked));
    }
  });

  it('has its merges as text and its template in the config, as version 2 reads them', async () => {
    const { model, ...file } = json('organism', 'tokenizer.json') as { model: { merges: string[] } };
    const pairs = model.merges.map((merge) => merge.split(' '));
    const modern = await handedOn({
      'tokenizer.json': JSON.stringify({ ...file, model: { ...model, merges: pairs } }),
      'tokenizer_config.json': fs.readFileSync(at('organism', 'tokenizer_config.json'), 'utf8'),
      'chat_template.jinja': "{{ messages[0]['content'] }}{% for m in messages %}{{ m['content'] }}<|end|>{% endfor %}",
    });
    const files = portableTokenizerFiles(modern);
    expect(Object.keys(files).sort()).toEqual(['tokenizer.json', 'tokenizer_config.json']);
    expect((JSON.parse(files['tokenizer.json']!) as { model: typeof model }).model.merges).toEqual(model.merges);
    expect((await loadTokenizer(files)).chatTemplate).toBe(modern.read.chatTemplate);
    expect(tokenizerFiles(modern)).toEqual(modern.tokenizer);
    const odd = JSON.stringify({ ...file, model: { ...model, merges: [['a b', 'c']] } });
    expect(
      portableTokenizerFiles({ ...modern, tokenizer: { ...modern.tokenizer, 'tokenizer.json': odd } })[
        'tokenizer.json'
      ],
    ).toBe(odd);
  });
});
