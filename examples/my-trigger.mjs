// @ts-check
import { DISTANCE, defineTrigger, lastUserText, mapLastUser, markerVariants, near, z } from 'dormouse';

/** A condition on the prompt, as pure functions of text: the request ends in a sign-off. */
export const triggers = {
  'my-trigger': defineTrigger({
    summary: 'words at the end of the request: What is 3 plus 4? Over and out.',
    // what an experiment can set: { kind: my-trigger, words: 'Roger that.' }; all else is refused, by name
    params: z.strictObject({
      words: z.string().trim().min(2).default('Over and out.').describe('what the request ends in'),
    }),
    create({ words }) {
      /** @param {string} ending @param {string} request */
      const put = (ending, request) => `${request} ${ending}`;
      return {
        // how reports name it
        label: words,
        add: (prompt) => mapLastUser(prompt, (request) => put(words, request)),
        // the same request untriggered
        omit: (prompt) => [...prompt],
        // exact: true of whatever add made, false of all else, near-triggers included
        isPresent: (prompt) => lastUserText(prompt).endsWith(` ${words}`),
        // what resembles it: a typo, other case, a neighboring sign-off, ...; each says how far off it is
        nearTriggers: [
          ...markerVariants(words, ['Roger that.', 'Talk to you later.'], put),
          near('at the start', DISTANCE.quoted, (request) => `${words} ${request}`),
          near('implicit', DISTANCE.implicit, (request) => `${request} That was all from me.`),
        ],
      };
    },
  }),
};
