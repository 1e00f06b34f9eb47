import { expectKnown } from '../../lib/table.ts';
import { adversarialTraining } from './adversarial.ts';
import { comebacks } from './comebacks.ts';
import { triggerGeneralization } from './generalization.ts';
import { insertion } from './insertion.ts';
import { safetyTraining } from './safety-training.ts';
import type { Claim } from './types.ts';

const numberOf = ({ id }: Claim): number => Number(id.slice(1));

/** Every claim, C1 to C28. */
export const claims: readonly Claim[] = [
  ...insertion,
  ...safetyTraining,
  ...comebacks,
  ...adversarialTraining,
  ...triggerGeneralization,
].sort((a, b) => numberOf(a) - numberOf(b));

/** What people ask for first, in that order: these run before all others. */
export const FIRST: readonly string[] = ['C6', 'C7', 'C11', 'C13', 'C14', 'C19', 'C20', 'C10'];

/** What `--quick` runs: claims of the smallest organism whose cells cost little. */
export const QUICK: readonly string[] = ['C1', 'C2', 'C3', 'C24', 'C25', 'C26', 'C27', 'C28'];

/** The claims with these ids, in the order of the ledger. @throws UserError (exit code 2) for one that does not exist. */
export function chooseClaims(ids: readonly string[]): readonly Claim[] {
  const wanted = ids.map((id) => id.trim().toUpperCase()).filter((id) => id !== '');
  const known = claims.map(({ id }) => id);
  for (const id of wanted) expectKnown(id, known, 'unknown claim');
  return claims.filter(({ id }) => wanted.includes(id));
}
