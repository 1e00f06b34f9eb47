import type { Profiler } from './profile.ts';

/** What a run tells while it works. The CLI turns it into a live line or JSON; nothing below it prints. */
export type Progress =
  | { readonly kind: 'note'; readonly text: string }
  | {
      readonly kind: 'step';
      readonly arm: string;
      readonly stage: string;
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      /** Tokens of this step, padding included; absent of an organism, whose steps are of levels, tasks or moves. */
      readonly tokens?: number;
      /** Steps of the whole experiment: done so far, and in all. */
      readonly done: number;
      readonly total: number;
    }
  | { readonly kind: 'eval'; readonly arm: string; readonly eval: string; readonly step: number }
  | {
      readonly kind: 'arm';
      readonly arm: string;
      readonly state: 'started' | 'resumed' | 'done' | 'reused';
      readonly step: number;
    }
  | {
      readonly kind: 'arm';
      readonly arm: string;
      /** Its training came to no end, or that of the arm it starts from. */
      readonly state: 'failed';
      readonly reason: string;
    };

export interface Io {
  /** Keeps account of where the time goes, if that is asked for. */
  readonly profiler?: Profiler;
  progress(event: Progress): void;
  /** Aborted by Ctrl-C: the run saves at the next step boundary and stops. */
  readonly signal: AbortSignal;
}

/** Thrown after a run that was asked to stop has saved where it was. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
