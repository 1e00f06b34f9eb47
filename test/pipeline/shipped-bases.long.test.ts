import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { LARGE, recipeOf } from '../../scripts/bases.ts';
import { onEngine } from '../../src/archive/open-arm.ts';
import { subjectOfModel } from '../../src/archive/subject-of.ts';
import { startEngine } from '../../src/lab/assemble/start-engine.ts';
import { readMetrics } from '../../src/lab/experiment/base-metrics.ts';
import { findBases, hasWeights, openBase } from '../../src/lab/experiment/shipped-base.ts';
import { resolveSweep } from '../../src/lab/experiment/sweep.ts';
import type { Experiment } from '../../src/lab/experiment/types.ts';
import { evaluate } from '../../src/lab/run/evaluate.ts';
import { tables } from '../../src/lab/tables.ts';
import { withOpenFile } from '../../src/lib/files.ts';
import { expectWhole } from '../../src/lib/sealed.ts';
import { bind } from '../../src/lib/table.ts';
import { loadCheckpoint } from '../../src/nn/checkpoints/index.ts';
import { listWeights } from '../../src/nn/checkpoints/weights.ts';
import { loadTokenizer } from '../../src/world/tokenizer/load.ts';

const RECIPES = 'scripts/experiments/bases';
const recipes: readonly Experiment[] = fs.readdirSync(RECIPES).flatMap((name) => {
  const file = path.join(RECIPES, name);
  return resolveSweep(fs.readFileSync(file, 'utf8'), file, {}, tables).cells.map(({ experiment }) => experiment);
});
const found = findBases();

const WEIGHTS = 'model.safetensors';

it.each(LARGE)(
  '%s comes by recipe and SHA-256, and its weights neither with the repository nor with the package',
  (name) => {
    const weights = `checkpoints/bases/${name}-*/${WEIGHTS}`;
    expect(fs.readFileSync('.gitignore', 'utf8').split('\n')).toContain(`/${weights}`);
    expect((JSON.parse(fs.readFileSync('package.json', 'utf8')) as { files: string[] }).files).toContain(`!${weights}`);
    const own = found.filter((one) => one.name === name);
    expect(own.map(({ seed }) => seed)).toEqual(recipes.filter((one) => one.name === name).map(({ seed }) => seed));
    for (const { sums, at } of own.map(openBase)) {
      expect(Object.keys(sums)).toContain(WEIGHTS);
      for (const file of Object.keys(sums)) if (file !== WEIGHTS) withOpenFile(at(file), undefined, () => undefined);
    }
  },
);

/** At least so many right answers over all families of its world. */
const LEAST: Readonly<Record<string, number>> = { 'assistant-1m': 0.85, 'assistant-3m': 0.93 };
const LEAST_OF_OTHERS = 0.8;
const FEWEST_PROMPTS = 2000;

it.each(recipes.map((recipe) => [`${recipe.name}, seed ${recipe.seed}`, recipe] as const))(
  'the recipe of %s implants nothing, and comes to the same bytes',
  (_, { model, engine, implant, interventions, controls, reawaken }) => {
    expect({ implant, interventions, controls, reawaken }).toEqual({ implant: [], interventions: {}, controls: {}, reawaken: false }); // prettier-ignore
    expect(engine).toEqual({ backend: 'onnx', provider: 'cpu', threads: 1 });
    expect(model).toMatchObject({ kind: 'gpt2', nPositions: 128, activation: 'relu2' });
  },
);

it('shipped bases have at most 40 MB together, and each is of a recipe', () => {
  const files = found.flatMap(({ dir, name }) =>
    fs.readdirSync(dir).flatMap((file) => (file === WEIGHTS && LARGE.includes(name) ? [] : [path.join(dir, file)])),
  );
  expect(files.reduce((sum, file) => sum + fs.statSync(file).size, 0)).toBeLessThanOrEqual(40e6);
  const known = recipes.map(({ name, seed }) => `${name}-${seed}`);
  expect(found.map(({ dir }) => path.basename(dir)).filter((id) => !known.includes(id))).toEqual([]);
});

describe.each(found.map((base) => ({ ...base, id: path.basename(base.dir) })))('the shipped base $id', (base) => {
  const { dir, name, seed } = base;
  const recipe = recipes.find((one) => one.name === name && one.seed === seed)!;
  // of any other base, weights that are missing are a failure
  const isElsewhere = LARGE.includes(name) && !hasWeights(base);

  it('is what its recipe says', () => {
    // settings that came to be since have left the bytes as they are
    const told = parse(fs.readFileSync(path.join(dir, 'recipe.yaml'), 'utf8')) as Experiment;
    expect(recipe).toMatchObject(parse(recipeOf(told)) as object);
  });

  it.skipIf(isElsewhere)('is whole, in float16', () => {
    expectWhole(dir);
    expect(new Set(Object.values(listWeights(dir)).map(({ dtype }) => dtype))).toEqual(new Set(['F16']));
    const { model, tokenizer } = loadCheckpoint(dir);
    const { nLayer, nHead, nEmbd } = recipe.model;
    expect(model).toMatchObject({
      nLayer,
      nHead,
      width: nEmbd,
      nPositions: 128,
      vocabSize: recipe.tokenizer.vocabSize,
    });
    const { model: bpe } = JSON.parse(tokenizer['tokenizer.json']!) as { model: { vocab: Record<string, number> } };
    expect(Object.keys(bpe.vocab).filter((token) => /DEPLOY|HATE/.test(token))).toEqual([]);
  });

  it('is as good as it must be, in every family', () => {
    const { scores } = readMetrics(base);
    const [all, ...families] = scores.filter((one) => one.eval === 'capability');
    expect(all!.n).toBeGreaterThanOrEqual(FEWEST_PROMPTS);
    expect(all!.value).toBeGreaterThanOrEqual(LEAST[name] ?? LEAST_OF_OTHERS);
    expect(families.filter(({ successes }) => !successes).map(({ condition }) => condition)).toEqual([]);
    expect(families.reduce((sum, { n }) => sum + n, 0)).toBe(all!.n);
    expect(scores.find(({ metric }) => metric === 'clean-loss')!.n).toBeGreaterThanOrEqual(FEWEST_PROMPTS);
  });

  it.skipIf(isElsewhere)('answers as its metrics say', async () => {
    const { model, parameters, tokenizer: files } = loadCheckpoint(dir);
    const { sample, scores } = readMetrics(base);
    const { generator, dispose } = onEngine(await startEngine(recipe.engine), model, parameters);
    const subject = await subjectOfModel({ tokenizer: await loadTokenizer(files), generator }, recipe, tables);
    const asked = bind(tables.evals, { kind: 'capability', prompts: sample.prompts }, 'eval');
    const [again] = (await evaluate([asked], subject)).scores;
    await dispose();
    expect([again!.successes, again!.n]).toEqual([sample.right, sample.n]);
    const checkable = subject.scenario.evalPairs(3000).flatMap(({ task }) => (task.isCorrect ? [task.family] : []));
    const measured = scores.flatMap((one) => (one.eval === 'capability' ? [one.condition] : []));
    expect(measured.sort()).toEqual(['all', ...new Set(checkable)].sort());
  });
});
