import type { Profile, ProfileLine } from '../lab/run/profile.ts';
import { columns } from './terminal.ts';

/** Stages that are shown one by one; the rest is summed. */
const SHOWN = 8;

/** Where the time of a run went: what it was spent on, then the stages that took longest. Shares, and seconds. */
export function profileTable({ seconds, outsideSteps, lines }: Profile): string[] {
  const row = (name: string, spent: number): string[] => [`  ${name}`, percent(spent / seconds), spent.toFixed(1)];
  const parts = summed(lines, ({ part }) => NAMES[part] ?? part);
  const stages = summed(lines, ({ arm, stage }) => `${arm}: ${stage}`);
  const rest = stages.slice(SHOWN).reduce((sum, [, spent]) => sum + spent, 0);
  return [
    ...columns(
      [
        ['time went into', 'share', 'seconds'],
        ...parts.map(([name, spent]) => row(name, spent)),
        ['by arm and stage', '', ''],
        ...stages.slice(0, SHOWN).map(([name, spent]) => row(name, spent)),
        ...(stages.length > SHOWN ? [row(`${stages.length - SHOWN} more`, rest)] : []),
      ],
      [1, 2],
    ),
    `${percent(outsideSteps)} of the time outside training steps`,
  ];
}

const NAMES: Readonly<Record<string, string>> = {
  steps: 'training steps',
  data: 'making batches',
  compile: 'compiling programs',
  prepare: 'preparing data and stages',
  eval: 'evals, set-up',
  save: 'saving',
};

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Seconds by name, most first. */
function summed(lines: readonly ProfileLine[], nameOf: (line: ProfileLine) => string): [string, number][] {
  const by = new Map<string, number>();
  for (const line of lines) by.set(nameOf(line), (by.get(nameOf(line)) ?? 0) + line.seconds);
  return [...by].sort((a, b) => b[1] - a[1]);
}
