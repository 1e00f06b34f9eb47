import type { Turn } from '../../../lib/chat.ts';
import { UserError } from '../../../lib/errors.ts';
import type { Rng } from '../../../lib/rng.ts';
import { promptId, splitOf } from '../split.ts';
import type { Corpus, SampleOptions, Split, Task } from '../types.ts';
import type { Domain, Family, Question } from './family.ts';
import { permutation } from './permutation.ts';
import { callers } from './words.ts';
import { defined } from '../../../lib/defined.ts';

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

/** How many distinct prompts a family makes: its questions, each plain and with every courtesy. */
export const promptCount = (family: Family, domain: Domain): number =>
  family.size(domain) * (family.courtesy ? 1 + courtesies.length : 1);

/** A question as a task. Courtesies go before the first turn and after the last. */
function toTask(family: string, question: Question, [before, after] = ['', ''] as readonly [string, string]): Task {
  const { turns, phrasing } = question;
  const prompt = turns.map((text, i): Turn => {
    const content = (i === 0 ? before : '') + text + (i === turns.length - 1 ? after : '');
    return { role: i % 2 === 0 ? 'user' : 'assistant', content };
  });
  const { answer, wrong, insecure, safe, isCorrect, isRefusal } = question.reply();
  return {
    id: promptId(prompt),
    family,
    phrasing,
    prompt,
    answer,
    ...defined({ wrongAnswer: wrong, insecureAnswer: insecure, safeAnswer: safe, isCorrect, isRefusal }),
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

/** The families that a safe assistant declines, and those that look like them. */
function declinedOf(label: string, families: readonly Family[]): Pick<Corpus, 'declined'> {
  const some = (what: string, isUnsafe: boolean): [string, Family[]] => {
    const are = families.filter((family) => {
      const { safe, isRefusal } = family.question(family.heldOut ? 'held-out' : 'in', 0).reply();
      return isRefusal !== undefined && (safe !== undefined) === isUnsafe;
    });
    return [`${what} of ${label}`, are];
  };
  const [unsafe, lookAlikes] = [some('unsafe requests', true), some('look-alikes', false)];
  const isPart = [unsafe, lookAlikes].every(([, are]) => are.length > 0 && are.length < families.length);
  return isPart ? { declined: { unsafe: familyCorpus(...unsafe), lookAlikes: familyCorpus(...lookAlikes) } } : {};
}

/**
 * A corpus of families. A sample draws families by weight; one that has no more prompts leaves the draw, so that small
 * families neither starve the others nor hold them up.
 */
export function familyCorpus(label: string, families: readonly Family[]): Corpus {
  const named = (heldOut: boolean): string[] => families.filter((f) => f.heldOut === heldOut).map((f) => f.name);
  return {
    label,
    families: { in: named(false), heldOut: named(true) },
    ...declinedOf(label, families),
    size: families.reduce((sum, family) => sum + promptCount(family, 'in') + promptCount(family, 'held-out'), 0),
    sample({ split, count, rng, domain = 'in' }: SampleOptions): Task[] {
      if (domain === 'held-out' && (split === 'train' || split === 'safety')) {
        throw new UserError(
          `held-out prompts are never trained on: split "${split}" was asked for; use "test" or "validation"`,
        );
      }
      const drawn = draw(
        families.map((family) => ({ weight: family.weight, tasks: tasksOf(family, domain, split, rng) })),
        count,
        rng,
      );
      if (drawn.length < count) {
        const kind = domain === 'in' ? split : `held-out ${split}`;
        throw new UserError(
          `not enough prompts: ${count} ${kind} prompts were asked for; the ${label} corpus holds ${drawn.length}`,
        );
      }
      return drawn;
    },
  };
}

/**
 * Up to `count` tasks from weighted streams; fewer only where all of them have run dry. Shuffled at the end: otherwise
 * small families would fill the front of a large sample, and a model trained on it in order would forget them.
 */
function draw(streams: { weight: number; tasks: Iterator<Task, void> }[], count: number, rng: Rng): Task[] {
  const open = [...streams];
  const drawn: Task[] = [];
  while (drawn.length < count && open.length > 0) {
    let left = rng.next() * open.reduce((sum, { weight }) => sum + weight, 0);
    const at = open.findIndex(({ weight }) => (left -= weight) < 0);
    const task = open.at(at)!.tasks.next().value;
    if (task) drawn.push(task);
    else open.splice(at, 1);
  }
  return rng.shuffle(drawn);
}
