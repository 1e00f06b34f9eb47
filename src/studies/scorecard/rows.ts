import { experimentHash } from '../../lab/experiment/compare.ts';
import { resolveAny } from '../../lab/experiment/resolve.ts';
import { readExperimentFile } from '../../lab/experiment/shipped.ts';
import type { AnyExperiment } from '../../lab/experiment/types.ts';
import type { Tables } from '../../lab/tables.ts';
import { bind, expectKnown } from '../../lib/table.ts';
import { quoted } from '../../lib/text.ts';
import type { Said } from '../../organisms/card.ts';
import { organisms } from '../../organisms/index.ts';
import type { OrganismDefinition } from '../../organisms/types.ts';
import type { PropertyId } from '../../results/properties.ts';

/** One row: an organism of the kit under some settings. Its experiment is the shipped one of the organism's name. */
export interface CardRow {
  readonly name: string;
  readonly kind: string;
  readonly definition: Pick<OrganismDefinition, 'summary' | 'words'>;
  readonly settings: readonly string[];
  readonly properties: Readonly<Record<PropertyId, Said>>;
}

/** Every row that the organisms of the kit ask for. */
export const cardRows = (): CardRow[] => Object.entries<OrganismDefinition>(organisms).flatMap(([kind, definition]) => rowsOf(kind, definition)); // prettier-ignore

function rowsOf(kind: string, definition: OrganismDefinition): CardRow[] {
  const { card } = definition;
  return Object.entries(card.rows).map(([added, variant]) => ({
    name: added === '' ? kind : `${kind}-${added}`,
    kind,
    definition,
    settings: Object.entries(variant).map(([name, value]) => `organism.${name}=${JSON.stringify(value)}`),
    properties: card.properties(bind(organisms, { ...variant, kind }, 'organism').params),
  }));
}

/** The rows of these names, or of all rows of an organism. @throws UserError (exit code 2) for one that does not exist. */
export function chooseRows(names: readonly string[]): CardRow[] {
  const rows = cardRows();
  const known = [...new Set(rows.flatMap(({ kind, name }) => [kind, name]))];
  const wanted = names.map((name) => name.trim()).filter((name) => name !== '');
  for (const name of wanted.length > 0 ? wanted : ['']) expectKnown(name, known, 'no row of the scorecard');
  return rows.filter(({ kind, name }) => wanted.includes(kind) || wanted.includes(name));
}

/** A row in one seed: what a worker runs. */
export interface RowJob {
  readonly row: CardRow;
  readonly seed: number;
  readonly experiment: AnyExperiment;
  readonly hash: string;
}

export function jobsOf(row: CardRow, seeds: readonly number[], quick: boolean, tables: Tables): RowJob[] {
  const text = readExperimentFile(row.kind);
  return seeds.map((seed) => {
    const experiment = resolveAny(text, row.kind, { set: [...row.settings, `seed=${seed}`], quick }, tables);
    return { row, seed, experiment, hash: experimentHash(experiment) };
  });
}

/** The command that runs a row by itself. */
export const commandOf = ({ kind, settings }: CardRow, seeds: readonly number[], quick: boolean): string =>
  [
    `npx dormouse run ${kind}${quick ? ' --quick' : ''}`,
    ...settings.map((setting) => `--set ${quoted(setting)}`),
    seeds.length > 1 ? `--seeds ${seeds.join(',')}` : `--set seed=${seeds[0]}`,
  ].join(' ');
