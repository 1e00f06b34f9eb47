export { headline } from './headline.ts';
export { renderReport } from './report.ts';
export { renderTable } from './table.ts';
