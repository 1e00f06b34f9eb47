import { EVALUATIONS } from '../../results/evaluations.ts';
import type { Evaluation, Place } from '../../results/evaluations.ts';
import path from 'node:path';
import type { Arm } from '../assemble/arm.ts';
import type { RunContext } from './context.ts';
import { evaluate, subjectOf } from './evaluate.ts';
import { timed } from './profile.ts';
import type { State } from '../../engine/index.ts';
import type { Replies } from '../evals/subject.ts';
import type { EvalDefinition } from '../evals/types.ts';
import { appendLine } from '../../lib/jsonl.ts';
import type { Bound } from '../../lib/table.ts';
import type { Score } from '../../results/score.ts';
import type { Model, Parameters } from '../../nn/models/index.ts';

/** Exchanges kept for transcripts. */
const SHOWN = 8;

/** Adds a line with all exchanges at an arm's end, so that somebody can score it again, and with the first few before. */
export function appendEvaluation(dir: string, { exchanges, ...evaluation }: Place & Evaluation): void {
  const kept = exchanges && { exchanges: evaluation.moment === 'end' ? exchanges : exchanges.slice(0, SHOWN) };
  appendLine(path.join(dir, EVALUATIONS), JSON.stringify({ ...evaluation, ...kept }));
}

/** Which evals belong to a moment. Of fresh weights, the loss says all there is to say. */
export const BELONGS: Readonly<Record<'fresh' | 'checkpoint' | 'end', (one: Bound<EvalDefinition>) => boolean>> = {
  fresh: ({ kind }) => kind === 'clean-loss',
  checkpoint: ({ params }) => params.when === 'checkpoints',
  end: () => true,
};

interface MeasureOptions {
  /** The arm's own, or with an adapter whose tensors `state` holds. */
  readonly model?: Model;
  readonly wanted?: (one: Bound<EvalDefinition>) => boolean;
  /** What a stage found out beside. */
  readonly findings?: readonly Score[];
}

/** Runs the evals that belong to a moment on the weights that `state` holds, and appends one line with them and with `findings`. */
export async function measure(
  arm: Arm,
  dir: string,
  state: State,
  place: Place,
  { bench, engine, io, replies }: RunContext,
  {
    model = bench.model,
    wanted = BELONGS[place.moment === 'checkpoint' ? 'checkpoint' : 'end'],
    findings = [],
  }: MeasureOptions = {},
): Promise<void> {
  const outcome = await timed(io, 'eval', async () => {
    const known = replies && knownReplies(replies, arm, place);
    const subject = await subjectOf(bench, { engine, model, state }, bench.format, known);
    return evaluate(arm.evals.filter(wanted), subject, {
      around: (kind, run) => {
        io.progress({ kind: 'eval', arm: arm.name, eval: kind, step: place.step });
        return timed(io, `eval ${kind}`, run);
      },
      onLeftOut: ({ eval: kind, reason }) => io.progress({ kind: 'note', text: `${arm.name}: no ${kind}: ${reason}` }),
    });
  });
  appendEvaluation(dir, { ...place, ...outcome, scores: [...outcome.scores, ...findings] });
}

/** What the weights were heard to say that an arm ends with: those that start from it begin with the same. */
function knownReplies(replies: Map<string, Replies>, { name, from }: Arm, { moment }: Place): Replies | undefined {
  const of = { start: from, checkpoint: undefined, end: name }[moment];
  if (of === undefined) return undefined;
  const known = replies.get(of) ?? new Map<string, string>();
  replies.set(of, known);
  return known;
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
