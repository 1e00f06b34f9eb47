import { setTimeout } from 'node:timers/promises';

/** Time, handed in so that tests do not wait. */
export interface Clock {
  /** Milliseconds; only differences mean something. */
  now(): number;
  /** Rejects once `signal` is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const sleep: Clock['sleep'] = (ms, signal) => setTimeout(ms, undefined, { signal });

/** Lets requests begin: never more than `rpm` a minute, and none while the endpoint asked for quiet. */
export interface Pace {
  /** Resolves when a request may begin. */
  turn(signal: AbortSignal): Promise<void>;
  /** No request begins within so many milliseconds from now. */
  pause(ms: number): void;
}

export function createPace(clock: Clock, rpm = Infinity): Pace {
  const gap = 60_000 / rpm;
  let next = -Infinity;
  let quietUntil = -Infinity;
  return {
    async turn(signal) {
      do {
        const start = Math.max(next, quietUntil, clock.now());
        next = start + gap;
        const wait = start - clock.now();
        if (wait > 0) await clock.sleep(wait, signal);
        signal.throwIfAborted();
      } while (clock.now() < quietUntil); // asked for meanwhile: the line forms anew
    },
    pause(ms) {
      quietUntil = Math.max(quietUntil, clock.now() + ms);
    },
  };
}
