import { EVALUATIONS } from '../../results/evaluations.ts';
import type { Evaluation } from '../../results/evaluations.ts';
import path from 'node:path';
import type { Arm } from '../assemble/arm.ts';
import type { RunContext } from './context.ts';
import { evaluate, subjectOf } from './evaluate.ts';
import { timed } from './profile.ts';
import type { State } from '../../engine/index.ts';
import type { Choice } from '../experiment/index.ts';
import { appendLine } from '../../lib/jsonl.ts';
import type { Score } from '../../results/score.ts';
import type { Model, Parameters } from '../../nn/models/index.ts';

/** When and where in an arm something is measured. */
export type Place = Pick<Evaluation, 'moment' | 'stage' | 'step' | 'tokens'>;

/** What is measured of an arm: its own evals, or the experiment's. */
export const evalsOf = (arm: Pick<Arm, 'evals'>, { evals }: RunContext['experiment']): readonly Choice[] =>
  arm.evals ?? evals;

/** Which evals belong to a moment. Of fresh weights, the loss says all there is to say. */
export const BELONGS: Readonly<Record<'fresh' | 'checkpoint' | 'end', (choice: Choice) => boolean>> = {
  fresh: ({ kind }) => kind === 'clean-loss',
  checkpoint: ({ when }) => when === 'checkpoints',
  end: () => true,
};

interface MeasureOptions {
  /** The arm's own, or with an adapter whose tensors `state` holds. */
  readonly model?: Model;
  readonly wanted?: (choice: Choice) => boolean;
  /** What a stage found out beside. */
  readonly findings?: readonly Score[];
}

/** Runs the evals that belong to a moment on the weights that `state` holds, and appends one line with them and with `findings`. */
export async function measure(
  arm: Arm,
  dir: string,
  state: State,
  place: Place,
  { experiment, bench, engine, tables, io }: RunContext,
  {
    model = bench.model,
    wanted = BELONGS[place.moment === 'checkpoint' ? 'checkpoint' : 'end'],
    findings = [],
  }: MeasureOptions = {},
): Promise<void> {
  const outcome = await timed(io, 'eval', async () => {
    const subject = await subjectOf(bench, { engine, model, state }, bench.format);
    return evaluate(evalsOf(arm, experiment).filter(wanted), subject, tables, {
      around: (kind, run) => {
        io.progress({ kind: 'eval', arm: arm.name, eval: kind, step: place.step });
        return timed(io, `eval ${kind}`, run);
      },
      onLeftOut: ({ eval: kind, reason }) => io.progress({ kind: 'note', text: `${arm.name}: no ${kind}: ${reason}` }),
    });
  });
  const evaluation: Evaluation = { ...place, ...outcome, scores: [...outcome.scores, ...findings] };
  appendLine(path.join(dir, EVALUATIONS), JSON.stringify(evaluation));
}

/** The same for weights that no state holds yet. */
export async function measureParameters(
  arm: Arm,
  dir: string,
  parameters: Parameters,
  place: Place,
  context: RunContext,
  options: MeasureOptions = {},
): Promise<void> {
  const state = context.engine.createState(parameters);
  try {
    await measure(arm, dir, state, place, context, options);
  } finally {
    state.dispose();
  }
}
