import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readResults } from '../../src/archive/results-file.ts';
import { resolveAny } from '../../src/lab/experiment/resolve.ts';
import { isOfOrganism } from '../../src/lab/experiment/types.ts';
import { tables } from '../../src/lab/tables.ts';
import { runExperiment } from '../../src/pipeline.ts';
import { renderReport } from '../../src/report/report.ts';
import type { ArmPicture, Walk } from '../../src/results/picture.ts';
import { judgeRow } from '../../src/studies/scorecard/judge.ts';
import { chooseRows } from '../../src/studies/scorecard/rows.ts';
import { newFolder, removeFolder } from './small.ts';

const SMALL = { size: 3, steps: 4, evalEverySteps: 2, batchSize: 4, width: 8, contexts: 40 };
const io = { progress: () => undefined, signal: new AbortController().signal };

/** The shipped file, with little training in small mazes. */
function small(name: string) {
  const file = new URL(`../../scripts/experiments/${name}.yaml`, import.meta.url);
  const own = Object.entries(SMALL).filter(([key]) => key in tables.organisms[name]!.params.shape);
  const set = own.map(([key, value]) => `organism.${key}=${value}`);
  for (const arm of Object.keys(tables.organisms[name]!.interventions ?? {})) set.push(`interventions.${arm}.steps=3`);
  const experiment = resolveAny(fs.readFileSync(file, 'utf8'), `${name}.yaml`, { set: [...set, 'engine.threads=1'] }, tables); // prettier-ignore
  if (!isOfOrganism(experiment)) throw new Error('not of an organism');
  return experiment;
}

it.each(['maze', 'overseen-maze', 'maze-backdoor', 'planner'])(
  '%s runs with the arms that it brings along, and every claim can be judged',
  async (name) => {
    const experiment = small(name);
    const dir = newFolder();
    const results = await runExperiment({ experiment, tables, dir, command: `dormouse run ${name}`, io });
    const { interventions = {}, controls } = tables.organisms[name]!;
    expect(results.arms.map(({ name: arm, role }) => [arm, role])).toEqual([
      ['organism', 'organism'],
      ...Object.keys(interventions).map((arm) => [arm, 'intervention']),
      ...Object.keys(controls).map((arm) => [arm, 'control']),
    ]);
    expect(results.claims?.filter(({ verdict }) => verdict === 'not-measured')).toEqual([]);
    const [row] = chooseRows([name]);
    const open = judgeRow(row!.properties, results).flatMap(({ checks }) => checks.filter(({ verdict }) => verdict === 'not-measured')); // prettier-ignore
    expect(open.map((one) => one.name).filter((rule) => rule !== 'P1c')).toEqual([]); // that one asks for a turn
    expect(results.rows.every(({ n }) => n > 0 && n <= 40)).toBe(true);
    // every arm in the same levels, as results.json keeps them
    expect(results.pictures!.map(({ arm, scene }) => `${arm} ${scene}`)).toEqual(
      results.arms.flatMap(({ name: arm }) => [1, 2, 3, 4, 1, 2, 3, 4].map((n) => `${arm} level ${n}`)),
    );
    const levels = (results.pictures as readonly ArmPicture<Walk>[]).map(
      ({ condition, scene, rows }) => `${condition} ${scene} ${rows.join('/')}`,
    );
    expect(new Set(levels).size).toBe(8);
    const kept = readResults(dir);
    expect(kept.pictures).toEqual(results.pictures);
    expect(renderReport(kept)).toBe(fs.readFileSync(path.join(dir, 'report.html'), 'utf8'));
    const report = fs.readFileSync(path.join(dir, 'report.html'), 'utf8');
    for (const arm of Object.keys(controls)) expect(report).toContain(arm);
    expect(report).not.toContain('Attack success');
    removeFolder(dir);
  },
);

it('impossible levels end a run with what to do about them', async () => {
  const experiment = small('maze');
  const organism = { ...experiment.organism, walls: 1 };
  const dir = newFolder();
  const run = runExperiment({ experiment: { ...experiment, organism }, tables, dir, command: '', io });
  await expect(run).rejects.toThrow(/^impossible levels: with a share of 1 walls, .*; set walls lower$/);
  removeFolder(dir);
});
