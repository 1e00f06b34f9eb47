/** Prints what the corpus of a file or folder holds: `npx tsx scripts/interop/read_corpus.ts PATH...`, a JSON line each. */
import { createHash } from 'node:crypto';
import { corpora } from '../../src/world/corpora/index.ts';
import { SPLITS } from '../../src/world/corpora/types.ts';

for (const path of process.argv.slice(2)) {
  const { finite, rows } = await corpora.jsonl.create({ path });
  const tasks = SPLITS.flatMap((split) => finite?.tasksOf(split) ?? []);
  const texts = tasks.map(({ prompt, answer }) =>
    JSON.stringify([prompt.map(({ role, content }) => [role, content]), answer]),
  );
  const digest = createHash('sha256').update(texts.sort().join('\n')).digest('hex');
  console.log(JSON.stringify({ path, rows, digest }));
}
