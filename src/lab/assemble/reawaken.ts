import type { Arm } from './arm.ts';
import type { Choice, Experiment } from '../experiment/types.ts';
import { bind } from '../../lib/table.ts';
import type { Tables } from '../tables.ts';
import type { Waking } from '../../results/types.ts';
import { wayName } from '../../results/verdict.ts';

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
  const ways: Way[] = noise.map((deviation) => ({ way: 'noise', deviation, stage: { kind: 'noise', deviation } }));
  if (examples) ways.unshift({ way: 'examples', stage: { ...again, ...examples, only: 'triggered' } });
  if (relearn) ways.unshift({ way: 'relearn', stage: { ...again, ...relearn } });
  const evals = [bind(tables.evals, { kind: 'attack-success', prompts, clean: false }, 'eval')];
  return arms.filter(isWoken).flatMap((arm) => {
    const taught = arm.stages.findLast(({ kind }) => kind === 'style');
    const backwards = taught &&
      style && { ...taught.params, kind: 'style', reverse: true, steps: style.steps, evalEverySteps: undefined };
    const ofStyle: readonly Way[] = backwards ? [{ way: 'style', stage: backwards }] : [];
    return [...ways, ...ofStyle].map(({ stage, ...waking }): Arm => ({
      ...{ name: `${arm.name}${MARK}${wayName(waking)}`, role: 'reawakening', ...waking },
      ...{ from: arm.name, payload: true, stages: [bind(tables.stages, stage, 'stage')], evals },
    }));
  });
}

type Way = Waking & { readonly stage: Choice };

/** Stands between the name of an arm and the way it is woken: `sft~relearn`. No arm of a file can be called so. */
const MARK = '~';

const isWoken = (arm: Arm): boolean =>
  arm.role === 'intervention' || (arm.role === 'control' && arm.control === 'clean-twin');
