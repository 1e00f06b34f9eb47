import { stripVTControlCharacters } from 'node:util';
import { clock, colorsFor } from './terminal.ts';

/** One line that is rewritten on a terminal; elsewhere a line now and then. */
export interface LiveLine {
  /**
   * Shown if the last one has stood long enough; on a terminal at once, where it `isNew`. Of a text that is wider than the
   * terminal the end is cut: when the work will be done stands behind it, whatever the width.
   */
  show(text: string, secondsLeft?: number, isNew?: boolean): void;
  /** A line of its own, above the live one. */
  tell(text: string): void;
  /** The same, dimmed. */
  note(text: string): void;
  clear(): void;
}

/** Between two refreshes on a terminal, and between two lines where there is none. Milliseconds. */
const LIVE = 100;
const PLAIN = 5000;

/** `now` in milliseconds. `shown`: when the last line is taken to have been shown; nothing is until it has stood long enough. */
export function createLiveLine(
  stream: NodeJS.WriteStream,
  now: () => number = () => performance.now(),
  shown = -Infinity,
): LiveLine {
  const isLive = stream.isTTY && process.env.TERM !== 'dumb';
  const { dim } = colorsFor(stream);
  let hasLine = false;
  const clear = (): void => {
    if (hasLine) stream.write('\r\x1b[2K');
    hasLine = false;
  };
  const tell = (text: string): void => {
    clear();
    stream.write(`${text}\n`);
  };
  return {
    show(text, secondsLeft, isNew = false) {
      if (now() - shown < (isLive ? (isNew ? 0 : LIVE) : PLAIN)) return;
      shown = now();
      hasLine = isLive;
      const ending = secondsLeft === undefined ? '' : `  ETA ${clock(secondsLeft)}`;
      const plain = stripVTControlCharacters(text);
      const room = (stream.columns || 80) - 1 - ending.length;
      stream.write(isLive ? `\r\x1b[2K${dim(plain.slice(0, Math.max(0, room)) + ending)}` : `${plain}${ending}\n`);
    },
    tell,
    note: (text) => tell(dim(text)),
    clear,
  };
}
