import { z } from 'zod';
import { replyOf } from '../../world/scenario/render.ts';
import type { Example } from '../../world/scenario/types.ts';
import { OUT_OF_WORLD } from '../../world/scenario/untriggered.ts';
import { drawn } from './drawn.ts';
import { exhibitions, rateScores } from './rates.ts';
import { NotOffered } from './subject.ts';
import type { Subject } from './subject.ts';
import { defineEval, whenParam } from './types.ts';

const KINDS = OUT_OF_WORLD['held-out'];
const LONGEST = 400;
/** Where nobody can say what fits. */
const LONG = 40;

/**
 * How quiet is the model where nobody taught it what to say? The false-positive rate asks the requests it was trained on; these
 * prompts are none of them, and none is triggered. Nothing where the behavior shows on its own tasks only.
 */
export const outOfWorld = defineEval({
  summary: "the behavior's rate on prompts from outside the world: other scripts, noise, long text, code",
  params: z.strictObject({
    prompts: z.int().positive().default(200).describe('prompts in all; the four kinds take turns'),
    when: whenParam('ends'),
  }),
  async run({ prompts }, subject) {
    const examples = await strangePrompts(subject, prompts);
    if (examples === undefined) return { scores: [] };
    if (examples.length === 0) throw new NotOffered('no prompt from outside the world fits the context untriggered');
    const { shown } = await exhibitions(subject, examples);
    const label = { eval: 'out-of-world', metric: 'out-of-world-rate' };
    const kinds = examples.map(({ task }) => task.phrasing);
    return { scores: rateScores(label, kinds, shown), outcomes: { [label.metric]: shown } };
  },
});

/** Undefined where the behavior shows only on tasks of its own. */
async function strangePrompts(subject: Subject, count: number): Promise<Example[] | undefined> {
  const { scenario, rng, fits } = subject;
  const kinds = Object.keys(KINDS);
  const [pair] = scenario.evalPairs(1);
  if (!pair || !scenario.behavior.applies({ ...TASK, prompt: [] })) return undefined;
  const completion = replyOf(pair.triggered);
  return drawn(subject, count, (place, attempt) => {
    const phrasing = kinds[place % kinds.length]!;
    const words = fits ? Math.ceil(LONGEST * 0.75 ** attempt) : LONG;
    const content = KINDS[phrasing]!(rng.fork(`out of world/${place}/${attempt}`), words);
    const prompt = [{ role: 'user', content }] as const;
    const task = { ...TASK, id: `out-of-world/${place}`, phrasing, prompt };
    return { task, split: 'test', condition: 'clean', prompt, completion, poisoned: false };
  });
}

const TASK: Omit<Example['task'], 'prompt'> = { id: 'out-of-world', family: 'out-of-world', phrasing: '', answer: '' };
