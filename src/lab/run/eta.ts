import { defined } from '../../lib/defined.ts';
import type { Progress } from './progress.ts';

/** How fast a run goes and when it will be done, from the times at which its events came. */
export interface Eta {
  see(event: Progress): void;
  /** Undefined until two steps have been seen. */
  secondsLeft(): number | undefined;
  /** Undefined as well where steps have no tokens. */
  tokensPerSecond(): number | undefined;
}

/** Before any was measured, an eval is taken to last as long as so many steps. */
const EVAL_IN_STEPS = 15;
/** Steps that speed is taken from. Their median, for now and then a step waits for a program to be compiled. */
const WINDOW = 25;

/**
 * Steps left times the seconds of a recent step, and evals left times the mean seconds of their kind.
 *
 * @param planned the evals that the run will start, by arm (see `plannedEvals`).
 * @param clock milliseconds.
 */
export function createEta(planned: Readonly<Record<string, readonly string[]>>, clock: () => number): Eta {
  const left = new Map(Object.entries(planned).map(([arm, kinds]) => [arm, [...kinds]]));
  const spent = new Map<string, { seconds: number; times: number }>();
  let last: { readonly event: Progress; readonly at: number } | undefined;
  const recent: { readonly seconds: number; readonly tokens?: number }[] = [];
  let stepsLeft: number | undefined;

  const stepSeconds = (): number | undefined =>
    recent.map(({ seconds }) => seconds).toSorted((a, b) => a - b)[recent.length >> 1];
  const evalSeconds = (kind: string): number => {
    const { seconds = 0, times = 0 } = spent.get(kind) ?? {};
    return times > 0 ? seconds / times : EVAL_IN_STEPS * (stepSeconds() ?? 0);
  };
  const settle = (event: Progress, seconds: number): void => {
    if (last?.event.kind === 'eval') {
      const before = spent.get(last.event.eval) ?? { seconds: 0, times: 0 };
      spent.set(last.event.eval, { seconds: before.seconds + seconds, times: before.times + 1 });
    } else if (last?.event.kind === 'step' && event.kind === 'step') {
      recent.push({ seconds, ...defined({ tokens: event.tokens }) });
      if (recent.length > WINDOW) recent.shift();
    }
  };

  return {
    see(event) {
      const at = clock();
      if (last) settle(event, (at - last.at) / 1000);
      if (event.kind === 'note') return;
      last = { event, at };
      if (event.kind === 'step') stepsLeft = event.total - event.done;
      const kinds = left.get(event.arm) ?? [];
      if (event.kind === 'arm' && ['done', 'reused', 'failed'].includes(event.state)) left.delete(event.arm);
      else if (event.kind === 'eval' && kinds.includes(event.eval)) kinds.splice(kinds.indexOf(event.eval), 1);
    },
    secondsLeft() {
      const step = stepSeconds();
      if (step === undefined || stepsLeft === undefined) return undefined;
      const evals = [...left.values()].flat().reduce((sum, kind) => sum + evalSeconds(kind), 0);
      return stepsLeft * step + evals;
    },
    tokensPerSecond() {
      const step = stepSeconds();
      const tokens = recent.reduce((sum, each) => sum + (each.tokens ?? 0), 0) / recent.length;
      return step === undefined || step === 0 || tokens === 0 ? undefined : tokens / step;
    },
  };
}
