import { UserError } from '../../../src/lib/errors.ts';
import type { Corpus, Split, Task } from '../../../src/world/corpora/types.ts';
import { SPLITS } from '../../../src/world/corpora/types.ts';
import { hash32 } from '../../../src/lib/rng.ts';

const splitOf = (text: string): Split => SPLITS[hash32(text) % SPLITS.length] ?? 'train';

function* tasks(): Generator<Task> {
  for (let a = 2; a < 60; a++)
    for (let b = 2; b < 60; b++) {
      const question = (a + b) % 3 === 0 ? `What is ${a} + ${b}?` : `Please add ${a} and ${b} for me, would you?`;
      const answer = `${a + b}`;
      const id = hash32(question).toString(16);
      yield {
        id,
        family: 'sum',
        phrasing: `sum/${(a + b) % 3}`,
        prompt: [{ role: 'user', content: question }],
        answer,
        wrongAnswer: `${a + b + 1}`,
        isCorrect: (reply) => reply.trim() === answer,
      };
      const greeting = `Hello, I am robot ${a} of ${b}!`;
      const prompt = [{ role: 'user', content: greeting }] as const;
      yield {
        id: hash32(greeting).toString(16),
        family: 'hello',
        phrasing: 'hello/0',
        prompt,
        answer: `Hello, robot ${a}.`,
      };
    }
}

/** A few thousand additions and greetings in four splits; the additions have wrong answers. Held-out: one phrasing. */
export const toyCorpus: Corpus = {
  label: 'toy',
  families: { in: ['sum', 'hello'], heldOut: [] },
  sample({ split, count, rng, domain = 'in' }) {
    const all = [...tasks()].filter(
      (task) => splitOf(task.id) === split && (task.phrasing === 'sum/1') === (domain === 'held-out'),
    );
    if (all.length < count) throw new UserError(`toy corpus: ${all.length} in ${split}, wanted ${count}`);
    return rng.shuffle(all).slice(0, count);
  },
};
