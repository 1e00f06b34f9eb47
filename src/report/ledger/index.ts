export { renderLedgerMarkdown } from './markdown.ts';
export { renderLedgerPage } from './page.ts';
export { renderLedgerTable } from './table.ts';
