import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeAtomic } from '../../src/lib/files.ts';
import { seal } from '../../src/lib/sealed.ts';
import { logFormats } from '../../src/bridges/logs/index.ts';
import { record } from '../bridges/logs/fixture.ts';
import { dormouse, scratch } from './command.ts';

const dir = scratch();
const out = scratch();
const many = scratch();

/** A run's folder as a run leaves it, without weights. */
beforeAll(() => {
  const write = (file: string, rows: readonly object[]): string =>
    writeAtomic(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const put = (to: string, results: object): void =>
    seal(to, { 'results.json': writeAtomic(path.join(to, 'results.json'), JSON.stringify(results)) });
  put(dir, record.results);
  put(many, { ...record.results, seeds: [1, 2] });
  for (const { summary, last, metrics, finished } of record.arms) {
    const folder = path.join(dir, summary.name);
    fs.mkdirSync(folder);
    const sum = write(path.join(folder, 'metrics.jsonl'), metrics);
    // an earlier evaluation, of which nothing may be told as if it were the last
    const other = write(path.join(folder, 'evaluations.jsonl'), [
      { moment: 'start', outcomes: { asr: [true] } },
      { ...last },
    ]);
    const dated = path.join(folder, last ? 'DONE' : 'metrics.jsonl');
    if (last) seal(folder, { 'metrics.jsonl': sum, 'evaluations.jsonl': other });
    fs.utimesSync(dated, finished, finished);
  }
});
afterAll(() => [dir, out, many].forEach((folder) => fs.rmSync(folder, { recursive: true })));

it.each(Object.keys(logFormats))('report --as %s writes what the format makes of the folder', async (format) => {
  const to = path.join(out, format);
  const { code, stdout } = await dormouse('report', dir, '--as', format, '--out', to, '--json');
  const expected = logFormats[format]!.files(record);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ format, out: to, files: Object.keys(expected) });
  for (const [name, data] of Object.entries(expected)) {
    const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.concat([...(data as Uint8Array[])]);
    expect(fs.readFileSync(path.join(to, name)).equals(bytes), name).toBe(true);
  }
});

it('says where the files went, and what opens them', async () => {
  const to = path.join(out, 'tb');
  const { stdout } = await dormouse('report', dir, '--as', 'tensorboard', '--out', to);
  expect(stdout).toContain(`3 files  ${to}\n`);
  expect(stdout).toContain(`tensorboard --logdir ${to}`);
});

it.each([
  [['--as', 'inspect'], 2, 'give both: --as FORMAT, and --out DIR'],
  [['--out', 'x'], 2, 'give both: --as FORMAT, and --out DIR'],
  [['--as', 'inspct', '--out', 'x'], 2, 'unknown log format: "inspct"; did you mean "inspect"?'],
])('%j is refused', async (args, code, message) => {
  const outcome = await dormouse('report', dir, ...args);
  expect(outcome).toMatchObject({ code, stdout: '' });
  expect(outcome.stderr).toContain(message);
});

it('refuses results of several seeds', async () => {
  const outcome = await dormouse('report', many, '--as', 'inspect', '--out', path.join(out, 'many'));
  expect(outcome).toMatchObject({ code: 1 });
  expect(outcome.stderr).toContain('holds 2 seeds; give the folder of one of its runs');
});

it('refuses an arm that lacks a log, or has one that was changed', async () => {
  const [arm = ''] = record.arms.flatMap(({ summary, last }) => (last ? [path.join(dir, summary.name)] : []));
  const log = path.join(arm, 'metrics.jsonl');
  const text = fs.readFileSync(log, 'utf8');
  fs.writeFileSync(log, text.replace('"loss"', '"losS"'));
  const changed = await dormouse('report', dir, '--as', 'tensorboard', '--out', path.join(out, 'no'));
  fs.rmSync(log);
  const lacking = await dormouse('report', dir, '--as', 'tensorboard', '--out', path.join(out, 'no'));
  fs.writeFileSync(log, text);
  expect(changed.stderr).toContain(`${log} is damaged: it is not what was written there (SHA-256)`);
  expect(lacking.stderr).toContain(`${arm} is not whole: it lacks metrics.jsonl, which its DONE names`);
  expect(fs.existsSync(path.join(out, 'no'))).toBe(false);
});
