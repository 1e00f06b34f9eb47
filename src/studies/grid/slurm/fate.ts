import type { Status } from './status.ts';

/** What becomes of a job that its array has left: `again` goes on from its last save. */
export type Fate =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'again'; readonly why: string };

export interface Left {
  /** What Slurm says of the end; undefined where it no longer knows. */
  readonly state: string | undefined;
  /** What the job said in this array; undefined where it never began. */
  readonly status: Status | undefined;
  /** Attempts in a row, this one the last, that came no further than those before them. */
  readonly idle: number;
  /** The last lines of its log. */
  readonly log: string;
  /** The profile's, for words. */
  readonly memory: string | undefined;
}

/** So many attempts in a row that come no further are enough. */
const IDLE_ATTEMPTS = 3;

/** In these the queue holds a task no more. */
const OVER = ['BOOT_FAIL', 'CANCELLED', 'COMPLETED', 'DEADLINE', 'FAILED', 'NODE_FAIL', 'OUT_OF_MEMORY', 'PREEMPTED', 'REVOKED', 'TIMEOUT']; // prettier-ignore
export const isOver = (state: string): boolean => OVER.includes(state);

/**
 * A job's own word counts first; then what Slurm did to it. Whatever took its machine or its time away is no fault of the
 * job's, which goes on elsewhere, as long as that brings it further.
 */
export function fateOf({ state = 'LOST', status, idle, log, memory }: Left): Fate {
  const ending = status?.ending;
  if (ending?.kind === 'done' || ending?.kind === 'failed') return ending;
  const failed = (text: string): Fate => ({
    kind: 'failed',
    error: [text, log].filter((one) => one !== '').join('\n'),
  });
  if (state === 'CANCELLED') return failed('cancelled on the cluster; what it saved is kept');
  if (state === 'OUT_OF_MEMORY')
    return failed(`it needs more memory than ${memory ?? 'the partition gives'}: raise memory in the profile`);
  const what = ending && ['COMPLETED', 'FAILED', 'LOST'].includes(state) ? 'stopped' : state; // it saved in time, and left by itself
  const place = status ? `at step ${status.done} of ${status.total}` : 'before it began';
  if (idle < IDLE_ATTEMPTS) return { kind: 'again', why: `${what} ${place}` };
  if (!status) return failed(`it could not begin in ${IDLE_ATTEMPTS} attempts (the last: ${state}): look at the setup lines of the profile`); // prettier-ignore
  const advice = ending || state === 'TIMEOUT' ? '; raise time in the profile' : '';
  return failed(`${IDLE_ATTEMPTS} attempts came no further (the last: ${what} ${place})${advice}`);
}
