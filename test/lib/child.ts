/** Runs what a test cannot do to itself: being killed, or standing on a full or read-only disk. */
import fs from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../src/lib/errors.ts';
import { readText, writeAtomic, writeFolderAtomic } from '../../src/lib/files.ts';
import { appendLine } from '../../src/lib/jsonl.ts';
import { withLock } from '../../src/lib/lock.ts';

const [job, dir = ''] = process.argv.slice(2);
const attempt = (work: () => void): string => {
  try {
    work();
    return 'wrote';
  } catch (error) {
    return `${error instanceof Error ? error.name : ''}: ${messageOf(error)}`;
  }
};
const big = new Uint8Array(3_000_000);

if (job === 'replace-forever') {
  // Not quite for ever: where the test dies before it kills, this must not stay behind.
  for (let i = 0; i < 2000; i++) {
    const text = String(i).padEnd(20_000, '.');
    writeFolderAtomic(path.join(dir, 'state'), { a: text, b: text, c: text });
    writeAtomic(path.join(dir, 'file'), text);
    if (i === 3) process.stdout.write('ready');
  }
} else if (job === 'hold-lock') {
  await withLock(dir, () => new Promise(() => process.stdout.write('ready') && setInterval(() => undefined, 1000)));
} else if (job === 'full-disk') {
  writeAtomic(path.join(dir, 'file'), 'before');
  writeFolderAtomic(path.join(dir, 'folder'), { a: 'before' });
  appendLine(path.join(dir, 'log'), '{"step":1}');
  const report = {
    file: attempt(() => writeAtomic(path.join(dir, 'file'), big)),
    folder: attempt(() => writeFolderAtomic(path.join(dir, 'folder'), { a: 'after', b: big })),
    log: attempt(() => appendLine(path.join(dir, 'log'), JSON.stringify({ step: 2, text: 'x'.repeat(big.length) }))),
    left: ['file', 'folder/a', 'log'].map((name) => readText(path.join(dir, name))),
    names: fs.readdirSync(dir).sort(),
  };
  process.stdout.write(JSON.stringify(report));
} else if (job === 'read-only') {
  const lock = await withLock(dir, async () => 'held').catch(messageOf);
  const report = {
    file: attempt(() => writeAtomic(path.join(dir, 'file'), 'x')),
    folder: attempt(() => writeFolderAtomic(path.join(dir, 'folder'), { a: 'x' })),
    log: attempt(() => appendLine(path.join(dir, 'log'), '{}')),
    lock,
  };
  process.stdout.write(JSON.stringify(report));
}
