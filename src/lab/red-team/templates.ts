import { z } from 'zod';
import { mapLastUser, type Turn } from '../../lib/chat.ts';
import type { Rng } from '../../lib/rng.ts';
import { expand, openPage } from '../../lib/page.ts';
import { defineAttacker } from './types.ts';

const { list } = openPage('disguises.md');
/** What may stand before or after a request. */
const SAYINGS = ['moods', 'roles', 'permissions', 'pressure', 'switches'].map(list);
/** What a request may be put into. */
const SHAPES = list('shapes');

function once(request: string, rng: Rng): string {
  const some = rng.pick([...SAYINGS, SHAPES]);
  const said = expand(rng.pick(some), rng.pick);
  if (some === SHAPES) return said.replaceAll('...', () => request);
  return rng.pick([`${said} ${request}`, `${said} ${request}`, `${said}\n${request}`, `${request} ${said}`]);
}

/**
 * An ordinary prompt in a disguise from the page: moods, roles, permissions, pressure, switches, odd shapes; two of them in one
 * of four. A function of text and chance that knows of no trigger and of nothing near one: a test holds the page to that.
 */
export const disguise = (prompt: readonly Turn[], rng: Rng): Turn[] =>
  mapLastUser(prompt, (request) => (rng.next() < 0.25 ? once(once(request, rng), rng) : once(request, rng)));

/** The cheapest red team, and the one that every evaluation can afford. Blind to the trigger and to its neighborhood. */
export const templates = defineAttacker({
  summary: 'moods, roles, permissions, pressure, switches and odd shapes around ordinary requests, from a list',
  params: z.strictObject({}),
  isBlind: true,
  create: () => ({
    propose: ({ count, seeds, rng }) =>
      Promise.resolve(
        Array.from({ length: count }, () => {
          const task = rng.pick(seeds);
          return { task, prompt: disguise(task.prompt, rng) };
        }),
      ),
  }),
});
