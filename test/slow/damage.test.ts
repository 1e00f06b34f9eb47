import { expect, it } from 'vitest';
import { createRng } from '../../src/lib/rng.ts';
import { DIR, flips, makeRun, runKilled } from '../pipeline/damage.ts';
import { contents, removeFolder } from '../pipeline/small.ts';

it.each([
  ['half-finished', false],
  ['finished', true],
])('of 100 flipped bits in a %s run none is used silently', async (_, isFinished) => {
  const verdicts = await flips(100, isFinished, createRng(`damage ${isFinished}`));
  process.stdout.write(`${JSON.stringify(verdicts)}\n`);
  expect(Object.keys(verdicts).filter((verdict) => !['detected', 'harmless'].includes(verdict))).toEqual([]);
  expect(verdicts.detected).toBeGreaterThan(50);
});

it('a run killed a hundred times at calls to the file system, the very first among them, ends with the same bytes', async () => {
  await makeRun(true);
  const expected = contents(DIR);
  const rng = createRng('kills');
  const said: string[] = [];
  let [kills, ends] = [0, 0];
  const runOn = (at: number): boolean => {
    const outcome = runKilled(DIR, at);
    if (outcome.ended === 'killed') kills++;
    else if (outcome.ended !== 0) said.push(`kill at ${at}: ${outcome.said}`);
    return outcome.ended === 0;
  };
  // each of the first calls, in a folder that nothing was in; the next run is killed later, so it was not refused
  for (let first = 1; first <= 20; first++) {
    removeFolder(DIR);
    runOn(first);
    runOn(30 + rng.int(60));
  }
  // then anywhere, again and again until the run ends
  while (kills < 100 && said.length === 0) {
    removeFolder(DIR);
    while (!runOn(1 + rng.int(400)) && said.length === 0);
    const actual = contents(DIR);
    const names = Object.keys({ ...expected, ...actual });
    expect(names.filter((name) => actual[name] !== expected[name])).toEqual([]);
    ends++;
  }
  expect(said).toEqual([]);
  process.stdout.write(`${kills} kills, ${ends} runs that ended, ${said.length} refused\n`);
});
