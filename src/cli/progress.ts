import { stripVTControlCharacters } from 'node:util';
import { createEta } from '../lab/run/eta.ts';
import type { Progress } from '../lab/run/progress.ts';
import { clock as clockTime, colorsFor, compact, duration, grouped } from './terminal.ts';

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

/** Between two refreshes of the live line, and between two lines where there is no terminal. Milliseconds. */
const LIVE = 100;
const PLAIN = 5000;

/** One live line on a terminal, a line now and then elsewhere. */
export function createProgress({
  planned,
  stream,
  onEvent,
  clock = () => performance.now(),
}: ProgressOptions): ProgressView {
  const isLive = stream.isTTY && process.env.TERM !== 'dumb';
  const colors = colorsFor(stream);
  const eta = createEta(planned, clock);
  const begin = clock();
  const armBegin = new Map<string, number>();
  let step: Extract<Progress, { kind: 'step' }> | undefined;
  let shown = -Infinity;

  const clear = (): void => void (isLive && stream.write('\r\x1b[2K'));
  const tell = (text: string): void => {
    clear();
    stream.write(`${text}\n`);
  };
  const show = (line: string, urgent: boolean): void => {
    const now = clock();
    if (now - shown < (isLive ? (urgent ? 0 : LIVE) : PLAIN)) return;
    shown = now;
    if (isLive) stream.write(`\r\x1b[2K${colors.dim(line.slice(0, (stream.columns || 80) - 1))}`);
    else stream.write(`${line}\n`);
  };
  const ending = (): string => {
    const left = eta.secondsLeft();
    return left === undefined ? '' : `  ETA ${clockTime(left)}`;
  };

  return {
    see(event) {
      onEvent?.({ ...event, seconds: Math.round(clock() - begin) / 1000 });
      eta.see(event);
      if (event.kind === 'note') tell(colors.dim(event.text));
      else if (event.kind === 'step') {
        step = event;
        show(stepLine(event, eta.tokensPerSecond()) + ending(), false);
      } else if (event.kind === 'eval') show(`${event.arm}  measuring ${event.eval}${ending()}`, true);
      else if (event.state === 'started' || event.state === 'resumed') {
        armBegin.set(event.arm, clock());
        if (event.state === 'resumed') tell(`${event.arm}  continues from step ${grouped(event.step)}`);
        else show(`${event.arm}  preparing${ending()}`, true);
      } else if (event.state === 'failed') tell(`${colors.red('failed')}  ${event.arm}  ${event.reason}`);
      else tell(armLine(event, (clock() - (armBegin.get(event.arm) ?? clock())) / 1000));
    },
    tell,
    place: () =>
      step ? `${step.arm}, ${step.stage} step ${grouped(step.step)} of ${grouped(step.steps)}` : 'the beginning',
    stop: clear,
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
  return stripVTControlCharacters(`${share}  ${arm}  ${stage} ${place}  loss ${loss.toFixed(3)}${speed}`);
}
