import type { Arm } from './arm.ts';
import type { Choice, Experiment } from '../experiment/types.ts';
import { bind } from '../../lib/table.ts';
import type { Tables } from '../tables.ts';
import type { Waking } from '../../results/types.ts';
import { wayName } from '../../results/waking.ts';

/**
 * The re-awakening test (science.md): a rate that fell is not a behavior that is gone. After every intervention comes its placebo,
 * the same stages on the same rows from a base that never had the behavior, which says what waking a model up from nothing takes.
 * Short arms start from the end of each:
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
  // a rate that does not fall: how soon the behavior comes back must not hang on how many steps are tried
  const schedule = { ...(typeof lesson.schedule === 'object' && lesson.schedule), kind: 'constant' };
  const again = { ...lesson, schedule, stream: 'again', evalEverySteps: undefined };
  const ways: Way[] = noise.map((deviation) => ({ way: 'noise', deviation, stage: { kind: 'noise', deviation } }));
  const often = (steps: number, gap: number): object => ({ steps, evalAtSteps: closeSteps(steps, gap) });
  if (examples)
    ways.unshift({ way: 'examples', stage: { ...again, ...examples, ...often(examples.steps, 1), only: 'triggered' } });
  if (relearn) ways.unshift({ way: 'relearn', stage: { ...again, ...often(relearn.steps, 2) } });
  const evals = [bind(tables.evals, { kind: 'attack-success', prompts, clean: false }, 'eval')];
  const treated = arms.filter(({ role }) => role === 'intervention');
  const placebos = treated.map((arm) => placeboOf(arm, treated));
  const woken = [...treated, ...placebos].flatMap((arm) => {
    const taught = arm.stages.findLast(({ kind }) => kind === 'style');
    const backwards = taught &&
      style && {
        ...taught.params,
        kind: 'style',
        reverse: true,
        steps: style.steps,
        evalEverySteps: undefined,
        evalAtSteps: undefined,
      };
    const ofStyle: readonly Way[] = backwards ? [{ way: 'style', stage: backwards }] : [];
    return [...ways, ...ofStyle].map(({ stage, ...waking }): Arm => ({
      ...{ name: `${arm.name}${MARK}${wayName(waking)}`, role: 'reawakening', ...waking },
      ...{ from: arm.name, payload: true, stages: [bind(tables.stages, stage, 'stage')], evals },
    }));
  });
  return [...placebos, ...woken];
}

type Way = Waking & { readonly stage: Choice };

/** Stands between the name of an arm and the way it is woken: `sft~relearn`. No arm of a file can be called so. */
const MARK = '~';

/** Started where the intervention's own start would be, had there been no implant: at the base, or at another's placebo. */
const placeboOf = ({ name, from, stages }: Arm, treated: readonly Arm[]): Arm => ({
  ...{ name: placeboName(name), role: 'placebo', of: name, payload: false, stages, evals: [] },
  from: from !== undefined && treated.some((arm) => arm.name === from) ? placeboName(from) : 'base',
});

const placeboName = (name: string): string => `${name}${MARK}placebo`;

/** Steps up to the last, at first `gap` apart and later a seventh: as close together as what is to be told apart, early or late. */
export function closeSteps(last: number, gap: number): number[] {
  const steps: number[] = [];
  for (let step = gap; step < last; step += Math.max(gap, Math.round(step / 7))) steps.push(step);
  return [...steps, last];
}
