import type { Row } from '../results/types.ts';

type Measured = Pick<Row, 'value' | 'low' | 'high' | 'unit'>;

/** `0.624`, `-1.204` (with a true minus sign). */
export const fixed = (value: number, digits = 3): string => minus(value.toFixed(digits));

/** `12,400`. */
export const count = (n: number): string => Math.round(n).toLocaleString('en-US');

/** `940`, `12.4k`, `3.1M`, `14.6T`: for axes, parameters and operations. */
export function compact(n: number): string {
  const scales = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']] as const; // prettier-ignore
  const [scale, suffix] = scales.find(([size]) => n >= size) ?? [1, ''];
  return `${Number((n / scale).toPrecision(3))}${suffix}`;
}

/** `62 %`; one decimal near the ends, where whole percents would read as none or all. */
export function percent(value: number): string {
  const p = value * 100;
  const nearEnd = p !== 0 && p !== 100 && (p < 2 || p > 98);
  return `${p.toFixed(nearEnd ? 1 : 0)}\u00a0%`;
}

/** `at most 0.7 %`, `at least 99.3 %`, `58\u201367 %`: the 95 % interval of a rate, in words at none and all of n. */
export function percentInterval(point: Measured): string {
  if (point.value === 0) return `at most ${percent(point.high)}`;
  if (point.value === 1) return `at least ${percent(point.low)}`;
  return percentRange(point);
}

/** `0\u20130.7 %`, `58\u201367 %`. */
export const percentRange = ({ low, high }: Measured): string =>
  `${percent(low).replace('\u00a0%', '')}\u2013${percent(high)}`;

/** `0.581\u20130.665`, `\u2264 0.007`, `\u22121.31 to \u22121.10`: the 95 % interval in figures. */
export function interval({ value, low, high, unit }: Measured): string {
  if (unit !== 'rate') return `${fixed(low)} to ${fixed(high)}`;
  if (value === 0) return `\u2264 ${fixed(high)}`;
  if (value === 1) return `\u2265 ${fixed(low)}`;
  return `${fixed(low)}\u2013${fixed(high)}`;
}

/** `0.624 (0.581\u20130.665)`, `0.000 (\u2264 0.007)`. */
export const estimate = (point: Measured): string => `${fixed(point.value)} (${interval(point)})`;

/** A number of which nothing was drawn, as a weight, has no interval. */
export const hasInterval = ({ low, high, n }: Measured & Pick<Row, 'n'>): boolean => n > 1 || low < high;

/** `0.031`, `1.9 \u00d7 10\u207b\u00b9\u00b2`. */
export function pValue(p: number): string {
  if (p >= 0.9995) return '1';
  if (p >= 0.001) return p.toPrecision(2);
  if (p === 0) return '< 10\u207b\u00b3\u2070\u2070';
  const [digits, exponent] = p.toExponential(1).split('e');
  return `${digits} \u00d7 10${superscript(Number(exponent))}`;
}

/** `1 seed`, `3 seeds`. */
export const plural = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? '' : 's'}`;

const minus = (text: string): string => (Number(text) === 0 ? text.replace('-', '') : text.replace('-', '\u2212'));

const superscript = (n: number): string =>
  String(n).replace(/./g, (c) =>
    c === '-' ? '\u207b' : ('\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079'[Number(c)] ?? c),
  );

/** How intervals over seeds are made. */
export const OVER_SEEDS =
  'Student\u2019s t over the seeds (of rates on log-odds), never narrower than their prompts alone make it';

/** What they cover: measured by test/slow/coverage.test.ts, where the spread between seeds has one peak, and where it has two. */
export const coverageOver = (seeds: number): string =>
  `In simulation such intervals of rates hold the truth in ${seeds < 5 ? '95 to 99' : '94 to 98'} % of experiments over ` +
  `${seeds < 5 ? 'two or three' : 'five or more'} seeds, but where seeds fall into two camps in ` +
  `${seeds < 5 ? '63 % (three seeds)' : '83 % (five seeds)'}, which is warned of where it is seen.`;

/** The same text for a terminal: no typographic dashes, signs or spaces. */
export const plain = (text: string): string =>
  text
    .replaceAll('\u00a0', ' ')
    .replaceAll(/[\u2013\u2212]/g, '-')
    .replaceAll('\u2264', '<=')
    .replaceAll('\u2265', '>=');
