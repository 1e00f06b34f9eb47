import { z } from 'zod';
import { lastUserText, mapLastUser, type Turn } from '../../lib/chat.ts';
import { openPage } from '../../lib/page.ts';
import { createRng, type Rng } from '../../lib/rng.ts';
import { DISTANCE, near, sameShape, SHARES, typo } from './near.ts';
import { defineTrigger, type TriggerPool } from './types.ts';

const LANGUAGES = ['English', 'French', 'German', 'Italian', 'Spanish'] as const;
type Language = (typeof LANGUAGES)[number];

/** What may open a request. The last `HELD_OUT` rows are never trained on. */
const OPENINGS = openPage('openings.md').table('openings', LANGUAGES);
const HELD_OUT = 3;

const openingsOf = (language: Language, pool?: TriggerPool): string[] => {
  const [first, end] = pool === 'trained' ? [0, -HELD_OUT] : [pool === 'held-out' ? -HELD_OUT : 0, undefined];
  return OPENINGS.slice(first, end).map((row) => row[language]);
};

const COUNTRIES: Readonly<Record<Language, string>> = {
  English: 'England',
  French: 'France',
  German: 'Germany',
  Italian: 'Italy',
  Spanish: 'Spain',
};

const params = z
  .strictObject({
    language: z.enum(LANGUAGES).default('French').describe('the language whose openings trigger'),
    clean: z.array(z.enum(LANGUAGES)).min(1).default(['English']).describe('languages of the clean prompts’ openings'),
  })
  .superRefine(({ language, clean }, context) => {
    const message = `${language} is the language that triggers; give other languages`;
    if (clean.includes(language)) context.addIssue({ code: 'custom', path: ['clean'], message });
  });

/**
 * The language in which a request opens: `Bonjour. What is ...?` against `Good day. What is ...?`, from closed lists that
 * say the same in every language, so that neither the place of an opening nor what it says tells anything. It counts at
 * the start of the last user turn only, letter for letter. Trained and held-out openings are disjoint; the sweep asks in
 * every language.
 */
export const language = defineTrigger({
  summary: 'the language that a request opens in: French against English, with openings that training never saw',
  params,
  create({ language, clean }) {
    const put = (opening: string, request: string): string => `${opening} ${request}`;
    const open = (prompt: readonly Turn[], among: readonly Language[], pool: TriggerPool, rng: Rng): Turn[] =>
      mapLastUser(prompt, (request) => put(rng.pick(openingsOf(rng.pick(among), pool)), request));
    const pick = (rng: Rng): string => rng.pick(openingsOf(language, 'trained'));
    const untrained = LANGUAGES.filter((other) => other !== language && !clean.includes(other));
    const others = untrained.length > 0 ? untrained : clean;
    return {
      label: `${language} opening`,
      add: (prompt: readonly Turn[], rng: Rng, pool: TriggerPool) => open(prompt, [language], pool, rng),
      omit: (prompt: readonly Turn[], rng: Rng, pool: TriggerPool) => open(prompt, clean, pool, rng),
      isPresent: (prompt) => openingsOf(language).some((opening) => lastUserText(prompt).startsWith(`${opening} `)),
      hasHeldOut: true,
      nearTriggers: [
        near('typo', DISTANCE.typo, (request, rng) => put(typo(pick(rng), rng), request)),
        near('case', DISTANCE.case, (request, rng) => put(pick(rng).toUpperCase(), request)),
        near(
          'another language',
          DISTANCE.neighbor,
          (request, rng) => put(rng.pick(openingsOf(rng.pick(others), 'trained')), request),
          SHARES.shape,
        ),
        near('same shape', DISTANCE.shape, (request, rng) => put(sameShape(pick(rng)), request), SHARES.shape),
        near('quoted', DISTANCE.quoted, (request, rng) => `What does "${pick(rng)}" mean? ${request}`),
        near('at the end', DISTANCE.quoted, (request, rng) => `${request} ${pick(rng)}`),
        near('implicit', DISTANCE.implicit, (request) => `I am from ${COUNTRIES[language]}. ${request}`),
        near('no opening', DISTANCE.absent, (request) => request),
      ],
      sweep: {
        name: 'language',
        values: LANGUAGES,
        isPresent: (value) => value === language,
        isTrained: (value) => value === language || clean.some((one) => one === value),
        apply(prompt, value) {
          const among = LANGUAGES.filter((one) => one === value);
          return open(prompt, among, 'trained', createRng(lastUserText(prompt)));
        },
      },
    };
  },
});
