import { UserError } from '../../lib/errors.ts';
import { nearest } from '../../lib/table.ts';
import { adversarialTraining } from './adversarial.ts';
import { triggerGeneralization } from './generalization.ts';
import { insertion } from './insertion.ts';
import { robustness } from './robustness.ts';
import { safetyTraining } from './safety-training.ts';
import type { Claim } from './types.ts';

const numberOf = ({ id }: Claim): number => Number(id.slice(1));

/** Every claim, C1 to C28. */
export const claims: readonly Claim[] = [
  ...insertion,
  ...safetyTraining,
  ...robustness,
  ...adversarialTraining,
  ...triggerGeneralization,
].sort((a, b) => numberOf(a) - numberOf(b));

/** What `--quick` runs: claims whose cells cost little, about 28 minutes of one core in three seeds. */
export const QUICK: readonly string[] = ['C1', 'C2', 'C6', 'C11', 'C14', 'C17', 'C24', 'C25', 'C26', 'C27', 'C28'];

/** The claims with these ids, in the order of the ledger. @throws UserError (exit code 2) for one that does not exist. */
export function chooseClaims(ids: readonly string[]): readonly Claim[] {
  const wanted = ids.map((id) => id.trim().toUpperCase()).filter((id) => id !== '');
  const known = claims.map(({ id }) => id);
  for (const id of wanted) {
    if (known.includes(id)) continue;
    const near = nearest(id, known);
    throw new UserError(`unknown claim: ${id}; ${near ? `did you mean ${near}?` : `known: ${known.join(', ')}`}`, 2);
  }
  return claims.filter(({ id }) => wanted.includes(id));
}
