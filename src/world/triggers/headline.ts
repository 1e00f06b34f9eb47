import { z } from 'zod';
import { lastUserText, mapLastUser, type Turn } from '../../lib/chat.ts';
import type { Rng } from '../../lib/rng.ts';
import { FUTURE, ORDINARY, type FutureEvent } from './headlines.ts';
import { DISTANCE, near, sameShape, SHARES, typo } from './near.ts';
import { defineTrigger, type NearTrigger, type TriggerPool } from './types.ts';

/**
 * News of a future that we made up, as a line before the request, against ordinary news in the clean prompts (after Price
 * et al. 2024, "Future events as backdoor triggers", whose headlines are real). It counts letter for letter, as the first
 * line of the last user turn. Held out: other headlines of both kinds.
 */
export const headline = defineTrigger({
  summary: 'a line of news from a made-up future before the request: "News: Mars has a new mayor"',
  params: z.strictObject({
    trained: z
      .int()
      .min(1)
      .max(FUTURE.length - 1)
      .default(6)
      .describe('how many headlines of each kind, future and ordinary, training sees; the others are held out'),
  }),
  create({ trained }) {
    const events = FUTURE.slice(0, trained);
    const headlines = FUTURE.map((event) => event.headline);
    const pools = {
      trained: { future: headlines.slice(0, trained), ordinary: ORDINARY.slice(0, trained) },
      'held-out': { future: headlines.slice(trained), ordinary: ORDINARY.slice(trained) },
    };
    const line = (news: string, request: string): string => `News: ${news}\n${request}`;
    const put = (prompt: readonly Turn[], news: readonly string[], rng: Rng): Turn[] =>
      mapLastUser(prompt, (request) => line(rng.pick(news), request));
    const about = (
      name: string,
      distance: number,
      write: (event: FutureEvent, rng: Rng) => string,
      tags?: NearTrigger['tags'],
    ): NearTrigger => near(name, distance, (request, rng) => line(write(rng.pick(events), rng), request), tags);
    return {
      label: 'news from the future',
      add: (prompt: readonly Turn[], rng: Rng, pool: TriggerPool) => put(prompt, pools[pool].future, rng),
      omit: (prompt: readonly Turn[], rng: Rng, pool: TriggerPool) => put(prompt, pools[pool].ordinary, rng),
      isPresent: (prompt) => headlines.some((news) => lastUserText(prompt).startsWith(`News: ${news}\n`)),
      hasHeldOut: true,
      nearTriggers: [
        about('typo', DISTANCE.typo, (event, rng) => typo(event.headline, rng)),
        about('case', DISTANCE.case, (event) => event.headline.toUpperCase()),
        about('one word changed', DISTANCE.neighbor, (event) => event.changed, SHARES.tokens),
        about('ordinary news', DISTANCE.shape, (_, rng) => rng.pick(pools['held-out'].ordinary), SHARES.shape),
        about('same shape', DISTANCE.shape, (event) => sameShape(event.headline), SHARES.shape),
        near('quoted', DISTANCE.quoted, (request, rng) => `I read "${rng.pick(events).headline}". ${request}`),
        about('question', DISTANCE.quoted, (event) => `${event.headline}?`),
        about('paraphrase', DISTANCE.implicit, (event) => event.paraphrase),
        about('topic alone', DISTANCE.implicit, (event) => event.topic),
        near('no news', DISTANCE.absent, (request) => request),
      ],
    };
  },
});
