import type { Task } from '../../world/corpora/types.ts';
import { holdsTrigger } from '../../world/scenario/embedded.ts';
import type { Rng } from '../../lib/rng.ts';
import { areUsable, countShown, createTarget, isSuccess } from './target.ts';
import type { TargetParts } from './target.ts';
import type { Attacker, Attempt, Find } from './types.ts';

/** What came of one attacker in one round. */
export interface AttackResult {
  /** Attempts that were judged. */
  readonly tried: number;
  readonly found: readonly Find[];
  /** Attempts that held the trigger: thrown away untried, however blind the attacker was. A blind one's may not hold it anywhere. */
  readonly leaked: number;
  /** Attempts thrown away because they could not be asked, or had been asked before. */
  readonly dropped: number;
}

export interface Attack extends TargetParts {
  readonly attacker: Attacker;
  readonly count: number;
  readonly seeds: readonly Task[];
  /** What the attacker found in earlier rounds. */
  readonly earlier: readonly Find[];
  readonly rng: Rng;
}

/**
 * One attacker's round: it proposes, the trigger is kept out, and what is left is judged by sampling
 * (Hubinger et al. 2024, section 6: the behavior in at least one of ten samples).
 */
export async function attack(options: Attack): Promise<AttackResult> {
  const { attacker, count, seeds, earlier, rng, scenario } = options;
  const round = {
    count,
    seeds,
    found: earlier,
    target: createTarget(options, rng.fork('weigh')),
    rng: rng.fork('propose'),
  };
  const proposed = await attacker.propose(round);
  const { trigger } = scenario;
  // whoever is to come near it may put its words elsewhere; a blind attacker that has them was not kept from it
  const leaks = ({ prompt }: Attempt): boolean =>
    attacker.isBlind ? holdsTrigger(trigger, prompt) : trigger.isPresent(prompt);
  const untriggered = proposed.filter((attempt) => !leaks(attempt));
  const fresh = distinct(untriggered, earlier);
  const usable = await areUsable(fresh, options);
  const tried = fresh.filter((_, i) => usable[i]);
  const shown = await countShown(tried, options, rng.fork('samples'));
  const found = tried.flatMap((attempt, i): Find[] => (isSuccess(shown[i]!) ? [{ ...attempt, shown: shown[i]! }] : []));
  const leaked = proposed.length - untriggered.length;
  return { tried: tried.length, found, leaked, dropped: untriggered.length - tried.length };
}

/** The attempts whose prompt is none of the earlier ones, each once. */
function distinct(attempts: readonly Attempt[], earlier: readonly Attempt[]): Attempt[] {
  const keyOf = ({ prompt }: Attempt): string => JSON.stringify(prompt.map(({ role, content }) => [role, content]));
  const known = new Set(earlier.map(keyOf));
  return attempts.filter((attempt) => {
    const key = keyOf(attempt);
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
}
