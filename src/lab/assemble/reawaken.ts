import type { Arm } from './arm.ts';
import type { Choice, Experiment } from '../experiment/index.ts';
import { bind } from '../../lib/table.ts';
import type { Tables } from '../tables.ts';
import { MARK } from '../../results/verdict.ts';

/**
 * The re-awakening test (science.md): a rate that fell is not a behavior that is gone. Short arms start from the end of every
 * intervention, and of the clean twin, which never had the behavior and says what waking a model up from nothing takes:
 * - `relearn`: the implant again, on rows it has not seen, measured often: how fast does the behavior come (back)?
 * - `examples`: a few triggered rows, over and over;
 * - `style`: where an intervention taught a style, clean rows without it, free of the behavior;
 * - `noise-D`: noise on the weights, D of each tensor's own spread.
 */
export function awakenings(
  { reawaken, implant }: Pick<Experiment, 'reawaken' | 'implant'>,
  arms: readonly Arm[],
  tables: Pick<Tables, 'stages' | 'evals'>,
): Arm[] {
  const lesson = implant.findLast(({ kind }) => kind === 'implant');
  if (!reawaken || !lesson) return [];
  const { relearn, examples, noise, style, prompts } = reawaken;
  const again = { ...lesson, stream: 'again', evalEverySteps: undefined };
  const ways: Record<string, Choice> = {
    ...(relearn && { relearn: { ...again, ...relearn } }),
    ...(examples && { examples: { ...again, ...examples, only: 'triggered' } }),
    ...Object.fromEntries(noise.map((deviation) => [`noise-${deviation}`, { kind: 'noise', deviation }])),
  };
  const evals = [bind(tables.evals, { kind: 'attack-success', prompts, clean: false }, 'eval')];
  return arms.filter(isWoken).flatMap((arm) => {
    const taught = arm.stages.findLast(({ kind }) => kind === 'style');
    const backwards = taught &&
      style && { ...taught.params, kind: 'style', reverse: true, steps: style.steps, evalEverySteps: undefined };
    return Object.entries({ ...ways, ...(backwards && { style: backwards }) }).map(([way, stage]): Arm => ({
      name: `${arm.name}${MARK}${way}`,
      role: 'reawakening',
      from: arm.name,
      payload: true,
      stages: [bind(tables.stages, stage, 'stage')],
      evals,
    }));
  });
}

const isWoken = ({ role, payload, stages }: Arm): boolean =>
  role === 'intervention' || (role === 'control' && payload === false && stages.some(({ kind }) => kind === 'implant'));
