import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { messageOf } from '../../src/lib/errors.ts';

/** Ends the script with exit code 2 and one line: a bad command line. */
export function refuse(message: string): never {
  console.error(`error: ${message}`);
  process.exit(2);
}

/** The values of some options, whole numbers above 0 each. */
export const counts = <Name extends string>(values: Readonly<Record<Name, string>>, names: readonly Name[]): number[] =>
  names.map((name) => {
    const n = Number(values[name]);
    if (!Number.isInteger(n) || n < 1) refuse(`--${name} ${values[name]}: give a whole number above 0`);
    return n;
  });

/** What the command line gives for the options of the script at `url`; `--help` shows its first comment and them, and ends it. */
export function readOptions<const O extends NonNullable<ParseArgsConfig['options']>>(url: string, options: O) {
  if (process.argv.includes('--help')) {
    const [, comment = ''] = /^\/\*\*\n([^]*?)\n \*\//m.exec(readFileSync(new URL(url), 'utf8')) ?? [];
    const lines = Object.entries(options).map(([name, { type, default: usual }]) => {
      const value = type === 'string' ? ` VALUE${usual === undefined ? '' : ` (default: ${String(usual)})`}` : '';
      return `  --${name}${value}`;
    });
    console.log(`${comment.replaceAll(/^ \* ?/gm, '')}\n\n${lines.join('\n')}`);
    process.exit();
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    refuse(messageOf(error));
  }
}

/** The activation of the MLPs that `--activation` asks for. */
export function activationOf(name: string): 'gelu_new' | 'relu2' {
  if (name === 'gelu_new' || name === 'relu2') return name;
  refuse(`--activation ${name}: use gelu_new or relu2`);
}
