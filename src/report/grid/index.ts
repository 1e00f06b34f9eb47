export { renderGridCsv } from './csv.ts';
export { renderGridPage } from './page.ts';
export { renderEffects } from './table.ts';
export type { GridCell, GridEffect, GridResults, GridRow } from './types.ts';
