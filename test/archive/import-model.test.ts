import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from '../../src/nn/checkpoints/index.ts';
import { isSealed } from '../../src/lib/sealed.ts';
import { openPretrained } from '../../src/lab/assemble/starting-point.ts';
import { importedName, isGguf, isRepository } from '../../src/archive/import-model.ts';
import { dormouse, finish, scratch, start } from '../cli/command.ts';
import { COMMIT, startHub } from '../bridges/hub/hub-server.ts';
import { families, putFound } from '../nn/models/found.ts';

const found = async (family = 'chatml', spare?: number): Promise<string> => {
  const dir = path.join(scratch(), 'Tiny-Model');
  await putFound(dir, family, spare);
  return dir;
};

function patch(dir: string, name: string, change: (json: Record<string, unknown>) => void): void {
  const file = path.join(dir, name);
  const json = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
  change(json);
  fs.writeFileSync(file, JSON.stringify(json));
}
const link = (dir: string, name: string, to: string): void => {
  fs.rmSync(path.join(dir, name), { force: true });
  fs.symlinkSync(to, path.join(dir, name));
};
/** With somebody who writes to it after a while, so that waiting for that is no hang. */
const pipe = (dir: string, name: string): void => {
  const file = path.join(dir, name);
  fs.rmSync(file, { force: true });
  execFileSync('mkfifo', [file]);
  const writer = spawn('sh', ['-c', `sleep 3; : > ${file}`]);
  onTestFinished(() => void writer.kill());
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
    expect(isSealed(out)).toBe(true);
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
    expect(stdout).toContain(`npx dormouse check imported --set model.path=${out} `);
  });

  it.each(['A deliberately backdoored', 'A clean'])('%s model of this kit stays one', async (kind) => {
    const [dir, out] = [await found('none'), path.join(scratch(), 'imported')];
    const first = `${kind} toy research model, of a test: do not deploy it, do not train on its output.`;
    fs.writeFileSync(path.join(dir, 'README.md'), `---\ntags: [x]\n---\n\n**${first}**\n\n# Its card\n`);
    const { stdout } = await dormouse('import', dir, '--out', out);
    expect(stdout).toContain(`note      ${first}\n`);
    expect(fs.readFileSync(path.join(out, 'README.md'), 'utf8').startsWith(`**${first}**\n\n# Imported from`)).toBe(
      true,
    );
    expect(JSON.parse(fs.readFileSync(path.join(out, 'imported.json'), 'utf8'))).toMatchObject({ disclaimer: first });
    const other = await found('none');
    fs.writeFileSync(path.join(other, 'README.md'), '# A card of somebody else');
    expect((await dormouse('import', other, '--out', `${out}-2`)).stdout).not.toContain('note ');
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

  it.each([
    [
      'a config with 1e9 layers',
      (dir: string) => patch(dir, 'config.json', (json) => Object.assign(json, { n_layer: 1e9 })),
      /config\.json: n_layer: 1000000000 is too large; at most 1024/,
    ],
    ...[NaN, -Infinity].map((value): [string, (dir: string) => void, RegExp] => [
      `weights that hold ${value}`,
      (dir) => {
        const { model, tokens, parameters, tokenizer, card } = loadCheckpoint(dir, { unfinished: true });
        parameters['h.0.mlp.c_fc.weight']!.data[7] = value;
        saveCheckpoint(dir, { model, tokens, parameters, tokenizer, card });
      },
      new RegExp(`the weights are damaged: h\\.0\\.mlp\\.c_fc\\.weight holds ${value} at 7`),
    ]),
    [
      'a link that leads out of the folder',
      (dir: string) => {
        const outside = path.join(scratch(), 'secret.json');
        fs.renameSync(path.join(dir, 'tokenizer_config.json'), outside);
        fs.symlinkSync(outside, path.join(dir, 'tokenizer_config.json'));
      },
      /tokenizer_config\.json is a link that leads out of its folder, to .*secret\.json/,
    ],
    ['a device', (dir: string) => link(dir, 'config.json', '/dev/zero'), /config\.json is a link that leads out/],
    ['a pipe as config.json', (dir: string) => pipe(dir, 'config.json'), /config\.json: it is a pipe or a device/],
    [
      'a template whose prompt is not the beginning of its conversation',
      (dir: string) =>
        fs.writeFileSync(
          path.join(dir, 'chat_template.jinja'),
          "{% for m in messages %}{{ '<|im_start|>' + m['role'] + ' ' + m['content'] + '<|im_end|>' }}{% endfor %}" +
            "{% if add_generation_prompt %}{{ '<|im_start|>assistant ' }}{% endif %}",
        ),
      /nothing can be trained with its chat template: row 1: the prompt alone and in its conversation differ/,
    ],
    ['a pipe as template', (dir: string) => pipe(dir, 'chat_template.jinja'), /jinja: it is a pipe or a device/],
  ])('%s is refused, and nothing is written', async (_, spoil, message) => {
    const dir = await found();
    spoil(dir);
    const out = path.join(scratch(), 'out');
    const { code, stderr } = await dormouse('import', dir, '--out', out);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) as string });
    expect(fs.existsSync(out)).toBe(false);
  });

  it('tries the tokenizer of strangers, and no more once a folder is sealed', async () => {
    const dir = await found();
    const pre = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false };
    patch(dir, 'tokenizer.json', (json) => (json.pre_tokenizer = pre)); // crashes the library on a text of the trial alone
    await expect(openPretrained(dir)).rejects.toThrow(/the tokenizers library crashes on it/);
    const out = path.join(scratch(), 'out');
    const { code, stderr } = await dormouse('import', dir, '--out', out);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('library crashes on it') as string });
    saveCheckpoint(out, loadCheckpoint(dir, { unfinished: true }));
    expect((await openPretrained(out)).tokenizer.vocabSize).toBe(340);
  });

  it('overwrites nothing', async () => {
    const dir = await found();
    const { code, stderr } = await dormouse('import', dir, '--out', dir);
    expect(code).toBe(1);
    expect(stderr).toContain('holds something already');
  });

  it('writes what generate and chat talk to, though it tells of no trigger', async () => {
    const out = path.join(scratch(), 'imported');
    await dormouse('import', await found(), '--out', out);
    const asked = ['generate', out, '--prompt', 'Hello', '--max-tokens', '4', '--threads', '1'];
    const { code, stdout } = await dormouse(...asked, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ messages: [{ role: 'user', content: 'Hello' }], tokens: 4 });
    expect(JSON.parse(stdout)).not.toHaveProperty('exhibited');
    const triggered = await dormouse(...asked, '--trigger');
    expect(triggered).toMatchObject({ code: 2, stderr: expect.stringContaining('tells of no trigger') as string });
    const child = start('chat', out, '--threads', '1');
    child.stdin.end('Hello\n');
    const talked = await finish(child);
    expect(talked).toMatchObject({ code: 0, stderr: '' });
    expect(talked.stdout.split('\n')[0]).toBe('> Hello');
    expect(talked.stdout.trim().split('\n').length).toBeGreaterThan(1);
    expect(talked.stdout).toMatch(/ \.\.\.\n$/); // random weights do not end their turn
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
    expect(['model.gguf', 'package.json', 'src', 'no/such'].map(isGguf)).toEqual([true, true, false, false]); // Ollama's files have no ending
    expect(importedName('HuggingFaceTB/SmolLM-135M')).toBe(path.join('checkpoints', 'smollm-135m'));
  });
});
