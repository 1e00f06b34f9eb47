import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearState, loadState, saveState, type TrainingState } from '../../../src/nn/checkpoints/index.ts';
import { createRng } from '../../../src/lib/rng.ts';
import { smallCheckpoint } from './small.ts';

let dir = '';
beforeEach(() => void (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'state-'))));
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

function stateAt(step: number): TrainingState {
  const rng = createRng(step);
  for (let i = 0; i < step; i++) rng.next();
  return {
    stage: 1,
    before: { steps: 100, lossTokens: 7 },
    logs: { 'metrics.jsonl': { bytes: 3 * step, sha256: `of step ${step}` } },
    snapshot: {
      step: step - 100,
      lossTokens: 32 * step,
      cursor: { epoch: 2, order: [3, 1, 2] },
      tensors: {
        ...smallCheckpoint(step).parameters,
        'm/wte.weight': { shape: [2], data: Float32Array.of(step, -0) },
        'v/wte.weight': { shape: [], data: Float32Array.of(1e-30) },
      },
    },
    rng: { rollouts: rng.state(), noise: createRng(0).state() },
  };
}
const stateFile = (name: string): string => path.join(dir, 'state/00000400', name);
const replaceIn = (name: string, from: string, to: string): void =>
  fs.writeFileSync(stateFile(name), fs.readFileSync(stateFile(name), 'latin1').replace(from, to), 'latin1');

describe('training state', () => {
  it('comes back bit for bit, and only the latest is kept', () => {
    expect(loadState(dir, 'f')).toBeUndefined();
    saveState(dir, stateAt(200), 'f');
    saveState(dir, stateAt(400), 'f');
    expect(loadState(dir, 'f')).toEqual(stateAt(400));
    expect(fs.readdirSync(path.join(dir, 'state'))).toEqual(['00000400']);
    saveState(dir, { ...stateAt(400), stage: 2, rng: undefined }, 'f');
    expect(loadState(dir, 'f')?.stage).toBe(2);
    expect(loadState(dir, 'f')).not.toHaveProperty('rng');
    clearState(dir);
    expect(fs.readdirSync(dir)).toEqual([]);
  });

  it('comes back with what its stage started from: that of its own beginning, written once', () => {
    const startOf = (seed: number): Pick<TrainingState, 'start'> => ({ start: smallCheckpoint(seed).parameters });
    saveState(dir, { ...stateAt(100), ...startOf(5) }, 'f'); // of an attempt that was given up
    saveState(dir, { ...stateAt(100), ...startOf(6) }, 'f');
    const begun = fs.statSync(path.join(dir, 'state/start-00000100')).ino;
    saveState(dir, { ...stateAt(400), ...startOf(6) }, 'f');
    expect(loadState(dir, 'f')).toEqual({ ...stateAt(400), ...startOf(6) });
    expect(fs.statSync(path.join(dir, 'state/start-00000100')).ino).toBe(begun);
    saveState(dir, { ...stateAt(600), before: { steps: 500, lossTokens: 9 }, ...startOf(7) }, 'f');
    expect(loadState(dir, 'f')?.start).toEqual(smallCheckpoint(7).parameters);
    expect(fs.readdirSync(path.join(dir, 'state')).filter((name) => name.startsWith('start'))).toEqual([
      'start-00000500',
    ]);
  });

  it('never mixes two steps, whatever a killed run left', () => {
    saveState(dir, stateAt(400), 'f');
    fs.cpSync(path.join(dir, 'state/00000400'), path.join(dir, 'state/00000600.partial-1-1'), { recursive: true });
    expect(loadState(dir, 'f')).toEqual(stateAt(400));
    fs.renameSync(path.join(dir, 'state/00000400'), path.join(dir, 'state/00000400.partial-replaced'));
    expect(loadState(dir, 'f')).toEqual(stateAt(400));
    fs.cpSync(path.join(dir, 'state/00000400'), path.join(dir, 'older'), { recursive: true });
    saveState(dir, stateAt(600), 'f');
    fs.renameSync(path.join(dir, 'older'), path.join(dir, 'state/00000400')); // killed before it was removed
    expect(loadState(dir, 'f')).toEqual(stateAt(600));
  });

  it.each([
    ['another experiment', () => undefined, 'was saved by a different experiment (f, now g)', 'g'],
    [
      'missing numbers',
      () => fs.rmSync(stateFile('state.json')),
      'lacks state.json, which its DONE names; restore',
      'f',
    ],
    ['cut numbers', () => fs.truncateSync(stateFile('state.json'), 9), 'state.json is damaged', 'f'],
    ['other numbers', () => replaceIn('state.json', '"stage": 1', '"stage": 2'), 'state.json is damaged', 'f'],
    ['missing tensors', () => fs.rmSync(stateFile('tensors.safetensors')), 'lacks tensors.safetensors', 'f'],
    ['cut tensors', () => fs.truncateSync(stateFile('tensors.safetensors'), 900), 'corrupt safetensors', 'f'],
    ['another start', () => replaceIn('../start-00000100/tensors.safetensors', '"pt"', '"pT"'), 'is damaged', 'f'],
    ['no seal', () => fs.rmSync(stateFile('DONE')), 'it has no DONE, so it is unfinished or of an older version', 'f'],
  ])('with %s is refused', (_, damage, message, fingerprint) => {
    saveState(dir, { ...stateAt(400), start: smallCheckpoint(5).parameters }, 'f');
    damage();
    expect(() => loadState(dir, fingerprint)).toThrow(message);
  });
});
