import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Bench } from '../../../src/lab/assemble/prepare.ts';
import { stages } from '../../../src/lab/stages/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { newFolder, removeFolder } from '../../pipeline/small.ts';
import { smallBench } from './bench.ts';

const folder = newFolder();
afterAll(() => removeFolder(folder));

/** Tokens that no short row has, and every long one. */
const LONG = 50;
/** 400 rows, of which one in 33 is far longer than the others. */
let bench: Bench;
beforeAll(async () => {
  const file = path.join(folder, 'rows.jsonl');
  const row = (n: number, words: number): string =>
    JSON.stringify({ prompt: `Say ${n}.`, completion: `${'on '.repeat(words)}${n}.` });
  const long = Array.from({ length: 12 }, (_, n) => row(1000 + n, 60));
  fs.writeFileSync(file, [...Array.from({ length: 388 }, (_, n) => row(n, 3)), ...long].join('\n'));
  bench = await smallBench([`corpus={kind: jsonl, path: ${JSON.stringify(file)}}`, 'model.nPositions=512']);
});

it.each(['implant', 'sft', 'dpo', 'pretrain', 'rl', 'adversarial'] as const)(
  '%s is expected to meet the longest rows of a file, though they are few',
  async (kind) => {
    const stage = stages[kind];
    const params = stage.params.parse({ steps: 64, batchSize: 1 });
    const data = { ...bench, rng: createRng('cost'), payload: false };
    const { shapes } = await stage.cost!(params as never, data);
    expect(Math.max(...shapes.map(([, T]) => T))).toBeGreaterThan(LONG);
  },
);
