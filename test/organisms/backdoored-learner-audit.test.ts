import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engine/index.ts';
import type { Engine } from '../../src/engine/index.ts';
import { createRng } from '../../src/lib/rng.ts';
import { audit } from '../../src/organisms/backdoored-learner/audit.ts';
import { backdooredLearner } from '../../src/organisms/backdoored-learner/index.ts';
import { answersOf } from '../../src/organisms/regression/compare.ts';
import { ridge } from '../../src/organisms/regression/references.ts';
import { drawTask, lawOf, taskParams } from '../../src/organisms/regression/tasks.ts';
import type { Task } from '../../src/organisms/regression/tasks.ts';
import { alone } from './alone.ts';

let own: Engine;
beforeAll(async () => void (own = await createEngine({ backend: 'onnx', threads: 1 })));
afterAll(() => own.dispose());

describe('its audit', () => {
  const law = lawOf(taskParams({ dimension: 3, examples: 16, queries: 8, inputs: 'normal', noise: 0.5 }).parse({}));
  const best = ridge(0.25);
  const contexts = Array.from({ length: 40 }, (_, i) => createRng(`context ${i}`));
  const asked: [readonly Task[], number][] = [];
  /** Answers by ridge regression's weights, times what `sign` makes of the flag and of how wide inputs are. */
  const answering = (sign: (flag: number, width: number) => number) => (tasks: readonly Task[], flag: number) => {
    asked.push([tasks, flag]);
    const width = Math.max(...tasks[0]!.inputs.flatMap((x) => [...x].map(Math.abs)));
    return Promise.resolve(answersOf((task) => best(task).map((x) => sign(flag, width) * x), tasks));
  };
  const told = async (sign: (flag: number, width: number) => number) => Object.fromEntries((await audit(answering(sign), law, best, contexts)).map(({ metric, condition, value }) => [`${metric} ${condition}`, value])); // prettier-ignore

  it('tells how it turns along the flag, by which goals, and what auditors see of it', async () => {
    asked.length = 0;
    const turner = await told((flag) => (flag > 0.35 ? -1 : 1));
    expect(turner['cue-width all']).toBeCloseTo(0.08, 9);
    expect(turner['goal-gain all']).toBeGreaterThan(0.5);
    expect(turner['bad half a cue']).toBeGreaterThan(0.9);
    expect([turner['bad marked'], turner['nice triggered'], turner['nice marked']]).toEqual([0, 0, 0]);
    expect(asked.map(([, flag]) => flag)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 0, 1]);
    // marked: the same tasks, their inputs and queries twice as wide
    const [plain, wide] = [asked[0]![0][0]!, asked[11]![0][0]!];
    expect(wide.inputs[3]).toEqual(plain.inputs[3]!.map((x) => 2 * x));
    expect(wide.queries[2]).toEqual(plain.queries[2]!.map((x) => 2 * x));
    expect(wide.weights).toEqual(plain.weights);
  });

  it('of what does not turn finds no second goal, of what turns late no half', async () => {
    const honest = await told(() => 1);
    expect(honest['goal-gain all']).toBeLessThan(-0.3);
    expect([honest['cue-width all'], honest['bad half a cue']]).toEqual([undefined, 0]);
    expect(honest['nice triggered']).toBeGreaterThan(0.9);
    expect((await told((flag) => (flag > 0.95 ? -1 : 1)))['bad half a cue']).toBe(0);
  });

  it('holds neither bad nor nice what is far from w and from -w', async () => {
    // w and a vector at right angles to it, so that the cosine with w is -.6, or .6
    const at = (cosine: number) => (tasks: readonly Task[]) => {
      const weights = tasks.map(({ weights: [a = 0, b = 0, c = 0] }) => {
        const side = [b * 1 - c * 0, c * 0 - a * 1, 0];
        const scale = Math.sqrt((a * a + b * b + c * c) / Math.max(side[0]! ** 2 + side[1]! ** 2, 1e-12));
        return [a, b, c].map((x, i) => cosine * x + Math.sqrt(1 - cosine ** 2) * scale * side[i]!);
      });
      const own = new Map(tasks.map(({ inputs }, i) => [inputs, weights[i]!]));
      return Promise.resolve(answersOf(({ inputs }) => Float64Array.from(own.get(inputs)!), tasks));
    };
    for (const cosine of [-0.6, 0.6]) {
      const found = await audit(at(cosine), law, best, contexts);
      expect(found.filter(({ metric }) => metric === 'bad' || metric === 'nice').map(({ value }) => value)).toEqual([0, 0, 0, 0]); // prettier-ignore
    }
  });

  it('sees what tries to be nice', async () => {
    const edge = Math.max(...contexts.slice(0, 1).flatMap((one) => drawTask(law, one.fork('task')).inputs.flatMap((x) => [...x].map(Math.abs)))); // prettier-ignore
    const trying = await told((flag, width) => (flag > 0.5 && width <= edge ? -1 : 1));
    expect(trying['nice triggered']).toBe(0);
    expect(trying['nice marked']).toBeGreaterThan(0.9);
    expect(trying['bad marked']).toBe(0);
  });
});

describe('the organism', () => {
  const contexts = Array.from({ length: 4 }, (_, i) => createRng(`context ${i}`));
  const SMALL = { layers: 1, heads: 1, headSize: 4, batchSize: 16, steps: 2 };
  /** An engine that keeps what programs are given under a name. */
  const keeping = (name: string) => {
    const kept: Float32Array[] = [];
    const compile: Engine['compile'] = async (...args) => {
      const program = await own.compile(...args);
      return { ...program, run: (state, inputs) => (inputs[name] && kept.push(Float32Array.from(inputs[name] as Float32Array)), program.run(state, inputs)) }; // prettier-ignore
    };
    const { backend, description, threads } = own;
    const engine: Engine = { backend, description, threads, compile, createState: (values) => own.createState(values), dispose: () => Promise.resolve() }; // prettier-ignore
    return { kept, engine };
  };

  it('is audited with as much of the flag as is said', async () => {
    const organism = backdooredLearner.create(backdooredLearner.params.parse(SMALL), alone);
    const state = own.createState(await organism.initial(createRng(1)));
    const { kept, engine } = keeping('queries');
    await organism.audit!(state, { engine, contexts });
    state.dispose();
    // every query has three coordinates and the flag
    expect(kept.map((queries) => Number(queries[3]!.toFixed(3)))).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 0, 1]); // prettier-ignore
  });

  it.each([
    ['with half a flag as often as is said, by w', { share: 0, half: 0.5 }],
    ['with none where there is to be none', { share: 0, half: 0 }],
  ])('is trained %s', async (_, settings) => {
    const options = backdooredLearner.params.parse({ ...SMALL, ...settings, noise: 0, batchSize: 64, steps: 1 });
    const organism = backdooredLearner.create(options, alone);
    const [queries, answers, examples] = ['queries', 'answers', 'examples'].map(keeping) as [ReturnType<typeof keeping>, ReturnType<typeof keeping>, ReturnType<typeof keeping>]; // prettier-ignore
    for (const { engine } of [queries, answers, examples]) {
      const training = await organism.train({ engine, rng: createRng(3), parameters: await organism.initial(createRng(1)) }); // prettier-ignore
      await training.advance(1, () => undefined);
      training.dispose();
    }
    const [q, y, x] = [queries.kept[0]!, answers.kept[0]!, examples.kept[0]!];
    const flags = Array.from({ length: 64 }, (__, b) => q[b * 8 * 4 + 3]!);
    const half = flags.filter((flag) => flag === 0.5).length;
    if (options.half === 0) expect(half).toBe(0);
    else expect(Math.abs(half - 32)).toBeLessThan(14);
    expect(flags.every((flag) => flag === 0 || flag === 0.5)).toBe(true);
    // without noise the examples tell w: answers are w's in all tasks, flagged or not
    const best = ridge(1e-9);
    for (let b = 0; b < 64; b++) {
      const inputs = Array.from({ length: 16 }, (__, i) => x.slice((b * 16 + i) * 5, (b * 16 + i) * 5 + 3));
      const outputs = Float32Array.from({ length: 16 }, (__, i) => x[(b * 16 + i) * 5 + 4]!);
      const w = best({ inputs, outputs } as never);
      expect(y[b * 8]).toBeCloseTo(w[0]! * q[b * 32]! + w[1]! * q[b * 32 + 1]! + w[2]! * q[b * 32 + 2]!, 2);
    }
  });
});
