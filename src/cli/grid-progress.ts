import { planArms } from '../lab/assemble/arms.ts';
import { plannedEvals } from '../lab/check/estimate.ts';
import type { GridEvent, Job } from '../studies/grid/types.ts';
import { createEta } from '../lab/run/eta.ts';
import type { Eta } from '../lab/run/eta.ts';
import type { Progress } from '../lab/run/progress.ts';
import { isOfOrganism } from '../lab/experiment/types.ts';
import type { Tables } from '../lab/tables.ts';
import { createLiveLine } from './live-line.ts';
import { colorsFor, compact, duration } from './terminal.ts';

export interface GridProgressOptions {
  readonly jobs: readonly Pick<Job, 'name' | 'experiment'>[];
  readonly tables: Tables;
  /** Where people read. */
  readonly stream: NodeJS.WriteStream;
  /** Takes every event as it is, with the seconds since the start. */
  readonly onEvent?: (event: GridEvent & { readonly at: number }) => void;
  /** Milliseconds. */
  readonly clock?: () => number;
}

export interface GridProgressView {
  see(event: GridEvent): void;
  /** A line of its own, above the live one. */
  tell(text: string): void;
  /** Clears the live line. */
  stop(): void;
}

/** A job at work. */
interface Running {
  readonly eta: Eta;
  readonly begin: number;
  place: string;
}

/** All workers on one live line on a terminal, a line now and then elsewhere; and a line for every job that ends. */
export function createGridProgress({
  jobs,
  tables,
  stream,
  onEvent,
  clock = () => performance.now(),
}: GridProgressOptions): GridProgressView {
  const line = createLiveLine(stream, clock);
  const { dim, red, green } = colorsFor(stream);
  const begin = clock();
  const running = new Map<string, Running>();
  const took: number[] = [];
  let ended = 0;
  let reused = 0;
  return {
    see(event) {
      onEvent?.({ ...event, at: Math.round(clock() - begin) / 1000 });
      if (event.kind === 'note') return line.note(event.text);
      if (event.kind === 'work') {
        work(event.job, event.event);
        return line.show(working(), secondsLeft());
      }
      if (event.kind === 'queue') return line.show(queued(event), event.secondsLeft);
      ended = event.ended;
      if (event.state === 'reused') reused++;
      else if (event.state === 'started') start(event.job);
      else end(event);
    },
    tell: line.tell,
    stop: line.clear,
  };

  function start(job: string): void {
    if (reused > 0) line.note(`${reused} of ${jobs.length} jobs found finished`);
    reused = 0;
    const experiment = jobs.find(({ name }) => name === job)?.experiment;
    const eta = createEta(
      experiment && !isOfOrganism(experiment) ? plannedEvals(planArms(experiment, tables)) : {},
      clock,
    );
    running.set(job, { eta, begin: clock(), place: 'preparing' });
  }

  function end({ job, state, seconds, error }: Extract<GridEvent, { kind: 'job' }>): void {
    running.delete(job);
    if (state === 'interrupted') return;
    const count = dim(`${duration(seconds)}, ${ended} of ${jobs.length}`);
    if (state === 'done') took.push(seconds);
    if (error === undefined) line.tell(`${green('done')}  ${job}  ${count}`);
    else line.tell(`${red('failed')}  ${job}  ${count}\n  ${error.split('\n')[0]}`);
  }

  function work(job: string, event: Progress): void {
    const at = running.get(job);
    if (!at) return;
    at.eta.see(event);
    if (event.kind === 'step') at.place = `${event.arm} ${event.step}/${event.steps}`;
    else if (event.kind === 'eval') at.place = `${event.arm} measuring`;
    else if (event.kind === 'arm' && event.state === 'failed')
      line.tell(`${red('failed')}  ${job}  ${event.arm}: ${event.reason}`);
  }

  function queued({ running: at, waiting, reason, share }: Extract<GridEvent, { kind: 'queue' }>): string {
    const why = waiting > 0 && reason !== '' ? ` (${reason})` : '';
    return `${ended}/${jobs.length} jobs  ${Math.floor(100 * share)} %  ${at} running, ${waiting} waiting${why}`;
  }

  function working(): string {
    const workers = [...running].map(([job, { place }]) => `${job} ${place}`);
    const rate = [...running.values()].reduce((sum, { eta }) => sum + (eta.tokensPerSecond() ?? 0), 0);
    const speed = rate > 0 ? `  ${compact(rate)} tokens/s` : '';
    return `${ended}/${jobs.length} jobs${speed}  ${workers.join(' | ')}`;
  }

  /** What the running ones have left, and as long as a job takes for each that waits, over as many as run at once. */
  function secondsLeft(): number | undefined {
    const now = clock();
    const each = [...running.values()].map(({ eta, begin: since }) => {
      const left = eta.secondsLeft();
      return left === undefined ? undefined : { left, whole: (now - since) / 1000 + left };
    });
    const known = each.filter((one) => one !== undefined);
    const whole = [...took, ...known.map((one) => one.whole)];
    if (whole.length === 0) return undefined;
    const mean = whole.reduce((sum, one) => sum + one, 0) / whole.length;
    const waiting = jobs.length - ended - running.size;
    const busy = known.reduce((sum, one) => sum + one.left, 0) + mean * (running.size - known.length);
    return (busy + waiting * mean) / Math.max(1, running.size);
  }
}
