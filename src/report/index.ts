export { headline } from './headline.ts';
export { renderReport } from './report.ts';
export { renderTable } from './table.ts';
export type { ArmRole, ArmSummary, Comparison, Results, Row, Transcript } from '../results/types.ts';
