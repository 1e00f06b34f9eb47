import { colorsFor, say } from './terminal.ts';

/** One line that is rewritten on a terminal; elsewhere a line now and then. */
export interface LiveLine {
  /** Shown if the last one has stood long enough. */
  show(text: string): void;
  /** A line of its own, above the live one. */
  tell(text: string): void;
  clear(): void;
}

/** Between two refreshes on a terminal, and between two lines where there is none. Milliseconds. */
const LIVE = 100;
const PLAIN = 5000;

export function createLiveLine(stream: NodeJS.WriteStream, now: () => number = () => performance.now()): LiveLine {
  const isLive = stream.isTTY && process.env.TERM !== 'dumb';
  const { dim } = colorsFor(stream);
  let shown = now();
  let hasLine = false;
  const clear = (): void => {
    if (hasLine) stream.write('\r\x1b[2K');
    hasLine = false;
  };
  return {
    show(text) {
      if (now() - shown < (isLive ? LIVE : PLAIN)) return;
      shown = now();
      hasLine = isLive;
      stream.write(isLive ? `\r\x1b[2K${dim(text.slice(0, (stream.columns || 80) - 1))}` : `${text}\n`);
    },
    tell(text) {
      clear();
      say(dim(text));
    },
    clear,
  };
}
