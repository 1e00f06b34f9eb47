import path from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { exists, readJson, writeAtomic } from '../../lib/files.ts';
import { openSealed, seal, unseal } from '../../lib/sealed.ts';
import { renderGridCsv } from '../../report/grid/csv.ts';
import { renderGridPage } from '../../report/grid/page.ts';
import type { GridResults } from '../../report/grid/types.ts';

export const gridPaths = (root: string) => ({
  json: path.join(root, 'sweep.json'),
  csv: path.join(root, 'sweep.csv'),
  page: path.join(root, 'sweep.html'),
});

/** A sweep's one table, for programs, for spreadsheets and for people. */
export function writeGridResults(root: string, results: GridResults): void {
  const { json, csv, page } = gridPaths(root);
  unseal(root);
  const sum = writeAtomic(json, `${JSON.stringify(results, null, 1)}\n`);
  writeAtomic(csv, renderGridCsv(results));
  writeAtomic(page, renderGridPage(results));
  seal(root, { [path.basename(json)]: sum });
}

/** What a sweep found. @throws UserError that says what to do where there is nothing. */
export function readGridResults(root: string): GridResults {
  const { json } = gridPaths(root);
  if (!exists(json)) throw new UserError(`${root} has no results of a sweep: run its experiment again`);
  return readJson(openSealed(root, 'run its experiment again').at(path.basename(json))) as GridResults;
}
