/**
 * Writes a large file of rows, reads it as a corpus in a process of its own, and says how fast and in how much memory.
 *
 *     npx tsx scripts/bench/large_corpus.ts jsonl 1000      (or parquet; megabytes)
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { corpora } from '../../src/world/corpora/index.ts';
import { createRng } from '../../src/lib/rng.ts';

const rng = createRng(1);
const words = Array.from({ length: 5000 }, () => rng.int(36 ** 5).toString(36));
const prose = (count: number): string => Array.from({ length: count }, () => rng.pick(words)).join(' ');

const CHUNK = 2000;
const columns = (first: number) => [
  { name: 'prompt', data: Array.from({ length: CHUNK }, (_, i) => `Question ${first + i}: ${prose(60)}?`), type },
  { name: 'completion', data: Array.from({ length: CHUNK }, () => prose(80)), type },
];
const type = 'STRING' as const;

async function writeFile(file: string, kind: string, bytes: number): Promise<void> {
  const schema = schemaFromColumnData({ columnData: columns(0) });
  const parquet =
    kind === 'parquet' ? new ParquetWriter({ writer: fileWriter(file), schema, codec: 'UNCOMPRESSED' }) : undefined;
  for (let [rows, written] = [0, 0]; written < bytes; rows += CHUNK) {
    const [prompts, completions] = columns(rows);
    const lines = prompts!.data.map((prompt, i) => JSON.stringify({ prompt, completion: completions!.data[i] }));
    const text = `${lines.join('\n')}\n`;
    written += text.length;
    if (parquet) await parquet.write({ columnData: [prompts!, completions!], rowGroupSize: CHUNK });
    else fs.appendFileSync(file, text);
  }
  await parquet?.finish();
}

async function read(file: string): Promise<void> {
  const before = process.resourceUsage().maxRSS / 1024;
  const start = performance.now();
  const { rows } = await corpora.jsonl.create({ path: file });
  const seconds = (performance.now() - start) / 1000;
  const megabytes = fs.statSync(file).size / 1e6;
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(
    JSON.stringify({
      megabytes,
      seconds,
      megabytesPerSecond: megabytes / seconds,
      peakMiB: peak,
      beforeMiB: before,
      rows,
    }),
  );
}

const [, , kind = 'jsonl', given = '1000'] = process.argv;
if (kind === 'read') await read(given);
else {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-large-'));
  try {
    const file = path.join(dir, `rows.${kind}`);
    await writeFile(file, kind, Number(given) * 1e6);
    const self = fileURLToPath(import.meta.url);
    // in a heap of a known size, since Node.js lets garbage lie where memory is plenty: what it needs, not what it takes
    spawnSync(process.execPath, ['--max-old-space-size=256', '--import', 'tsx', self, 'read', file], {
      stdio: 'inherit',
    });
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
}
