import path from 'node:path';
import { defined } from '../../lib/defined.ts';
import { readText } from '../../lib/files.ts';
import { KIT } from '../../lib/kit.ts';
import type { ClaimPlot, StatedClaim } from '../../report/ledger/types.ts';
import type { Cell, Size } from './cell.ts';
import { cells as cellsBySize, type Cells } from './cells.ts';
import type { Measured } from './measured.ts';
import type { Check } from './verdict.ts';

/** A rule over the runs of some cells. */
export interface Rule {
  readonly cells: readonly Cell[];
  measure(from: Measured): Evidence;
}

/** One statement of the literature as a check that a program can run. */
export interface Claim extends StatedClaim, Rule {
  /** The size at which it is judged. */
  readonly size: Size;
  /** The same rule at other sizes: shown beside the verdict, and no part of it. */
  readonly elsewhere: readonly (Rule & { readonly size: Size })[];
}

/** What a claim found: the numbers its rule rests on, and a picture of them. */
interface Evidence {
  readonly checks: readonly Check[];
  /** Must all the checks hold, or is one enough ("some run ...")? */
  readonly needs: 'all' | 'any';
  /** Drawn where it is shown. */
  readonly plot: () => ClaimPlot;
}

/** The statements, beside the shipped experiments: a section each, a line for every field. */
const PAGE = readText(path.join(KIT, 'scripts/experiments/claims.md'));

/** @throws where the page does not state the claim. */
function stated(id: string): StatedClaim {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${id}: `));
  if (section === undefined) throw new Error(`claims.md does not state ${id}`);
  const fields = Object.fromEntries([...section.matchAll(/^- (\w+): (.*)$/gm)].map(([, key, text]) => [key, text]));
  const { group = '', source = '', paper = '', differs = '', expected = '', rule = '', experiment, caveat } = fields;
  const statement = section.slice(`${id}: `.length, section.indexOf('\n'));
  return { id, group, statement, source, paper, differs, expected, rule, ...defined({ experiment, caveat }) };
}

type Given = Omit<Rule, 'measure'> & {
  readonly measure: (from: Measured) => Omit<Evidence, 'needs'> & Partial<Evidence>;
};

const ruleOf = ({ cells, measure }: Given): Rule => ({
  cells: [...new Set(cells)],
  measure: (from) => ({ needs: 'all', ...measure(from) }),
});

/** A claim of `claims.md` as a program checks it at a size; all of its checks must hold unless it says otherwise. */
export function defineClaim(
  id: string,
  rule: (cells: Cells) => Given,
  { size = 'tiny', elsewhere = [] }: { readonly size?: Size; readonly elsewhere?: readonly Size[] } = {},
): Claim {
  const at = (one: Size): Rule => ruleOf(rule(cellsBySize[one]));
  return { ...stated(id), ...at(size), size, elsewhere: elsewhere.map((other) => ({ size: other, ...at(other) })) };
}

/** One that people ask for first: at a million parameters, with an axis of size beside it. */
export const defineFirst = (id: string, rule: (cells: Cells) => Given): Claim =>
  defineClaim(id, rule, { size: '1m', elsewhere: ['tiny', '3m'] });
