import type { ArmSummary, Results, Role, Row } from '../../src/results/types.ts';
import { fixture } from './fixture.ts';

export const arm = (name: string, role: Role, from?: string): ArmSummary => ({
  ...{ name, ...role, summary: name, stages: [{ kind: 'sft', steps: 20 }] },
  ...(from !== undefined && { from }),
});

export const RELEARN = { role: 'reawakening', way: 'relearn' } as const;

export type Numbers = readonly [value: number, low: number, high: number];

export const row = (name: string, metric: string, condition: string, [value, low, high]: Numbers, more: Partial<Row> = {}): Row => ({
  ...{ arm: name, eval: 'e', metric, condition, unit: 'rate', value, low, high, n: 40 },
  ...{ stage: 'sft', step: 20, tokens: 2000, seed: 1, final: true, ...more },
}); // prettier-ignore

export const ARMS = [
  arm('organism', { role: 'organism' }),
  arm('sft', { role: 'intervention' }, 'organism'),
  arm('control', { role: 'control', control: 'equal-training' }, 'organism'),
];

export const results = (rows: readonly Row[], more: readonly ArmSummary[] = []): Results =>
  fixture({ arms: [...ARMS, ...more], rows, comparisons: [], transcripts: [] });
