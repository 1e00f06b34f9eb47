/** A variant of a small base experiment: what an arm of the literature's claims is run as, once per seed. */
export interface Cell {
  /** Unique, and short enough for a plot's label. */
  readonly name: string;
  /** The shipped experiment that is varied. */
  readonly scale: string;
  /** Dotted path -> value, as `--set` takes them, in this order. */
  readonly overrides: Overrides;
}

export type Overrides = Readonly<Record<string, unknown>>;

/** The experiment that all cells vary. */
const SCALE = 'claims-tiny';

export const defineCell = (name: string, overrides: Overrides, scale = SCALE): Cell => ({ name, scale, overrides });

/** The smallest base that is competent, and two larger ones. */
export const SIZES = ['tiny', '1m', '3m'] as const;
export type Size = (typeof SIZES)[number];

/** What each size is, over the experiment as its file has it: a base that ships, whose seeds take turns. */
const MODELS: Readonly<Record<Size, Overrides>> = {
  tiny: {},
  '1m': { base: { kind: 'shipped', name: 'assistant-1m' } },
  '3m': { base: { kind: 'shipped', name: 'assistant-3m' } },
};

/** Parameters, for the axis of size. */
export const PARAMETERS: Readonly<Record<Size, number>> = { tiny: 446_304, '1m': 940_800, '3m': 3_454_464 };

/** A cell of that size, with interventions and evals merged of all that is given. */
export const cellAt = (size: Size, name: string, ...parts: readonly Overrides[]): Cell =>
  defineCell(size === 'tiny' ? name : `${name}-${size}`, Object.assign({}, MODELS[size], ...parts) as Overrides);
