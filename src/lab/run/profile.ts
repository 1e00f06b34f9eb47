import type { Engine } from '../../engine/index.ts';
import type { InputSource, PolicySource } from '../../nn/training/losses.ts';

/** What time goes into. `steps` is training itself; `prepare`, what a stage computes before its first step. */
export type Part = 'steps' | 'data' | 'compile' | 'prepare' | 'surgery' | 'save' | 'eval' | `eval ${string}`;

export interface ProfileLine {
  readonly arm: string;
  readonly stage: string;
  readonly part: Part | 'other';
  readonly seconds: number;
}

/** `profile.json`: where the wall time of one process went; what an earlier one did of the run is not in it. */
export interface Profile {
  readonly format: 'dormouse-profile-1';
  readonly seconds: number;
  /** Share of it that went into anything but training steps. */
  readonly outsideSteps: number;
  readonly lines: readonly ProfileLine[];
}

export interface Profiler {
  /** From now on, time is spent on this stage of this arm. */
  at(arm: string, stage: string): void;
  /** Does the work on the account of a part. Work inside work is taken off the account of the outer. */
  time<T>(part: Part, work: () => T | Promise<T>): Promise<T>;
  profile(): Profile;
}

/** Whoever may keep account of where the time goes. */
interface Timed {
  readonly profiler?: Profiler;
}

/** Time before and after the arms. */
export const NO_ARM = '(experiment)';

/** A profiler that starts now. `clock` in milliseconds. */
export function createProfiler(clock: () => number): Profiler {
  const spent = new Map<string, { arm: string; stage: string; part: Part | 'other'; ms: number }>();
  const open: { readonly part: Part }[] = [];
  const begin = clock();
  let place = { arm: NO_ARM, stage: 'prepare' };
  let last = begin;
  /** Books the time since the last call on what is being done. */
  const book = (): void => {
    const now = clock();
    const part = open.at(-1)?.part ?? 'other';
    const key = JSON.stringify([place.arm, place.stage, part]);
    const line = spent.get(key) ?? { ...place, part, ms: 0 };
    spent.set(key, { ...line, ms: line.ms + now - last });
    last = now;
  };
  return {
    at(arm, stage) {
      book();
      place = { arm, stage };
    },
    async time(part, work) {
      book();
      const own = { part };
      open.push(own);
      try {
        return await work();
      } finally {
        book();
        open.splice(open.indexOf(own), 1); // not always the last: work may overlap
      }
    },
    profile() {
      book();
      const lines = [...spent.values()].map(({ ms, ...line }) => ({ ...line, seconds: ms / 1000 }));
      const seconds = (last - begin) / 1000;
      const steps = lines.filter(({ part }) => part === 'steps').reduce((sum, line) => sum + line.seconds, 0);
      return { format: 'dormouse-profile-1', seconds, outsideSteps: seconds > 0 ? 1 - steps / seconds : 0, lines };
    },
  };
}

/** Does the work, on the account of a part where somebody keeps accounts. */
export const timed = async <T>({ profiler }: Timed, part: Part, work: () => T | Promise<T>): Promise<T> =>
  profiler ? profiler.time(part, work) : work();

/** The engine, whose compiling is accounted for. */
export const timedEngine = (engine: Engine, io: Timed): Engine => ({
  ...engine,
  compile: (...program) => timed(io, 'compile', () => engine.compile(...program)),
});

/** The same batches; making them is accounted for (in RL, that is writing replies and judging them). */
export function timedBatches(batches: InputSource | PolicySource, io: Timed): InputSource | PolicySource {
  if (!io.profiler) return batches;
  const wrap = (source: InputSource): InputSource => ({
    next: () => timed(io, 'data', () => source.next()),
    state: () => source.state(),
    restore: (state) => source.restore(state),
  });
  return typeof batches === 'function' ? (policy) => wrap(batches(policy)) : wrap(batches);
}
