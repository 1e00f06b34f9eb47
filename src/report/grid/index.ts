export { renderGridCsv } from './csv.ts';
export { renderGridPage } from './page.ts';
export { renderEffects } from './table.ts';
