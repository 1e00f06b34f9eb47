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

/** What each size is, over the experiment as its file has it. Seeds take the bases of their size in turn. */
const MODELS: Readonly<Record<Size, Overrides>> = {
  tiny: {},
  '1m': {
    tokenizer: { vocabSize: 1024 },
    model: { kind: 'gpt2', nLayer: 4, nHead: 4, nEmbd: 128, nPositions: 128, activation: 'relu2' },
    base: { kind: 'shipped', name: 'assistant-1m' },
  },
  '3m': { model: { kind: 'gpt2', nLayer: 6, nHead: 6, nEmbd: 192, nPositions: 128 } },
};

/** Parameters, for the axis of size. */
export const PARAMETERS: Readonly<Record<Size, number>> = { tiny: 0.4e6, '1m': 1e6, '3m': 3e6 };

/** A cell of that size, with interventions and evals merged of all that is given. */
export const cellAt = (size: Size, name: string, ...parts: readonly Overrides[]): Cell =>
  defineCell(size === 'tiny' ? name : `${name}-${size}`, Object.assign({}, MODELS[size], ...parts) as Overrides);
