import { createEta } from '../lab/run/eta.ts';
import type { Progress } from '../lab/run/progress.ts';
import { createLiveLine } from './live-line.ts';
import { colorsFor, compact, duration, grouped } from './terminal.ts';

export interface ProgressOptions {
  /** The evals that the run will start, by arm. */
  readonly planned: Readonly<Record<string, readonly string[]>>;
  /** Where people read. */
  readonly stream: NodeJS.WriteStream;
  /** Takes every event as it is, with the seconds since the start. */
  readonly onEvent?: (event: Progress & { readonly seconds: number }) => void;
  /** Milliseconds. */
  readonly clock?: () => number;
}

export interface ProgressView {
  see(event: Progress): void;
  /** A line of its own, above the live one. */
  tell(text: string): void;
  /** Where the run is: `organism, implant step 120 of 300`. */
  place(): string;
  /** Clears the live line. */
  stop(): void;
}

/** One live line on a terminal, a line now and then elsewhere. */
export function createProgress({
  planned,
  stream,
  onEvent,
  clock = () => performance.now(),
}: ProgressOptions): ProgressView {
  const line = createLiveLine(stream, clock);
  const colors = colorsFor(stream);
  const eta = createEta(planned, clock);
  const begin = clock();
  const armBegin = new Map<string, number>();
  let step: Extract<Progress, { kind: 'step' }> | undefined;
  return {
    see(event) {
      onEvent?.({ ...event, seconds: Math.round(clock() - begin) / 1000 });
      eta.see(event);
      if (event.kind === 'note') line.note(event.text);
      else if (event.kind === 'step') {
        step = event;
        line.show(stepLine(event, eta.tokensPerSecond()), eta.secondsLeft());
      } else if (event.kind === 'eval') line.show(`${event.arm}  measuring ${event.eval}`, eta.secondsLeft(), true);
      else if (event.state === 'started' || event.state === 'resumed') {
        armBegin.set(event.arm, clock());
        if (event.state === 'resumed') line.tell(`${event.arm}  continues from step ${grouped(event.step)}`);
        else line.show(`${event.arm}  preparing`, eta.secondsLeft(), true);
      } else if (event.state === 'failed') line.tell(`${colors.red('failed')}  ${event.arm}  ${event.reason}`);
      else line.tell(armLine(event, (clock() - (armBegin.get(event.arm) ?? clock())) / 1000));
    },
    tell: line.tell,
    place: () =>
      step ? `${step.arm}, ${step.stage} step ${grouped(step.step)} of ${grouped(step.steps)}` : 'the beginning',
    stop: line.clear,
  };

  function armLine({ arm, state, step: steps }: Extract<Progress, { step: number; state: string }>, seconds: number) {
    const mark = colors.green('done');
    if (state === 'reused') return `${mark}  ${arm}  ${colors.dim('(found finished)')}`;
    const loss = step?.arm === arm ? `, loss ${step.loss.toFixed(3)}` : '';
    return `${mark}  ${arm}  ${colors.dim(`${grouped(steps)} steps${loss}, ${duration(seconds)}`)}`;
  }
}

/** As wide as it must be: the numbers keep their columns while they grow. */
function stepLine(
  { arm, stage, step, steps, loss, done, total }: Extract<Progress, { kind: 'step' }>,
  rate?: number,
): string {
  const place = `${String(step).padStart(String(steps).length)}/${steps}`;
  const share = `${String(Math.floor((100 * done) / total)).padStart(2)} %`;
  const speed = rate === undefined ? '' : `  ${compact(rate)} tokens/s`;
  return `${share}  ${arm}  ${stage} ${place}  loss ${loss.toFixed(3)}${speed}`;
}
