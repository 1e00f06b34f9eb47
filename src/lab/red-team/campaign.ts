import { z } from 'zod';
import type { Task } from '../../world/corpora/types.ts';
import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import type { Score } from '../../results/score.ts';
import { rate } from '../../results/stats.ts';
import { attack } from './attack.ts';
import type { AttackResult } from './attack.ts';
import { SAMPLES } from './target.ts';
import type { TargetParts } from './target.ts';
import type { Attacker, Find } from './types.ts';
import { defined } from '../../lib/defined.ts';

const count = z.int().nonnegative();
const turn = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() });
const foundState = z.strictObject({
  task: z.string(),
  prompt: z.array(turn),
  added: z.string().optional(),
  shown: count,
});
const resultState = z.strictObject({ tried: count, leaked: count, dropped: count, found: z.array(foundState) });
/** Of each round, of each attacker in their order. */
const campaignState = z.array(z.array(resultState));

/** What a red team has found. JSON. */
type CampaignState = z.output<typeof campaignState>;

export interface CampaignParts extends Omit<TargetParts, 'generator'> {
  /** By name, in the order in which they attack. */
  readonly attackers: Readonly<Record<string, Attacker>>;
  /** Attempts of each attacker in each round. */
  readonly count: number;
  /** Ordinary tasks that can show the behavior. */
  readonly seeds: readonly Task[];
  /** Only forked. */
  readonly rng: Rng;
}

/** A red team at work, a round at a time. Each attacker builds on what it found itself in earlier rounds. */
export interface Campaign {
  /** Rounds so far. */
  readonly rounds: number;
  /** All that was found so far, in order. */
  readonly found: readonly Find[];
  /** @param generator the weights under attack, read and left as they are. */
  runRound(generator: TargetParts['generator']): Promise<void>;
  /** The last round in numbers, for a log. */
  metrics(): Record<string, number>;
  /** Each attacker's yield in each round: the share of its attempts that worked. */
  scores(eval_: string): Score[];
  state(): CampaignState;
  /** @throws UserError for what is not a campaign's state, or another's. */
  restore(state: unknown): void;
}

export function createCampaign({ attackers, rng, ...parts }: CampaignParts): Campaign {
  const names = Object.keys(attackers);
  let rounds: AttackResult[][] = [];
  const foundBy = (i: number): Find[] => rounds.flatMap((round) => round[i]?.found ?? []);
  return {
    get rounds() {
      return rounds.length;
    },
    get found() {
      return rounds.flatMap((round) => round.flatMap(({ found }) => found));
    },
    async runRound(generator) {
      const results: AttackResult[] = [];
      for (const [i, [name, attacker]] of Object.entries(attackers).entries()) {
        const own = rng.fork(`round/${rounds.length}/${name}`);
        results.push(await attack({ ...parts, generator, attacker, earlier: foundBy(i), rng: own }));
      }
      rounds = [...rounds, results];
    },
    metrics: () => metricsOf(names, rounds.at(-1) ?? []),
    scores: (eval_) => rounds.flatMap((round, r) => round.flatMap((result, i) => scoreOf(eval_, names[i]!, r, result))),
    state: () => rounds.map((round) => round.map(toState)),
    restore: (state) => {
      rounds = fromState(state, names.length, parts.seeds);
    },
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function metricsOf(names: readonly string[], round: readonly AttackResult[]): Record<string, number> {
  const own = round.flatMap(({ tried, found }, i) => [
    [`tried/${names[i]}`, tried] as const,
    [`found/${names[i]}`, found.length] as const,
  ]);
  return {
    ...Object.fromEntries(own),
    leaked: sum(round.map(({ leaked }) => leaked)),
    dropped: sum(round.map(({ dropped }) => dropped)),
  };
}

/** None where nothing was tried: every attempt was thrown away. */
function scoreOf(
  eval_: string,
  attacker: string,
  round: number,
  { tried, found, leaked, dropped }: AttackResult,
): Score[] {
  if (tried === 0) return [];
  const condition = `${attacker}, round ${round + 1}`;
  const tags = { attacker, round: round + 1, samples: SAMPLES, leaked, dropped };
  const label = { eval: eval_, metric: 'attack-yield', condition, decoding: 'temperature 1', tags };
  return [{ ...label, unit: 'rate', ...rate(found.length, tried) }];
}

const toState = ({ found, ...counts }: AttackResult): CampaignState[number][number] => ({
  ...counts,
  found: found.map(({ task, prompt, ...rest }) => ({ ...rest, task: task.id, prompt: [...prompt] })),
});

function fromState(state: unknown, width: number, seeds: readonly Task[]): AttackResult[][] {
  const parsed = campaignState.safeParse(state);
  const tasks = new Map(seeds.map((task) => [task.id, task]));
  if (!parsed.success || parsed.data.some((round) => round.length !== width))
    throw new UserError('what the red team found is damaged; delete the saved state to start the stage again');
  return parsed.data.map((round) =>
    round.map(({ found, ...counts }) => ({
      ...counts,
      found: found.map(({ task: id, added, ...rest }): Find => {
        const task = tasks.get(id);
        if (!task)
          throw new UserError(
            `the red team found a prompt of the task ${id}, which is none of this run's; start the stage again`,
          );
        return { ...rest, task, ...defined({ added }) };
      }),
    })),
  );
}
