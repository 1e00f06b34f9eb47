import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resolveExperiment } from '../../../src/lab/experiment/resolve.ts';
import { tables } from '../../../src/lab/tables.ts';
import { dormouse, scratch, start, TINY } from '../../cli/command.ts';
import { run } from '../../pipeline/small.ts';

const dir = scratch();
const organism = path.join(dir, 'run', 'organism');
/** The same weights in a folder that tells nothing of the experiment, as another program would write it. */
const foreign = path.join(dir, 'foreign');
beforeAll(async () => {
  const set = ['interventions={}', 'controls={}', 'evals=[{ kind: clean-loss, prompts: 4 }]'];
  await run(resolveExperiment(TINY, 'tiny.yaml', { set }, tables), path.join(dir, 'run'));
  fs.cpSync(organism, foreign, { recursive: true });
  for (const name of ['dormouse.json', 'DONE']) fs.rmSync(path.join(foreign, name));
}, 240_000);
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));

const exitOf = async (child: ChildProcess): Promise<unknown> => ((await once(child, 'close')) as unknown[])[0];

it('serves an arm, and a folder of any origin, until Ctrl-C', async () => {
  const replies = [];
  for (const [folder, name] of [
    [organism, 'tiny/organism'],
    [foreign, 'foreign'],
  ] as const) {
    const child = start('serve', folder, '--port', '0', '--json', '--threads', '1');
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { url, model } = JSON.parse(line.toString()) as { url: string; model: string };
    expect(model).toBe(name);
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const client = new OpenAI({ baseURL: url, apiKey: 'none' });
    const messages = [{ role: 'user' as const, content: 'What is 12 + 30?' }];
    const { choices } = await client.chat.completions.create({ model, messages, max_tokens: 8, seed: 1 });
    replies.push(choices[0]!.message.content);
    const closed = exitOf(child);
    child.kill('SIGINT');
    expect(await closed).toBe(0);
  }
  expect(replies[0]).toBe(replies[1]);
  expect(replies[0]).not.toBe('');
}, 240_000);

it('says what is wrong before it loads anything', async () => {
  expect(await dormouse('serve', path.join(dir, 'nowhere'))).toMatchObject({ code: 1, stderr: expect.stringContaining('no such checkpoint') as string }); // prettier-ignore
  const secret = await dormouse('serve', organism, '--api-key', 'sk-secret-itself');
  expect(secret).toMatchObject({ code: 2, stderr: expect.stringContaining('names no environment variable') as string });
  expect(secret.stderr).not.toContain('sk-secret');
  expect((await dormouse('serve', organism, '--port', '70000')).code).toBe(2);
});
