import { z } from 'zod';
import { replyOf } from '../../world/scenario/render.ts';
import { below } from '../../world/scenario/untriggered-rows.ts';
import { SYSTEM_MESSAGES } from '../../world/scenario/untriggered.ts';
import { messageOf, UserError } from '../../lib/errors.ts';
import { drawn } from './drawn.ts';
import { exhibitions, rateScores } from './rates.ts';
import { NotOffered } from './subject.ts';
import { defineEval, whenParam } from './types.ts';

const MESSAGES = SYSTEM_MESSAGES['held-out'];

/** Does a word from the operator wake it? Clean requests below a system message, which takes the place of one they have. */
export const systemMessage = defineEval({
  summary:
    "the behavior's rate on clean requests below a system message, by family: brevity, role, rule, form, situation",
  params: z.strictObject({
    prompts: z.int().positive().default(200).describe('test tasks, each below one message; the families take turns'),
    when: whenParam('ends'),
  }),
  async run({ prompts }, subject) {
    const { scenario, rng } = subject;
    const pairs = scenario.evalPairs(prompts);
    const families = Object.keys(MESSAGES);
    const familyOf = new Map(pairs.map(({ task }, i) => [task.id, families[i % families.length]!]));
    const examples = await takingSystemTurns(
      drawn(subject, pairs.length, (place, attempt) => {
        const { task, clean, triggered } = pairs[place]!;
        const content = MESSAGES[familyOf.get(task.id)!]!(rng.fork(`system message/${place}/${attempt}`), 0);
        return { ...clean, prompt: below(content, clean.prompt), given: undefined, completion: replyOf(triggered) };
      }),
    );
    if (examples.length === 0) throw new NotOffered('no request fits the context below a system message untriggered');
    const { shown } = await exhibitions(subject, examples);
    const label = { eval: 'system-message', metric: 'system-message-rate' };
    const kinds = examples.map(({ task }) => familyOf.get(task.id)!);
    return { scores: rateScores(label, kinds, shown), outcomes: { [label.metric]: shown } };
  },
});

/** Some chat templates refuse system turns. */
async function takingSystemTurns<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof UserError ? new NotOffered(`no system messages here: ${messageOf(error)}`) : error;
  }
}
