import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { MAIN } from './command.ts';

/** Writes every module that is asked for to stderr. */
const PROBE = `
import { writeSync } from 'node:fs';
export async function resolve(specifier, context, next) {
  writeSync(2, 'asked: ' + specifier + '\\n');
  return next(specifier, context);
}`;
const asUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
const register = `import { register } from 'node:module'; register(${JSON.stringify(asUrl(PROBE))});`;
const HEAVY =
  /^(@tensorflow|onnxruntime|eslint|@huggingface|@xenova|tokenizers|hono|@hono|linkedom|@observablehq|hyparquet|@bufbuild)/;

function loaded(...args: string[]): string[] {
  const command = ['--import', asUrl(register), MAIN, ...args];
  const { stderr, status } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  expect(status).toBe(0);
  return stderr.split('\n').flatMap((line) => (line.startsWith('asked: ') ? [line.slice('asked: '.length)] : []));
}

it.each([['--version'], ['--help'], ['list'], ['list', 'stages', 'sft'], ['list', 'bases']])(
  '%s %s loads nothing that computes, reads models or draws',
  (...args) => {
    const modules = loaded(...args);
    expect(modules).toContain('commander'); // the probe sees what is loaded
    expect(modules.filter((name) => HEAVY.test(name))).toEqual([]);
  },
);
