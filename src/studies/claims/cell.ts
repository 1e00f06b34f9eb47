/** A variant of a small base experiment: what an arm of the literature's claims is run as, once per seed. */
export interface Cell {
  /** Unique, and short enough for a plot's label. */
  readonly name: string;
  /** The shipped experiment that is varied. */
  readonly scale: string;
  /** Dotted path -> value, as `--set` takes them, in this order. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

/** The small experiment that all cells vary. */
const SCALE = 'claims-tiny';

export const defineCell = (name: string, overrides: Readonly<Record<string, unknown>>, scale = SCALE): Cell => ({
  name,
  scale,
  overrides,
});
