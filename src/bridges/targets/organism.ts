import { loadOrganism, readOrganismFile } from '../../archive/organism-files.ts';
import { planOrganism } from '../../lab/assemble/organism-arms.ts';
import { startEngine } from '../../lab/assemble/start-engine.ts';
import { experimentToYaml } from '../../lab/experiment/compare.ts';
import { resolveAny } from '../../lab/experiment/resolve.ts';
import { isOfOrganism } from '../../lab/experiment/types.ts';
import { loadPlugins } from '../../lab/plugins.ts';
import { examineOrganism } from '../../lab/run/organism-run.ts';
import type { Tables } from '../../lab/tables.ts';
import { UserError } from '../../lib/errors.ts';
import { createRng } from '../../lib/rng.ts';
import { lookup } from '../../lib/table.ts';
import type { Evaluation } from '../../lab/evals/index.ts';
import type { Asked, Target } from './types.ts';

/** What was found of an organism's arm, asked again. */
export interface AskedOrganism extends Pick<Target, 'label'>, Pick<Evaluation, 'scores'> {
  readonly seed: number;
}

/**
 * An organism's arm, asked in the contexts that its run asked it in at the end, so that the numbers are the same; `set` changes what it
 * is asked (`organism.contexts=1000`, another `seed`).
 *
 * @throws UserError (exit code 2) for questions of another experiment.
 */
export async function measureOrganism(dir: string, asked: Asked, given: Tables): Promise<AskedOrganism> {
  const { arm: name, experiment: own } = readOrganismFile(dir);
  if (asked.file !== undefined)
    throw new UserError(`--experiment: ${dir} is an organism, asked in its own world; change that with --set`, 2);
  const tables = await loadPlugins(given, own.plugins ?? []);
  const experiment = resolveAny(experimentToYaml(own), dir, { ...asked, plugins: tables.plugins }, tables);
  if (!isOfOrganism(experiment)) throw new UserError(`--set: ${dir} stays an organism; leave "organism" in`, 2);
  const { arms } = planOrganism(experiment, tables);
  const arm = lookup(Object.fromEntries(arms.map((one) => [one.summary.name, one])), name, 'arm');
  const engine = await startEngine(experiment.engine);
  const state = engine.createState(loadOrganism(dir));
  try {
    const { scores } = await examineOrganism(arm, state, { engine, rng: createRng(experiment.seed) }, true);
    return { label: { checkpoint: dir, arm: name }, seed: experiment.seed, scores };
  } finally {
    state.dispose();
    await engine.dispose();
  }
}
