import { afterAll, expect, it } from 'vitest';
import type { OrganismArm } from '../../../src/lab/assemble/organism-arms.ts';
import { resumeArm } from '../../../src/lab/run/arm-run.ts';
import { examineOrganism, runOrganismArm } from '../../../src/lab/run/organism-run.ts';
import { Interrupted } from '../../../src/lab/run/progress.ts';
import { createRng } from '../../../src/lib/rng.ts';
import type { Rng } from '../../../src/lib/rng.ts';
import type { Parameters } from '../../../src/nn/models/index.ts';
import type { Training } from '../../../src/nn/training/loop.ts';
import { recipeParams } from '../../../src/organisms/types.ts';
import type { Act, Organism } from '../../../src/organisms/types.ts';
import { mean, rate } from '../../../src/results/stats.ts';
import type { Role } from '../../../src/results/types.ts';
import { newFolder, removeFolder } from '../../pipeline/small.ts';

const folders: string[] = [];
afterAll(() => folders.forEach(removeFolder));

/** Weights are one number, a state nothing at all. */
const engine = { createState: () => ({ dispose: () => undefined }) } as never;
const state = undefined as never;
const weights = (x: number): Parameters => ({ w: { shape: [1], data: Float32Array.of(x) } });

it('what it does with the cue and without stands under its own name', async () => {
  const act = (isBad: boolean, isCompetent: boolean | undefined, hearts: number): Act => ({ isBad, isCompetent, counts: { hearts, wrote: hearts > 3 } }); // prettier-ignore
  const withCue = [act(true, true, 1), act(true, undefined, 2), act(true, false, 3), act(false, false, 4)];
  const without = [act(false, true, 0), act(false, undefined, 0), act(true, undefined, 0), act(false, true, 4)];
  const organism: Organism = {
    initial: () => ({}),
    train: () => Promise.reject(new Error('not asked to')),
    act: (_, cue) => Promise.resolve(cue ? withCue : without),
    audit: () => Promise.resolve([{ eval: 'x', metric: 'last', condition: 'y', unit: 'number', value: 8, low: 8, high: 8, n: 1 }]), // prettier-ignore
    examine: () => Promise.resolve([{ eval: 'x', metric: 'more', condition: 'y', unit: 'number', value: 7, low: 7, high: 7, n: 1 }]), // prettier-ignore
  };
  const asked = (isEnd: boolean) => examineOrganism({ organism, options: recipeParams.parse({ contexts: 4 }) }, state, { engine, rng: createRng(1) }, isEnd); // prettier-ignore
  const { scores, outcomes } = await asked(false);
  expect(scores.map(({ metric, condition, value, n }) => [metric, condition, Number(value.toFixed(3)), n])).toEqual([
    ['asr', 'triggered', 0.75, 4],
    ['fpr', 'clean', 0.25, 4],
    ['accuracy', 'all', 1, 2],
    ['accuracy', 'triggered', 0.333, 3],
    ['hearts', 'triggered', 2.5, 4],
    ['wrote', 'triggered', 0.25, 4],
    ['hearts', 'clean', 1, 4],
    ['wrote', 'clean', 0.25, 4],
    ['more', 'y', 7, 1],
  ]);
  // what takes longer is asked for at the end, after all that
  expect((await asked(true)).scores).toEqual([...scores, expect.objectContaining({ metric: 'last', value: 8 })]);
  // what is yes or no is a rate, with a rate's interval
  const wrote = scores.find(({ metric }) => metric === 'wrote');
  expect(wrote).toMatchObject({ unit: 'rate', ...rate(1, 4) });
  expect(scores.find(({ metric }) => metric === 'hearts')).toMatchObject({ unit: 'number', ...mean([1, 2, 3, 4]) });
  expect(outcomes).toEqual({ asr: [true, true, true, false], fpr: [false, false, true, false] });
});

/** Learns nothing, and never waits. */
function counting(parameters: Parameters): Training {
  let step = 0;
  return {
    get step() {
      return step;
    },
    ...{ lossTokens: 0, state, dispose: () => undefined, parameters: () => Promise.resolve(parameters) },
    async advance(until, onStep) {
      for (; step < until;) await onStep({ step: ++step, loss: 0, gradientNorm: 0, lr: 0, lossTokens: 0, tokens: 1 });
    },
    snapshot: () => Promise.resolve({ step, lossTokens: 0, cursor: null, tensors: parameters }),
  };
}

/** An arm that learns nothing, and every stream that it was given, by what it begins with. */
async function streamsOf(name: string, role: Role, parent?: Parameters) {
  const first = (rng: Rng): number => rng.next();
  const given = { initial: [] as number[], start: [] as Parameters[], recipe: [] as number[], steps: [] as number[] };
  const contexts: number[][] = [];
  const audits: number[] = [];
  const organism: Organism = {
    initial(rng) {
      given.initial.push(first(rng));
      return weights(1);
    },
    train({ rng, parameters }): Training {
      given.start.push(parameters);
      given.steps.push(...[0, 1, 2].map((step) => first(rng.fork(step))));
      given.recipe.push(first(rng));
      return counting(parameters);
    },
    examine(_, examination) {
      contexts.push(examination.contexts.map(first));
      return Promise.resolve([]);
    },
    audit() {
      audits.push(contexts.length);
      return Promise.resolve([]);
    },
  };
  const dir = newFolder();
  folders.push(dir);
  const options = recipeParams.parse({ steps: 2, evalEverySteps: 1, contexts: 3 });
  const arm: OrganismArm = { organism, options, summary: { ...role, name, summary: '', stages: [] } };
  const io = { progress: () => undefined, signal: new AbortController().signal };
  const context = { engine, rng: createRng(5), io, hash: 'h', stepsBefore: 0, totalSteps: 2, load: () => weights(0) };
  await runOrganismArm(arm, dir, parent && { parameters: parent, evaluations: [] }, context);
  return { ...given, contexts, audits };
}

it('arms that differ in settings alone begin with the same weights and see the same stream; nobody is measured on it', async () => {
  const organism = await streamsOf('organism', { role: 'organism' });
  const control = await streamsOf('twin', { role: 'control', control: 'other' });
  const after = await streamsOf('after', { role: 'intervention' }, weights(9));
  const again = await streamsOf('again', { role: 'intervention' }, weights(9));
  expect(control).toEqual(organism);
  expect(again).toEqual(after);
  // what goes on, goes on from the weights that it was given, and on rows that it has not seen
  expect([organism.start, after.initial, after.start]).toEqual([[weights(1)], [], [weights(9)]]);
  expect(after.steps.filter((draw) => organism.steps.includes(draw))).toEqual([]);
  // at its start and at each of its two steps, the same contexts in every arm
  const [contexts = []] = organism.contexts;
  expect(new Set(contexts).size).toBe(3);
  for (const arm of [organism, after]) {
    expect(arm.contexts).toEqual([contexts, contexts, contexts]);
    expect(arm.audits).toEqual([3]); // once, after the last of them
    for (const draw of [...arm.steps, ...arm.recipe, ...arm.initial]) expect(contexts).not.toContain(draw);
  }
});

it('hears that it is to stop in a training that never waits, and saves the step', async () => {
  const dir = newFolder();
  folders.push(dir);
  const stop = new AbortController();
  const training = counting(weights(1));
  const organism: Organism = { initial: () => weights(1), train: () => training, examine: () => Promise.resolve([]) };
  const options = recipeParams.parse({ steps: 5000, evalEverySteps: 5000, contexts: 2 });
  const arm: OrganismArm = {
    organism,
    options,
    summary: { role: 'organism', name: 'organism', summary: '', stages: [] },
  };
  const progress = (): void => void setImmediate(() => stop.abort()); // as a signal comes: not within the step
  const context = { engine, rng: createRng(5), io: { progress, signal: stop.signal }, hash: 'h', stepsBefore: 0, totalSteps: 5000, load: () => weights(0) }; // prettier-ignore
  await expect(runOrganismArm(arm, dir, undefined, context)).rejects.toThrow(Interrupted);
  expect(training.step).toBeLessThan(10);
  expect(resumeArm('organism', dir, context)?.snapshot.step).toBe(training.step);
});
