import { resolveExperiment } from '../../lab/experiment/resolve.ts';
import type { Experiment, ExperimentTables } from '../../lab/experiment/types.ts';
import { readExperimentFile } from '../../lab/experiment/shipped.ts';
import type { Cell } from './cell.ts';

/** The cell's overrides as `--set` takes them. */
const settingsOf = ({ overrides }: Cell): string[] =>
  Object.entries(overrides).map(([path, value]) => `${path}=${JSON.stringify(value)}`);

/**
 * The experiment that a cell is, for one seed.
 *
 * @throws UserError with every problem, where the cell names what the tables do not have.
 */
export const cellExperiment = (cell: Cell, seed: number, tables: ExperimentTables): Experiment =>
  resolveExperiment(readExperimentFile(cell.scale), cell.scale, { set: [...settingsOf(cell), `seed=${seed}`] }, tables);

/** The command that runs a cell by itself. JSON holds no single quote but in text, where the shell needs it apart. */
export const commandOf = (cell: Cell, seed: number): string =>
  [
    `npx dormouse run ${cell.scale}`,
    ...[...settingsOf(cell), `seed=${seed}`].map((setting) => `--set '${setting.replaceAll("'", `'\\''`)}'`),
  ].join(' ');
