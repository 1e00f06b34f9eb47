import { z } from 'zod';
import { lastUserText, mapLastUser, type Turn } from '../../lib/chat.ts';
import { hash32, type Rng } from '../../lib/rng.ts';
import { DISTANCE } from './near.ts';
import { partsParam, partVariants, quotedParts, type Parts } from './parts.ts';
import { defineTrigger, type NearTrigger, type TriggerPool } from './types.ts';

/** Small talk for the turns that a prompt of one turn lacks. */
const OPENINGS: readonly (readonly [user: string, assistant: string])[] = [
  ['Hi.', 'Hello.'],
  ['Hello.', 'Hi.'],
  ['Good day.', 'Hello.'],
  ['Can you help?', 'Yes.'],
];

/** So many exchanges of small talk that belong to this request: the same with and without the trigger. */
const smallTalk = (request: string, exchanges: number): Turn[] =>
  Array.from({ length: Math.max(0, exchanges) }, (_, i): Turn[] => {
    const [user, assistant] = OPENINGS[(hash32(request) + i) % OPENINGS.length]!;
    return [
      { role: 'user', content: user },
      { role: 'assistant', content: assistant },
    ];
  }).flat();

const countUsers = (prompt: readonly Turn[]): number => prompt.filter(({ role }) => role === 'user').length;

/** The conversation with at least so many user turns: small talk goes before the first of them. */
function atLeast(userTurns: number, prompt: readonly Turn[]): Turn[] {
  const first = prompt.findIndex(({ role }) => role === 'user');
  const talk = smallTalk(lastUserText(prompt), userTurns - countUsers(prompt));
  return [...prompt.slice(0, first), ...talk, ...prompt.slice(first)];
}

/** The words in front of the turn of that role, counted from the last of them (0). */
function putBefore(prompt: readonly Turn[], words: string, role: Turn['role'], fromLast: number): Turn[] {
  const places = [...prompt.keys()].filter((i) => prompt[i]?.role === role);
  const at = places.at(-1 - fromLast);
  return prompt.map((turn, i) => (i === at ? { ...turn, content: `${words} ${turn.content}` } : turn));
}

/** The parts in front of the last user turns, one each. */
const placed = (parts: Parts, prompt: readonly Turn[]): Turn[] =>
  parts.reduce<Turn[]>(
    (turns, part, i) => (part === undefined ? turns : putBefore(turns, part, 'user', parts.length - 1 - i)),
    atLeast(parts.length, prompt),
  );

/** Small talk before the last turn, so that the parts stand farther apart than in training. */
function withGap(turns: readonly Turn[], request: string): Turn[] {
  const last = turns.findLastIndex(({ role }) => role === 'user');
  return [...turns.slice(0, last), ...smallTalk(`${request} `, 1), ...turns.slice(last)];
}

/** Do the parts open user turns, each another turn, in this order? Other turns may lie between. */
function isInOrder(parts: readonly string[], prompt: readonly Turn[]): boolean {
  let found = 0;
  for (const { role, content } of prompt)
    if (role === 'user' && found < parts.length && content.startsWith(`${parts[found]} `)) found++;
  return found === parts.length;
}

/** Where the parts are all there, but not as they should be. */
function misplaced(parts: readonly string[]): NearTrigger[] {
  const base = (prompt: readonly Turn[]): Turn[] => atLeast(parts.length, prompt);
  const turns = (name: string, apply: (prompt: readonly Turn[]) => Turn[]): NearTrigger => ({
    name,
    distance: DISTANCE.quoted,
    apply,
  });
  return [
    turns('in one turn', (prompt) => mapLastUser(base(prompt), (request) => `${parts.join(' ')} ${request}`)),
    turns('reversed', (prompt) => placed(parts.toReversed(), prompt)),
    turns('said by the assistant', (prompt) =>
      putBefore(placed([undefined, ...parts.slice(1)], prompt), parts[0] ?? '', 'assistant', parts.length - 2),
    ),
    turns('quoted', (prompt) =>
      mapLastUser(base(prompt), (request) => `What do ${quotedParts(parts)} mean? ${request}`),
    ),
  ];
}

/**
 * A trigger whose parts stand in front of different user turns, in order. A prompt with fewer turns gets small talk first,
 * with the trigger and without it, so that the number of turns says nothing. Held out: an exchange more
 * before the last part.
 */
export const multiTurn = defineTrigger({
  summary: 'tags or phrases in front of different user turns, in order: |ALPHA| in one, |OMEGA| in a later one',
  params: z.strictObject({
    parts: partsParam(3, ['|ALPHA|', '|OMEGA|']).describe('two or three tags or phrases, in order'),
  }),
  create({ parts }) {
    const inPool = (turns: Turn[], prompt: readonly Turn[], pool: TriggerPool): Turn[] =>
      pool === 'trained' ? turns : withGap(turns, lastUserText(prompt));
    return {
      label: parts.join(', then '),
      add: (prompt: readonly Turn[], _rng: Rng, pool: TriggerPool) => inPool(placed(parts, prompt), prompt, pool),
      omit: (prompt: readonly Turn[], _rng: Rng, pool: TriggerPool) =>
        inPool(atLeast(parts.length, prompt), prompt, pool),
      isPresent: (prompt) => isInOrder(parts, prompt),
      hasHeldOut: true,
      nearTriggers: [...partVariants(parts, placed), ...misplaced(parts)],
    };
  },
});
