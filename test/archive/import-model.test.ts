import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { isDone, loadCheckpoint } from '../../src/nn/checkpoints/index.ts';
import { importedName, isRepository } from '../../src/archive/import-model.ts';
import { dormouse, scratch } from '../cli/command.ts';
import { COMMIT, startHub } from '../bridges/hub/hub-server.ts';
import { families, putFound } from '../nn/models/found.ts';

const found = async (family = 'chatml', spare?: number): Promise<string> => {
  const dir = path.join(scratch(), 'Tiny-Model');
  await putFound(dir, family, spare);
  return dir;
};

describe('dormouse import', () => {
  it.each(Object.keys(families))('%s: reads a folder once, checks it, and writes a checkpoint', async (family) => {
    const dir = await found(family);
    const out = path.join(scratch(), 'imported');
    const { code, stdout } = await dormouse('import', dir, '--out', out, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      source: dir,
      template: family === 'none' ? 'plain' : 'own',
      endOfTurn: { chatml: '<|im_end|>', angle: '</s>', inst: '</s>', none: '<|endoftext|>' }[family],
    });
    expect(isDone(out)).toBe(true);
    const [before, after] = [loadCheckpoint(dir, { unfinished: true }), loadCheckpoint(out)];
    expect(after.parameters).toEqual(before.parameters);
    expect(after.tokenizer).toEqual(before.tokenizer);
    expect(fs.readFileSync(path.join(out, 'imported.json'), 'utf8')).toContain('dormouse-import-1');
  });

  it('shows what the model will read, and how to use it', async () => {
    const out = path.join(scratch(), 'imported');
    const { stdout } = await dormouse('import', await found('none'), '--out', out);
    expect(stdout).toContain("it has none: this kit's plain one is used; <|endoftext|> ends a turn");
    expect(stdout).toContain('| User:');
    expect(stdout).toContain(`npx dormouse run imported --set model.path=${out}`);
  });

  it.each([
    ['a folder that is not there', () => Promise.resolve(path.join(scratch(), 'nothing')), /no checkpoint in/],
    [
      'a tokenizer that does not fit',
      () => found('chatml', -1),
      /tokenizer and model do not fit: 340 tokens, embeddings for 339/,
    ],
    [
      'a config without weights',
      async () => {
        const dir = await found();
        fs.rmSync(path.join(dir, 'model.safetensors'));
        return dir;
      },
      /model\.safetensors/,
    ],
  ])('%s is refused in one line', async (_, make, message) => {
    const { code, stderr } = await dormouse('import', await make(), '--out', path.join(scratch(), 'out'));
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('overwrites nothing', async () => {
    const dir = await found();
    const { code, stderr } = await dormouse('import', dir, '--out', dir);
    expect(code).toBe(1);
    expect(stderr).toContain('holds something already');
  });

  it('downloads a repository by its name, and says at which commit', async () => {
    const dir = await found();
    const files = Object.fromEntries(fs.readdirSync(dir).map((name) => [name, fs.readFileSync(path.join(dir, name))]));
    const hub = await startHub({ files: { ...files, 'pytorch_model.bin': 'a pickle' }, token: 'hf_secret' });
    vi.stubEnv('HF_ENDPOINT', hub.url);
    vi.stubEnv('XDG_CACHE_HOME', scratch());
    const out = path.join(scratch(), 'imported');
    try {
      const refused = await dormouse('import', 'owner/tiny', '--out', out);
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.stderr).toMatch(/HF_TOKEN/);
      vi.stubEnv('HF_TOKEN', 'hf_secret');
      const { code, stdout, stderr } = await dormouse('import', 'owner/tiny', '--out', out, '--json');
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(JSON.parse(stdout)).toMatchObject({ source: 'owner/tiny', revision: COMMIT });
      expect(hub.seen.some(({ path: asked }) => asked.includes('pytorch_model.bin'))).toBe(false);
      expect(loadCheckpoint(out).parameters).toEqual(loadCheckpoint(dir, { unfinished: true }).parameters);
      for (const name of fs.readdirSync(out))
        expect(fs.readFileSync(path.join(out, name), 'latin1')).not.toContain('hf_secret');
    } finally {
      vi.unstubAllEnvs();
      await hub.close();
    }
  });

  it('tells a repository from a folder', () => {
    expect(['HuggingFaceTB/SmolLM-135M', 'gpt2/x'].map(isRepository)).toEqual([true, true]);
    expect(['./gpt2', '../gpt2', '/models/gpt2', 'a/b/c', process.cwd()].map(isRepository)).toEqual(
      Array(5).fill(false),
    );
    expect(importedName('HuggingFaceTB/SmolLM-135M')).toBe(path.join('checkpoints', 'smollm-135m'));
  });
});
