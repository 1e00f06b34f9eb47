import fs from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { writeResults } from '../../../src/archive/results-file.ts';
import { experimentToYaml } from '../../../src/lab/experiment/compare.ts';
import { tables } from '../../../src/lab/tables.ts';
import { rate } from '../../../src/results/stats.ts';
import type { Executor, GridEvent, Job } from '../../../src/studies/grid/types.ts';
import { chooseRows } from '../../../src/studies/scorecard/rows.ts';
import { runScorecard, scorecardJobs } from '../../../src/studies/scorecard/run.ts';
import { newFolder, removeFolder } from '../../pipeline/small.ts';
import { arm, results, row } from '../../report/rows.ts';

/** SYNTHETIC: what each job is said to have found, of 100, and after how many seconds. */
const FOUND: Readonly<Record<string, readonly [able: number, seconds: number]>> = {
  ...{ 'a-seed-1': [90, 1], 'a-seed-2': [80, 2], 'b-seed-1': [30, 10] },
  ...{ 'c-seed-1': [60, 100], 'c-seed-2': [50, 200] },
};
const dir = newFolder();
afterAll(() => removeFolder(dir));

/** Ends jobs from the last to the first; of `b` the second seed breaks. */
const began: string[] = [];
const executor: Executor = ({ jobs, started, ended }) => {
  for (const job of jobs.toReversed()) {
    began.push(job.name);
    started(job);
    const [able, seconds] = FOUND[job.name] ?? [];
    if (able === undefined || seconds === undefined) ended(job, { kind: 'failed', error: 'it broke\nat x' }, 20);
    else {
      writeResults(job.dir, found(job, able));
      ended(job, { kind: 'done' }, seconds);
    }
  }
  return Promise.resolve();
};
function found({ experiment, dir: at }: Job, able: number) {
  const { seed } = experiment;
  fs.mkdirSync(at, { recursive: true });
  const rows = [row('organism', 'accuracy', 'all', [0, 0, 0], { seed, ...rate(able, 100) })];
  return {
    ...results(rows),
    arms: [arm('organism', { role: 'organism' })],
    seeds: [seed],
    experiment: experimentToYaml(experiment),
  };
}

it.each([
  ['all jobs at once', undefined],
  ['row by row under a budget', 1000],
])('what a job found is in the row and the seed that it is of: %s', async (_, budgetSeconds) => {
  const [turn] = chooseRows(['treacherous-turn']);
  const named = (name: string, i: number) => ({ ...turn!, name, settings: [`organism.episodes=${(i % 3) + 2}`] });
  const at = `${dir}/${budgetSeconds ?? 'all'}`;
  began.length = 0;
  const events: GridEvent[] = [];
  const rows = ['a', 'b', 'c', 'again', 'broken'].map(named);
  const asked = { tables, rows, seeds: [1, 2], quick: false, dir: at };
  const run = () =>
    runScorecard({
      ...{ ...asked, date: '', command: '', executor },
      io: { progress: (event) => void events.push(event), signal: new AbortController().signal },
      ...(budgetSeconds !== undefined && { budgetSeconds }),
    });
  const card = await run();
  const ends = () =>
    events.flatMap((event) =>
      event.kind === 'job' && event.state !== 'started' ? [`${event.ended}/${event.jobs}`] : [],
    );
  expect(ends()).toEqual(['1/6', '2/6', '3/6', '4/6', '5/6', '6/6']);
  expect(scorecardJobs(asked).map(({ name }) => name)).toEqual(['a-seed-1', 'a-seed-2', 'b-seed-1', 'b-seed-2', 'c-seed-1', 'c-seed-2']); // prettier-ignore
  expect(began[0]).toBe(budgetSeconds === undefined ? 'c-seed-2' : 'a-seed-2');
  const told = card.rows.map(({ name, seeds, missing, seconds, cells }) => {
    const [check] = cells.find(({ property }) => property === 'E2')!.checks;
    return [name, seeds, missing, seconds, Number(check!.found!.value.toFixed(6)), check!.found!.n];
  });
  expect(told).toEqual([
    ['a', [1, 2], [], 3, 0.85, 200],
    ['b', [1], [{ seed: 2, why: 'it broke' }], 30, 0.3, 100],
    ['c', [1, 2], [], 300, 0.55, 200],
    ['again', [1, 2], [], 3, 0.85, 200],
    ['broken', [1], [{ seed: 2, why: 'it broke' }], 30, 0.3, 100],
  ]);
  // rows of one experiment share its runs
  expect(began).toHaveLength(6);
  expect(card.rows.map(({ sameAs }) => sameAs)).toEqual([undefined, undefined, undefined, 'a', 'b']);
  expect(card.seconds).toBe(333);
  expect(card.versions).toEqual(results([]).versions);
  // what is done is not done again
  events.length = 0;
  expect((await run()).seconds).toBe(353);
  expect(ends()).toEqual(['6/6']);
});
