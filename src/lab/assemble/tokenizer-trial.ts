import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { expectWithin } from '../../lib/caps.ts';
import { UserError } from '../../lib/errors.ts';
import { withoutLimits } from '../../world/tokenizer/load.ts';

/**
 * Run in a process of its own: where a file makes no sense to it, the native library may end the whole process, and a
 * pattern in the file may keep it busy for ever. Reads the file from stdin. A mistake that it can name is not told here.
 */
const TRIAL = `
const { Tokenizer } = require(process.argv[1]);
const { file, texts } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const read = async () => {
  const tokenizer = Tokenizer.fromString(file);
  for (const text of texts) await tokenizer.decode((await tokenizer.encode(text)).getIds(), false);
};
read().catch(() => {});
`;

const TIMEOUT_MS = 30_000;
const TEXTS = [
  'Hello, world! What is 12 + 30?\n\n  It is 42.\t',
  'naïve 世界 🙂\u200d \u0000\uffff',
  `${'a'.repeat(3000)}!`,
  `${' '.repeat(3000)}!`,
  `${'9'.repeat(3000)}!`,
];

/**
 * Tries a `tokenizer.json` of strangers on some texts, before this process reads it.
 *
 * @throws UserError where reading it would end this process, or take for ever.
 */
export async function tryTokenizer(file: string, timeoutMs = TIMEOUT_MS): Promise<void> {
  expectWithin('tokenizerCharacters', file.length, 'tokenizer.json: its characters');
  const library = createRequire(import.meta.url).resolve('tokenizers');
  const child = spawn(process.execPath, ['-e', TRIAL, library], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.on('error', () => {}); // it may end before it has read everything
  child.stdin.end(JSON.stringify({ file: withoutLimits(file), texts: TEXTS }));
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject).on('exit', (...ended) => resolve(ended));
  });
  clearTimeout(timer);
  if (signal === 'SIGKILL')
    throw new UserError(`tokenizer.json cannot be used: a few short texts take it more than ${timeoutMs / 1000} s`);
  if (code !== 0)
    throw new UserError(
      `tokenizer.json cannot be used: the tokenizers library crashes on it (${signal ?? `code ${code}`})`,
    );
}
