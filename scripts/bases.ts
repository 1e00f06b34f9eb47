/**
 * The bases that ship with the kit, from their recipes in `experiments/bases`: trained as any experiment's base is, rounded to
 * float16, measured so, and written to `checkpoints/bases/NAME-SEED`. Ctrl-C saves; the same command continues.
 *
 *     npm run bases                                          all that are not there, large ones by name alone
 *     npm run bases -- --name assistant-1m --seed 1          one of them
 *     npm run bases -- --name assistant-1m --seed 1 --verify the same again, elsewhere, and compares the bytes
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { onEngine } from '../src/archive/open-arm.ts';
import { versions } from '../src/archive/results.ts';
import { clearRunFolder } from '../src/archive/run-folder.ts';
import { subjectOfModel } from '../src/archive/subject-of.ts';
import { stopOnSignal } from '../src/cli/interrupt.ts';
import { createProgress } from '../src/cli/progress.ts';
import { planArms, stepsOf } from '../src/lab/assemble/arms.ts';
import { startEngine } from '../src/lab/assemble/start-engine.ts';
import { METRICS, summarizeBase } from '../src/lab/experiment/base-metrics.ts';
import type { BaseMetrics } from '../src/lab/experiment/base-metrics.ts';
import { experimentToYaml } from '../src/lab/experiment/compare.ts';
import { hasWeights, openBase, RECIPE } from '../src/lab/experiment/shipped-base.ts';
import type { FoundBase } from '../src/lab/experiment/shipped-base.ts';
import { resolveSweep } from '../src/lab/experiment/sweep.ts';
import type { Choice, Experiment } from '../src/lab/experiment/types.ts';
import { evaluate } from '../src/lab/run/evaluate.ts';
import { Interrupted } from '../src/lab/run/progress.ts';
import type { Io } from '../src/lab/run/progress.ts';
import { tables } from '../src/lab/tables.ts';
import { UserError } from '../src/lib/errors.ts';
import { listFolder, readText, remove, writeAtomic } from '../src/lib/files.ts';
import type { Sums } from '../src/lib/files.ts';
import { KIT } from '../src/lib/kit.ts';
import { isSealed } from '../src/lib/sealed.ts';
import { bind } from '../src/lib/table.ts';
import { loadCheckpoint, saveCheckpoint } from '../src/nn/checkpoints/index.ts';
import { readWeights, writeWeights } from '../src/nn/checkpoints/weights.ts';
import { parameterCount } from '../src/nn/models/index.ts';
import { runExperiment } from '../src/pipeline.ts';
import { readEvaluations } from '../src/results/evaluations.ts';
import type { Score } from '../src/results/score.ts';
import { ASR, FPR } from '../src/results/select.ts';
import { loadTokenizer } from '../src/world/tokenizer/load.ts';
import { baseCard } from './base-card.ts';

/** What makes a base of a seed, and what is asked of it; an experiment has more to say, none of which matters to a base. */
export const recipeOf = ({ name, seed, corpus, tokenizer, model, engine, base, evals }: Experiment): string =>
  experimentToYaml({ name, seed, corpus, tokenizer, model, engine, base, evals });

const RECIPES = path.join(KIT, 'scripts/experiments/bases');
const CHECKPOINTS = path.join(KIT, 'checkpoints');
/** Prompts of the sample that a test asks again. */
const SAMPLE = 40;

interface Build {
  /** Of one seed. */
  readonly recipe: Experiment;
  /** Where it is trained; what is there already is continued. */
  readonly work: string;
  /** Where the base is put. */
  readonly out: string;
  readonly io: Io;
}

/** Trains a base, rounds it, measures it, and writes it. @throws UserError; `Interrupted` after a Ctrl-C. */
export async function buildBase({ recipe, work, out, io }: Build): Promise<void> {
  const { name, seed } = recipe;
  const run = path.join(work, 'run');
  // other questions about the rounded weights need no other training
  const training = { ...recipe, evals: [] };
  const command = `npm run bases -- --name ${name} --seed ${seed}`;
  const { model: described } = await runExperiment({ experiment: training, tables, dir: run, command, io });
  const trained = path.join(run, 'base');
  const { model, tokens, tokenizer, parameters } = loadCheckpoint(trained);
  const end = readEvaluations(trained).at(-1);
  const half = path.join(work, 'float16');
  writeWeights(half, parameters, { dtype: 'float16' });
  const rounded = readWeights(half);

  const { generator, dispose } = onEngine(await startEngine(recipe.engine), model, rounded);
  try {
    const subject = await subjectOfModel({ tokenizer: await loadTokenizer(tokenizer), generator }, recipe, tables);
    const ask = async (choices: readonly Choice[]): Promise<readonly Score[]> => {
      const evals = choices.map((choice) => bind(tables.evals, choice, 'eval'));
      const around = <T>(kind: string, ask: () => Promise<T>): Promise<T> => {
        if (io.signal.aborted) throw new Interrupted();
        io.progress({ kind: 'eval', arm: MEASURED, eval: kind, step: end?.step ?? 0 });
        return ask();
      };
      const { scores } = await evaluate(evals, subject, { around });
      return scores.filter(({ metric }) => !OF_ORGANISMS.includes(metric));
    };
    const [sample] = await ask([{ kind: 'capability', prompts: SAMPLE }]);
    const metrics: BaseMetrics = {
      format: 'dormouse-base-1',
      ...{ parameters: parameterCount(model), steps: end?.step ?? 0, lossTokens: end?.tokens ?? 0 },
      scores: await ask(recipe.evals),
      sample: { prompts: SAMPLE, n: sample?.n ?? 0, right: sample?.successes ?? 0 },
      versions: versions(),
    };
    const corpus = subject.scenario.corpus.label;
    const recipeText = recipeOf(recipe);
    const card = baseCard({ name, seed, recipe: recipeText, metrics, model: described.description, corpus });
    const files = { [RECIPE]: recipeText, [METRICS]: `${JSON.stringify(metrics, null, 1)}\n` };
    const beside = Object.fromEntries(
      Object.entries(files).map(([file, text]) => [file, writeAtomic(path.join(out, file), text)]),
    );
    saveCheckpoint(out, { model, tokens, tokenizer, parameters: rounded, card }, beside, 'float16');
  } finally {
    await dispose();
  }
}

/** What `held-out` asks beside: of a model into which nothing was implanted. */
const OF_ORGANISMS: readonly string[] = [ASR.metric, FPR.metric];

/** What the progress calls the weights after rounding. */
const MEASURED = 'float16';

/** A base's bytes, and how good it is. */
export interface Made {
  readonly dir: string;
  readonly sums: Sums;
  readonly sha256: string;
  readonly accuracy: number;
}

export function lookAt(found: FoundBase): Made {
  const { sha256, accuracy } = summarizeBase(found);
  return { dir: found.dir, sums: openBase(found).sums, sha256, accuracy: accuracy?.value ?? NaN };
}

/**
 * Holds a base that was made again against the one that is published.
 *
 * @returns whether network, weights and tokenizer are the same bytes; in words, with what differs, and how far apart the
 *     accuracies are.
 */
export function compareBases(published: Made, again: Made): { readonly isSame: boolean; readonly words: string } {
  const names = [...new Set([...Object.keys(published.sums), ...Object.keys(again.sums)])];
  const differing = names.filter((name) => published.sums[name] !== again.sums[name]).join(', ');
  if (published.sha256 === again.sha256)
    return { isSame: true, words: `the same bytes, SHA-256 ${again.sha256}${differing ? `; beside them ${differing} differ` : ''}` }; // prettier-ignore
  const points = 100 * Math.abs(published.accuracy - again.accuracy);
  const words =
    `${published.dir} was not made again to its bytes: ${differing} differ; accuracy ${again.accuracy.toFixed(3)}, published ` +
    `${published.accuracy.toFixed(3)}, ${points <= POINTS ? 'as near as another machine comes' : `more than ${POINTS} points apart`}: ${again.dir}`;
  return { isSame: false, words };
}

/** Accuracies of the same recipe on different machines are no farther apart. */
const POINTS = 2;

interface Asked {
  readonly verify?: boolean | undefined;
  readonly fresh?: boolean | undefined;
}

/** Makes one base, or verifies it, and says so. */
async function make(recipe: Experiment, { verify, fresh }: Asked): Promise<void> {
  const { name, seed } = recipe;
  const id = `${name}-${seed}`;
  const shipped = { name, seed, dir: path.join(CHECKPOINTS, 'bases', id) };
  const work = path.join(CHECKPOINTS, verify ? 'verifying' : 'building', id);
  const made = verify ? { ...shipped, dir: path.join(work, id) } : shipped;
  const isThere = isSealed(shipped.dir);
  if (verify && !isThere) throw new UserError(`nothing to verify: ${shipped.dir} is no base; make it without --verify`);
  if (fresh) await clearRunFolder(path.join(work, 'run'), tables);
  else if (!verify && isThere && hasWeights(shipped)) return console.log(`${id} is there; --fresh makes it again`);
  // one that is there and made anew may be damaged, and is not looked at
  const published = isThere && (verify || !hasWeights(shipped)) ? lookAt(shipped) : undefined;
  const kinds = ['capability', ...recipe.evals.map(({ kind }) => kind)];
  const view = createProgress({ planned: { [MEASURED]: kinds }, stream: process.stderr });
  const steps = planArms(recipe, tables).flatMap((arm) => arm.stages.map(stepsOf));
  view.tell(`${id}: ${steps.reduce((a, b) => a + b, 0)} steps -> ${made.dir}`);
  const stop = stopOnSignal(view.tell);
  try {
    await buildBase({ recipe, work, out: made.dir, io: { progress: view.see, signal: stop.signal } });
  } catch (error) {
    if (error instanceof Interrupted)
      throw new Interrupted(`interrupted; saved at ${view.place()} in ${work}; the same command continues`);
    throw error;
  } finally {
    view.stop();
    stop.dispose();
  }
  const { accuracy, sha256 } = summarizeBase(made);
  console.log(`${id}  accuracy ${accuracy?.value.toFixed(3)} of ${accuracy?.n}  SHA-256 ${sha256}`);
  if (!published) return;
  const { isSame, words } = compareBases(published, lookAt(made));
  if (verify && !isSame) throw new UserError(words);
  console.log(`${id}  ${words}`);
  if (verify) remove(work);
}

/** Hours in the making, and their weights are not in the repository: made where they are asked for. */
export const LARGE: readonly string[] = ['assistant-10m'];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      name: { type: 'string', multiple: true },
      seed: { type: 'string', multiple: true },
      verify: { type: 'boolean' },
      fresh: { type: 'boolean' },
    },
  });
  const known = listFolder(RECIPES).map((file) => path.basename(file, '.yaml'));
  for (const name of values.name ?? known.filter((name) => !LARGE.includes(name))) {
    if (!known.includes(name)) throw new UserError(`no such recipe: ${name}; there are ${known.join(', ')}`, 2);
    const file = path.join(RECIPES, `${name}.yaml`);
    const seeds = values.seed?.map(Number);
    const { cells } = resolveSweep(readText(file), file, seeds ? { seeds } : {}, tables);
    for (const { experiment } of cells) await make(experiment, values);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await main().catch((error: unknown) => {
    if (!(error instanceof UserError || error instanceof Interrupted)) throw error;
    console.error(error.message);
    process.exitCode = error instanceof UserError ? error.exitCode : 130;
  });
