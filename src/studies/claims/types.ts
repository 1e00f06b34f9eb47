import path from 'node:path';
import { defined } from '../../lib/defined.ts';
import { readText } from '../../lib/files.ts';
import { KIT } from '../../lib/kit.ts';
import type { ClaimPlot, StatedClaim } from '../../report/ledger/types.ts';
import type { Cell } from './cell.ts';
import type { Measured } from './measured.ts';
import type { Check } from './verdict.ts';

/** One statement of the literature as a check that a program can run. */
export interface Claim extends StatedClaim {
  readonly cells: readonly Cell[];
  measure(from: Measured): Evidence;
}

/** What a claim found: the numbers its rule rests on, and a picture of them. */
interface Evidence {
  readonly checks: readonly Check[];
  /** Must all the checks hold, or is one enough ("some run ...")? */
  readonly needs: 'all' | 'any';
  readonly plot: ClaimPlot;
}

/** The statements, beside the shipped experiments: a section each, a line for every field. */
const PAGE = readText(path.join(KIT, 'scripts/experiments/claims.md'));

/** @throws where the page does not state the claim. */
function stated(id: string): StatedClaim {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${id}: `));
  if (section === undefined) throw new Error(`claims.md does not state ${id}`);
  const fields = Object.fromEntries([...section.matchAll(/^- (\w+): (.*)$/gm)].map(([, key, text]) => [key, text]));
  const { group = '', source = '', paper = '', expected = '', rule = '', caveat } = fields;
  const statement = section.slice(`${id}: `.length, section.indexOf('\n'));
  return { id, group, statement, source, paper, expected, rule, ...defined({ caveat }) };
}

/** A claim of `claims.md` as a program checks it; all of its checks must hold unless it says otherwise. */
export const defineClaim = (
  id: string,
  cells: readonly Cell[],
  measure: (from: Measured) => Omit<Evidence, 'needs'> & Partial<Evidence>,
): Claim => ({ ...stated(id), cells, measure: (from) => ({ needs: 'all', ...measure(from) }) });
