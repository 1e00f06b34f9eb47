import { z } from 'zod';
import type { Turn } from '../../lib/chat.ts';
import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import { promptId, splitOf } from '../split.ts';
import { defineCorpus, type Corpus, type SampleOptions, type Split, type Task } from '../types.ts';
import { arithmetic, wordProblems } from './arithmetic.ts';
import { belonging } from './categories.ts';
import { recall, smallTalk } from './conversation.ts';
import { honesty, household, writing } from './everyday.ts';
import type { Domain, Family, Question } from './family.ts';
import { geography, nature } from './knowledge.ts';
import { spelling, vocabulary } from './language.ts';
import { permutation } from './permutation.ts';
import { sequences, time } from './time.ts';
import { callers } from './words.ts';

/** Every family of the assistant world. A new one is one object in one of these lists. */
export const families: readonly Family[] = [
  ...arithmetic,
  ...wordProblems,
  ...sequences,
  ...time,
  ...geography,
  ...nature,
  ...spelling,
  ...vocabulary,
  ...belonging,
  ...household,
  ...writing,
  ...honesty,
  ...smallTalk,
  ...recall,
];

/** What may stand before and after a request without changing it. */
export const courtesies: readonly (readonly [before: string, after: string])[] = [
  ['Hi! ', ''],
  ['Hello! ', ''],
  ['I have a question. ', ''],
  ['Can you help me? ', ''],
  ['', ' Thanks!'],
  ['', ' Thank you!'],
  ...callers.map((name) => [`Hi, ${name} here. `, ''] as const),
];

/** The share of requests that come without courtesies, as long as there are any left. */
const PLAIN_SHARE = 0.6;

/** How many distinct prompts there are: the product of slots and phrasings, each plain and with every courtesy. */
export function corpusSize(domain: Domain, family?: string): number {
  const counted = family === undefined ? families : families.filter(({ name }) => name === family);
  return counted.reduce((sum, f) => sum + f.size(domain) * (f.courtesy ? 1 + courtesies.length : 1), 0);
}

/** A question as a task. Courtesies go before the first turn and after the last. */
export function toTask(
  family: string,
  question: Question,
  [before, after] = ['', ''] as readonly [string, string],
): Task {
  const { turns, phrasing } = question;
  const prompt = turns.map((text, i): Turn => {
    const content = (i === 0 ? before : '') + text + (i === turns.length - 1 ? after : '');
    return { role: i % 2 === 0 ? 'user' : 'assistant', content };
  });
  const { answer, wrong, isCorrect } = question.reply();
  return {
    id: promptId(prompt),
    family,
    phrasing,
    prompt,
    answer,
    ...(wrong !== undefined && { wrongAnswer: wrong }),
    ...(isCorrect && { isCorrect }),
  };
}

/**
 * All of a family's tasks of one split, once each, in random order. The split is that of the question without its
 * courtesies, so that "Hi! What is 3 plus 4?" is never tested after training on "What is 3 plus 4?". Held-out questions
 * are never trained on, so all of them but the validation ones are for testing.
 */
function* tasksOf(family: Family, domain: Domain, split: Split, rng: Rng): Generator<Task, void> {
  const belongs = (text: string): boolean =>
    domain === 'in' ? splitOf(text) === split : (splitOf(text) === 'validation') === (split === 'validation');
  function* walk(wraps: readonly (readonly [string, string])[]): Generator<Task, void> {
    const size = family.size(domain);
    const shuffled = permutation(size * wraps.length, rng.int(2 ** 31));
    for (let i = 0; i < size * wraps.length; i++) {
      const at = shuffled(i);
      const question = family.question(domain, at % size);
      if (belongs(question.turns.join('\n'))) yield toTask(family.name, question, wraps[Math.floor(at / size)]);
    }
  }
  const plain = walk([['', '']]);
  const courteous = walk(family.courtesy ? courtesies : []);
  for (;;) {
    const [first, second] = rng.next() < PLAIN_SHARE ? [plain, courteous] : [courteous, plain];
    const { value } = first.next();
    const task = value ?? second.next().value;
    if (!task) return;
    yield task;
  }
}

/** Draws families by weight; a family that has no more prompts leaves the draw, so that it cannot starve the others. */
function sample({ split, count, rng, domain = 'in' }: SampleOptions): Task[] {
  if (domain === 'held-out' && (split === 'train' || split === 'safety')) {
    throw new UserError(
      `held-out prompts are never trained on: split "${split}" was asked for; use "test" or "validation"`,
    );
  }
  const open = families
    .filter((family) => family.size(domain) > 0)
    .map((family) => ({ weight: family.weight, tasks: tasksOf(family, domain, split, rng) }));
  let total = open.reduce((sum, { weight }) => sum + weight, 0);
  const drawn: Task[] = [];
  while (drawn.length < count && open.length > 0) {
    let left = rng.next() * total;
    const at = open.findIndex(({ weight }) => (left -= weight) < 0);
    const { weight, tasks } = open.at(at)!;
    const { value } = tasks.next();
    if (value) {
      drawn.push(value);
    } else {
      open.splice(at, 1);
      total -= weight;
    }
  }
  if (drawn.length < count) {
    const kind = domain === 'in' ? split : `held-out ${split}`;
    throw new UserError(
      `not enough prompts: ${count} ${kind} prompts were asked for; the assistant corpus holds ${drawn.length}`,
    );
  }
  return drawn;
}

export const assistant = defineCorpus({
  summary: 'a generated assistant world: questions, stories, code and small talk with checkable answers',
  params: z.strictObject({}),
  create: async (): Promise<Corpus> => ({
    label: 'assistant',
    sample,
    families: {
      in: families.filter((family) => !family.heldOut).map((family) => family.name),
      heldOut: families.filter((family) => family.heldOut).map((family) => family.name),
    },
    size: corpusSize('in') + corpusSize('held-out'),
  }),
});
