import { describe, expect, it } from 'vitest';
import { readSource, sources } from './source.ts';
import type { Import, SourceFile } from './source.ts';

/** Whom a room may know, beside itself and `lib`. The composition root (''), and the rooms of it, may know everybody. */
const KNOWS: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  corpora: [],
  triggers: [],
  behaviors: ['corpora'],
  tokenizer: [],
  data: ['corpora', 'triggers', 'behaviors', 'tokenizer'],
  engine: [],
  models: ['engine'],
  training: ['models', 'data', 'engine'],
  'red-team': ['training', 'models', 'data', 'corpora', 'tokenizer', 'engine'],
  stages: ['red-team', 'training', 'models', 'data', 'tokenizer', 'engine'],
  evals: ['models', 'data', 'tokenizer', 'engine', 'red-team'],
  endpoint: ['evals', 'data', 'tokenizer'],
  report: [],
  logs: ['report'],
  formats: ['data'],
  'transformers-js': ['models'],
  probes: ['models', 'engine', 'data', 'tokenizer'],
  serve: ['models', 'data', 'tokenizer'],
};
const COMPOSITION = [
  '',
  'run',
  'check',
  'chat',
  'cli',
  'experiment',
  'checkpoints',
  'bench',
  'claims',
  'grid',
  'doctor',
  'targets',
  'export',
  'hub',
];

/** Types that a room may name without knowing the room they come from. */
const TYPES: Readonly<Record<string, readonly string[]>> = { report: ['evals/types.ts'], logs: ['evals/types.ts'] };

const REASON: Readonly<Record<string, string>> = {
  evals: 'an eval must not know how the model was made',
  report: 'the report knows rows only',
  'red-team': 'attackers are blind to triggers',
  engine: 'the engine knows nothing of the project',
  data: 'data knows no tensors',
  formats: 'a format knows rows, not where they come from',
  corpora: 'a corpus knows no tensors',
  triggers: 'triggers are functions of text',
  behaviors: 'behaviors are functions of text',
  tokenizer: 'the tokenizer knows no tensors',
};

/** Packages that belong to some rooms alone. */
const PACKAGES: readonly { readonly name: RegExp; readonly rooms: readonly string[]; readonly rule: string }[] = [
  {
    name: /^@tensorflow\/tfjs$/,
    rooms: ['engine', 'models', 'training', 'probes', 'bench'],
    rule: 'tensors are for engine, models, training and bench',
  },
  { name: /^@tensorflow\/tfjs-|^onnxruntime/, rooms: ['engine'], rule: 'only the engine knows backends' },
  { name: /^@bufbuild\//, rooms: ['engine', 'logs'], rule: 'only ONNX and event files are protocol buffers' },
  { name: /^tokenizers$/, rooms: ['tokenizer'], rule: 'tokens are the tokenizer room’s' },
  { name: /^commander$|^picocolors$|^node:readline/, rooms: ['cli'], rule: 'the terminal is the command line’s' },
  {
    name: /^@(huggingface|xenova)\/transformers$/,
    rooms: ['transformers-js'],
    rule: 'transformers.js stands behind its adapter',
  },
  { name: /^@huggingface\/hub$/, rooms: ['hub'], rule: 'downloads are the hub’s' },
  { name: /^@observablehq\/plot$|^linkedom$/, rooms: ['report'], rule: 'charts are the report’s' },
  { name: /^(node:(https?|net|dgram|tls)$|@?hono\b)/, rooms: ['serve'], rule: 'only serve listens on the network' },
];

/** Who may touch files and processes: the places that README and TSDoc name. */
const FILES = /^node:(fs|fs\/promises|child_process|worker_threads|os)$/;
const FILE_USERS: Readonly<Record<string, string>> = {
  'lib/files.ts': 'the place that writes files',
  'lib/lock.ts': 'the folder lock',
  'tokenizer/train.ts': 'training runs in a process of its own, which reads a file',
  'corpora/read-rows.ts': 'a corpus on disk',
  'corpora/data-files.ts': 'which files a dataset folder holds',
  'engine/onnx-engine.ts': 'asks how many threads there are',
};

function importProblem(file: SourceFile, { target, isOurs, isTypeOnly }: Import): string | undefined {
  const { name, room } = file;
  if (target === undefined)
    return ['engine', 'transformers-js', 'cli', ''].includes(room)
      ? undefined
      : 'computed imports are for backends, optional packages and plugins';
  if (!isOurs) {
    const owned = PACKAGES.find((entry) => entry.name.test(target) && !entry.rooms.includes(room));
    if (owned) return owned.rule;
    const mayTouch = COMPOSITION.includes(room) || Object.hasOwn(FILE_USERS, name);
    return FILES.test(target) && !mayTouch ? 'below the composition root nobody touches files' : undefined;
  }
  if (COMPOSITION.includes(room)) return undefined;
  const to = target.includes('/') ? target.slice(0, target.indexOf('/')) : '';
  if (to === room || to === 'lib' || KNOWS[room]?.includes(to)) return undefined;
  if (isTypeOnly && TYPES[room]?.includes(target)) return undefined;
  return `${room} may know ${['lib', ...(KNOWS[room] ?? [])].join(', ')}${REASON[room] ? `: ${REASON[room]}` : ''}`;
}

/** Globals that make a run depend on something other than its experiment, and who may use them all the same. */
const GLOBALS: readonly { readonly name: RegExp; readonly rooms: readonly string[]; readonly rule: string }[] = [
  { name: /^Math\.random$/, rooms: [], rule: 'randomness comes from an Rng' },
  {
    name: /^(Date\.now|performance\.now|new Date\(\)|process\.hrtime)$/,
    rooms: ['', 'run', 'check', 'cli', 'bench', 'grid', 'targets'],
    rule: 'the clock is the composition root’s',
  },
  { name: /^console\./, rooms: ['cli'], rule: 'only the command line prints' },
  {
    name: /^process\.(stdout|stderr|stdin|exit|exitCode|argv)$/,
    rooms: ['cli', 'bench'],
    rule: 'only the command line talks to the terminal',
  },
  { name: /^(fetch|WebSocket|EventSource)$/, rooms: ['hub', 'endpoint'], rule: 'nothing else asks the network' },
  { name: /^process\.(env|cwd)$/, rooms: ['', 'cli', 'bench'], rule: 'settings come from the experiment' },
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
      const owned = GLOBALS.find((entry) => entry.name.test(used) && !entry.rooms.includes(room));
      return owned ? `${name} -> ${used}: ${owned.rule}` : [];
    }),
  );

describe('the house', () => {
  it('has rooms, and the rules know them all', () => {
    expect(sources.length).toBeGreaterThan(80);
    const rooms = new Set(sources.map(({ room }) => room));
    expect([...rooms].filter((room) => !Object.hasOwn(KNOWS, room) && !COMPOSITION.includes(room))).toEqual([]);
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

  it('is imported downwards only where values go: rooms make no ring', () => {
    const graph = new Map<string, Set<string>>();
    for (const { name, imports } of sources)
      graph.set(name, new Set(imports.flatMap((i) => (i.isOurs && !i.isTypeOnly && i.target ? [i.target] : []))));
    const rings: string[] = [];
    const done = new Set<string>();
    const walk = (name: string, path: readonly string[]): void => {
      if (path.includes(name)) rings.push([...path.slice(path.indexOf(name)), name].join(' -> '));
      if (done.has(name) || path.includes(name)) return;
      for (const next of graph.get(name) ?? []) walk(next, [...path, name]);
      done.add(name);
    };
    for (const name of graph.keys()) walk(name, []);
    expect(rings).toEqual([]);
  });
});

describe('the rules themselves', () => {
  const problemsOf = (name: string, text: string): string[] => {
    const files = [readSource(name, text)];
    return [...importProblems(files), ...globalProblems(files)];
  };

  it.each([
    [
      'evals/x.ts',
      `import { stages } from '../stages/index.ts';`,
      'evals/x.ts -> stages/index.ts: evals may know lib, models',
    ],
    ['evals/x.ts', `import type { A } from '../training/loop.ts';`, 'evals/x.ts -> training/loop.ts: evals may know'],
    [
      'engine/x.ts',
      `export { models } from '../models/index.ts';`,
      'engine/x.ts -> models/index.ts: engine may know lib: the',
    ],
    [
      'report/x.ts',
      `import { evals } from '../evals/types.ts';`,
      'report/x.ts -> evals/types.ts: report may know lib: the',
    ],
    ['triggers/x.ts', `import * as tf from '@tensorflow/tfjs';`, 'triggers/x.ts -> @tensorflow/tfjs: tensors are for'],
    ['models/x.ts', `import ort from 'onnxruntime-node';`, 'models/x.ts -> onnxruntime-node: only the engine'],
    ['stages/x.ts', `await import('@tensorflow/tfjs-node');`, 'stages/x.ts -> @tensorflow/tfjs-node: only the engine'],
    ['data/x.ts', `import fs from 'node:fs';`, 'data/x.ts -> node:fs: below the composition root'],
    [
      'models/x.ts',
      `import { runArm } from '../arm-run.ts';`,
      'models/x.ts -> arm-run.ts: models may know lib, engine',
    ],
    ['training/x.ts', `await import(name);`, 'training/x.ts -> (computed): computed imports'],
    ['training/x.ts', `const x = Math.random();`, 'training/x.ts -> Math.random: randomness'],
    ['pipeline.ts', `const x = Math.random();`, 'pipeline.ts -> Math.random: randomness'],
    ['stages/x.ts', `const t = new Date();`, 'stages/x.ts -> new Date(): the clock'],
    ['evals/x.ts', `console.log(1);`, 'evals/x.ts -> console.log: only the command line'],
    ['engine/x.ts', `if (process.env.PROF) start();`, 'engine/x.ts -> process.env: settings'],
    ['models/x.ts', `await fetch('https://example.com');`, 'models/x.ts -> fetch: nothing else asks the network'],
    ['serve/x.ts', `new WebSocket(url);`, 'serve/x.ts -> WebSocket: nothing else asks'],
    ['run/x.ts', `await globalThis.fetch(url);`, 'run/x.ts -> fetch: nothing else asks'],
  ])('%s: %s is found', (name, text, message) => {
    expect(problemsOf(name, text)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['report/x.ts', `import type { Score } from '../evals/types.ts';`],
    ['report/x.ts', `import { type Score } from '../evals/types.ts';`],
    ['corpora/x.ts', 'const text = `console.log("a")`; // Math.random()'],
    ['triggers/x.ts', `import { createRng } from '../lib/rng.ts';`],
    ['cli/x.ts', `import { runExperiment } from '../pipeline.ts'; console.log(process.argv, Date.now());`],
  ])('%s: %s is fine', (name, text) => {
    expect(problemsOf(name, text)).toEqual([]);
  });
});
