import pc from 'picocolors';
import { columns as fitted } from '../lib/text.ts';

export { wrap } from '../lib/text.ts';
export { compact, count as grouped, plural } from '../report/format.ts';

/** What a command was asked for: stdout. Everything said meanwhile goes to stderr, so that pipes stay clean. */
export const print = (text: string): void => void process.stdout.write(`${text}\n`);
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));
export const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Colors for a stream: where it is a terminal and `NO_COLOR` does not forbid them, or `FORCE_COLOR` asks for them. */
export const colorsFor = (stream: NodeJS.WriteStream): ReturnType<typeof pc.createColors> =>
  pc.createColors(pc.isColorSupported && (stream.isTTY || Boolean(process.env.FORCE_COLOR)));

/** What a model says may hold any byte: none of them should steer the terminal. */
export const printable = (text: string): string => text.replace(/[^\P{Cc}\n]/gu, '\ufffd');

/** How wide text for people is set: as wide as the terminal, and never wider than reads well. */
export const widthOf = (stream: NodeJS.WriteStream = process.stdout): number =>
  Math.min(stream.columns || Number(process.env.COLUMNS) || MOST, MOST);
const MOST = 100;

/** A table as wide as stdout allows. Numbers of `right` are aligned to the right. */
export const columns = (rows: readonly (readonly string[])[], right: readonly number[] = []): string[] =>
  fitted(rows, { width: widthOf(), right });

/** `0:41`, `12:05`, `1:02:03`. */
export function clock(seconds: number): string {
  const s = Math.round(seconds);
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** `4 s`, `12 min 5 s`, `2 h 10 min`: for people who are not watching. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const s = Math.round(seconds);
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
}

/** `380 MiB`, `1.42 GiB`. */
export const size = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(2)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;

/** Of this process so far. */
export const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;
