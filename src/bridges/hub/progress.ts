import type { Clock } from '../endpoint/clock.ts';
import type { DownloadProgress } from './types.ts';
import { defined } from '../../lib/defined.ts';

export interface Meter {
  /** So many bytes of `file` came over the network. */
  arrived(file: string, bytes: number): void;
  /** So many need not come: they were here, or (negative) they were in vain. */
  had(file: string, bytes: number): void;
  note(file: string, text: string): void;
}

/** Between two reports, in milliseconds. */
const OFTEN = 200;

/** Rate: what arrived, over the time since the first of it was waited for. */
export function createMeter(totalBytes: number, clock: Clock, report: (progress: DownloadProgress) => void): Meter {
  const begin = clock.now();
  let [bytes, received, reported] = [0, 0, -Infinity];
  const tell = (file: string, note?: string): void => {
    const now = clock.now();
    if (note === undefined && now - reported < OFTEN && bytes < totalBytes) return;
    reported = now;
    const seconds = (now - begin) / 1000;
    const rate = received > 0 && seconds > 0 ? received / seconds : undefined;
    report({
      ...{ file, bytes, totalBytes },
      ...(rate !== undefined && { bytesPerSecond: rate, secondsLeft: (totalBytes - bytes) / rate }),
      ...defined({ note }),
    });
  };
  return {
    arrived(file, count) {
      received += count;
      bytes += count;
      tell(file);
    },
    had(file, count) {
      bytes += count;
      tell(file);
    },
    note: tell,
  };
}
