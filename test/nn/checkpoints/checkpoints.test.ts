import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from '../../../src/nn/checkpoints/index.ts';
import { encodeSafetensors } from '../../../src/nn/checkpoints/safetensors/index.ts';
import { UserError } from '../../../src/lib/errors.ts';
import { expectWhole, isSealed } from '../../../src/lib/sealed.ts';
import { smallCheckpoint } from './small.ts';

let [saved, dir] = ['', ''];
beforeAll(() => saveCheckpoint((saved = fs.mkdtempSync(path.join(os.tmpdir(), 'checkpoint-'))), smallCheckpoint()));
afterAll(() => fs.rmSync(saved, { recursive: true, force: true }));
beforeEach(() => fs.cpSync(saved, (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'checkpoint-'))), { recursive: true }));
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));
const at = (name: string): string => path.join(dir, name);
const readConfig = (): Record<string, unknown> => JSON.parse(fs.readFileSync(at('config.json'), 'utf8'));
const editConfig = (changes: Record<string, unknown>): void =>
  fs.writeFileSync(at('config.json'), JSON.stringify({ ...readConfig(), ...changes }));
const weights = (edit: (names: ReturnType<typeof smallCheckpoint>['parameters']) => void): void => {
  const parameters = { ...smallCheckpoint().parameters };
  edit(parameters);
  fs.writeFileSync(at('model.safetensors'), Buffer.concat([...encodeSafetensors(parameters)]));
};

/** The one line that loading fails with. */
function complaint(options: Parameters<typeof loadCheckpoint>[1] = {}): string {
  try {
    loadCheckpoint(dir, options);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).not.toContain('\n');
    return error.message;
  }
  throw new Error('loaded without a complaint');
}

describe('a checkpoint', () => {
  it('comes back as it was saved', () => {
    const { model, ...rest } = smallCheckpoint();
    const { model: loadedModel, ...loaded } = loadCheckpoint(dir);
    expect(loaded).toEqual(rest);
    expect(loadedModel.key).toBe(model.key);
    expect(isSealed(dir)).toBe(true);
  });

  it('is a Hugging Face folder', () => {
    expect(fs.readdirSync(dir).sort()).toEqual([
      'DONE',
      'README.md',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect(readConfig()).toMatchObject({
      model_type: 'gpt2',
      n_embd: 8,
      n_head: 2,
      vocab_size: 32,
      eos_token_id: 1,
      pad_token_id: 0,
    });
    expect(fs.readFileSync(at('model.safetensors'), 'latin1')).toContain('"transformer.h.0.attn.c_attn.weight"');
  });

  it('is undone while it is written over', () => {
    fs.mkdirSync(at('blocked'));
    expect(() => saveCheckpoint(dir, { ...smallCheckpoint(), tokenizer: { blocked: '' } })).toThrow(
      /a folder is in the way/,
    );
    expect(isSealed(dir)).toBe(false);
  });

  it('is read from the names of published files too', () => {
    weights((p) => {
      p['h.0.attn.bias'] = { shape: [1, 1, 2, 2], data: new Float32Array(4) };
      p['lm_head.weight'] = p['wte.weight']!;
    });
    fs.rmSync(at('DONE'));
    expect(loadCheckpoint(dir, { unfinished: true }).parameters).toEqual(smallCheckpoint().parameters);
  });
});

describe('a sealed checkpoint', () => {
  const restore = (): string => `restore it from a copy, or move ${dir} away and make it again`;

  it('is read by sha256sum, too', () => {
    const sums = execFileSync('sha256sum', ['--check', '--strict', 'DONE'], { cwd: dir, encoding: 'utf8' });
    expect(sums.trim().split('\n')).toEqual(
      [
        'config.json',
        'generation_config.json',
        'tokenizer.json',
        'tokenizer_config.json',
        'model.safetensors',
        'README.md',
      ].map((name) => `${name}: OK`),
    );
  });

  it.each(['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors', 'README.md'])(
    'refuses a %s of which one bit is another',
    (name) => {
      const bytes = fs.readFileSync(at(name));
      for (const place of [0, bytes.length >> 1, bytes.length - 1]) {
        const flipped = Buffer.from(bytes);
        flipped[place]! ^= 1;
        fs.writeFileSync(at(name), flipped);
        if (name === 'model.safetensors' && place === 0) expect(complaint()).toContain(at(name));
        else
          expect(complaint()).toBe(`${at(name)} is damaged: it is not what was written there (SHA-256); ${restore()}`);
      }
      fs.writeFileSync(at(name), bytes);
      expect(loadCheckpoint(dir).parameters).toEqual(smallCheckpoint().parameters);
    },
  );

  it('refuses what it lacks, a folder for a file, and a file that came later', () => {
    fs.writeFileSync(at('chat_template.jinja'), 'another');
    expect(complaint()).toBe(
      `${at('chat_template.jinja')} cannot be checked: ${at('DONE')} does not name it; ${restore()}`,
    );
    fs.rmSync(at('chat_template.jinja'));
    fs.rmSync(at('model.safetensors'));
    expect(complaint()).toBe(`${dir} is not whole: it lacks model.safetensors, which its DONE names; ${restore()}`);
    fs.mkdirSync(at('model.safetensors'));
    expect(complaint()).toBe(`${dir} is not whole: it lacks model.safetensors, which its DONE names; ${restore()}`);
  });

  it('refuses a DONE that is damaged, wherever that is', () => {
    const done = fs.readFileSync(at('DONE'));
    for (const place of done.keys()) {
      const flipped = Buffer.from(done);
      flipped[place]! ^= 1 << (place % 7);
      fs.writeFileSync(at('DONE'), flipped);
      expect(() => expectWhole(dir), `byte ${place}`).toThrow(UserError);
    }
    fs.writeFileSync(at('DONE'), `${'0'.repeat(64)}  ../../etc/passwd\n`);
    expect(complaint()).toBe(`${at('DONE')} is damaged: it is not a list of SHA-256 sums and files; ${restore()}`);
  });

  it('of a version that kept no sums is refused, with the one line that accepts it', () => {
    fs.writeFileSync(at('DONE'), '');
    const command = /to trust its files as they are now: (.*)$/.exec(complaint())?.[1] ?? '';
    expect(command).toBe(`cd ${dir} && sha256sum *.* > DONE`);
    execFileSync('sh', ['-c', command]);
    expect(loadCheckpoint(dir).parameters).toEqual(smallCheckpoint().parameters);
  });
});

describe('a damaged checkpoint that nothing seals', () => {
  const faults: [name: string, damage: () => void, line: string | RegExp][] = [
    ['empty folder', () => fs.rmSync(dir, { recursive: true }), /^no checkpoint in .*missing or empty/],
    ['no config', () => fs.rmSync(at('config.json')), /cannot read .*config\.json: there is no such file/],
    ['cut config', () => fs.truncateSync(at('config.json'), 20), /corrupt JSON in .*config\.json/],
    ['empty config', () => fs.truncateSync(at('config.json'), 0), /corrupt JSON in .*config\.json: it is empty/],
    [
      'another architecture',
      () => editConfig({ model_type: 'mamba' }),
      /config\.json: model_type "mamba" is not one that dormouse can run; it runs gpt2/,
    ],
    ['another activation', () => editConfig({ activation_function: 'relu' }), /activation_function/],
    ['a key missing', () => editConfig({ n_layer: undefined }), /n_layer: .*received undefined/],
    ['indivisible heads', () => editConfig({ n_head: 3 }), /n_embd 8 is not divisible by n_head 3/],
    ['a wide MLP', () => editConfig({ n_inner: 9 }), /n_inner 9 is not supported/],
    ['a false size', () => editConfig({ vocab_size: 33 }), /wrong shapes: wte\.weight is \[32, 8\], not \[33, 8\]$/],
    ['too many layers', () => editConfig({ n_layer: 3 }), /missing: h\.2\.ln_1\.weight.* and 6 more$/],
    ['too few layers', () => editConfig({ n_layer: 1 }), /unknown: h\.1\.ln_1\.weight.* and 6 more$/],
    [
      'no weights',
      () => fs.rmSync(at('model.safetensors')),
      /no weights in .*: it holds neither model\.safetensors nor/,
    ],
    [
      'cut weights',
      () => fs.truncateSync(at('model.safetensors'), 5000),
      /corrupt .*model\.safetensors: it is cut off/,
    ],
    ['cut header', () => fs.truncateSync(at('model.safetensors'), 50), /it is cut off inside its header/],
    ['a tensor missing', () => weights((p) => delete p['ln_f.bias']), /does not fit .*missing: ln_f\.bias$/],
    ['a tensor more', () => weights((p) => (p['x'] = p['ln_f.bias']!)), /unknown: x$/],
    ['no tokenizer', () => fs.rmSync(at('tokenizer.json')), /cannot read .*tokenizer\.json: there is no such file/],
    ['cut tokenizer', () => fs.truncateSync(at('tokenizer.json'), 5), /corrupt JSON in .*tokenizer\.json/],
    ['no chat template', () => fs.rmSync(at('tokenizer_config.json')), /cannot read .*tokenizer_config\.json/],
  ];
  it.each(faults)('(%s) gives one clear line', (_, damage, line) => {
    fs.rmSync(at('DONE'));
    expect(complaint()).toBe(`unfinished checkpoint: ${dir} has no DONE; run its experiment again and it continues`);
    damage();
    expect(complaint({ unfinished: true })).toMatch(line);
  });
});
