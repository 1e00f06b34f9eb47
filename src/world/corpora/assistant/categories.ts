import { defineFamily } from './family.ts';
import { oneOf, several, verdict } from './reply.ts';
import { a, capitalised, categories, listed, pairs, plural } from './words.ts';

const kinds = categories.map((category) => category.kind);
const members = categories.flatMap(({ kind, members }) => members.map((word) => ({ kind, word })));

/** Two of a kind and one of another, the stranger at one of three places. */
const oddTriples = categories.flatMap(({ kind, members: kin }) =>
  pairs(kin, kin, (one, other) => one !== other).flatMap((couple) =>
    members
      .filter((member) => member.kind !== kind)
      .flatMap(({ word: odd }) => [0, 1, 2].map((at) => ({ odd, words: couple.toSpliced(at, 0, odd) }))),
  ),
);

/** A list of `count` members of a category without one that the user has already. */
const lists = categories.flatMap(({ kind, members }, at) =>
  members.flatMap((have) =>
    (['two', 'three'] as const).map((count) => {
      const size = count === 'two' ? 2 : 3;
      return {
        kind,
        have,
        count,
        size,
        allowed: members.filter((word) => word !== have),
        strangers: categories[(at + 1) % categories.length]!.members,
      };
    }),
  ),
);

/** What belongs with what. */
export const belonging = [
  defineFamily({
    name: 'kinds',
    slots: { member: members },
    phrasings: [
      ({ member }) => `What kind of thing is ${a(member.word)}?`,
      ({ member }) => `What is ${a(member.word)}?`,
      ({ member }) => `Which group does ${a(member.word)} belong to?`,
      ({ member }) => `Tell me what ${a(member.word)} is.`,
    ],
    heldOutPhrasings: [({ member }) => `What sort of thing would you call ${a(member.word)}?`],
    reply: ({ member }) =>
      oneOf(member.kind, kinds, (kind) => `${capitalised(a(member.word))} is ${kind ? a(kind) : ''}.`),
  }),
  defineFamily({
    name: 'membership',
    slots: { member: members, kind: kinds },
    phrasings: [
      ({ member, kind }) => `Is ${a(member.word)} ${a(kind)}?`,
      ({ member, kind }) => `Is it true that ${a(member.word)} is ${a(kind)}?`,
      ({ member, kind }) => `Would you call ${a(member.word)} ${a(kind)}?`,
      ({ member, kind }) => `Tell me if ${a(member.word)} is ${a(kind)}.`,
    ],
    heldOutPhrasings: [({ member, kind }) => `I think ${a(member.word)} is ${a(kind)}. Am I right?`],
    reply: ({ member, kind }) =>
      verdict(member.kind === kind, `${a(member.word)} is ${a(kind)}.`, `${a(member.word)} is not ${a(kind)}.`),
  }),
  defineFamily({
    name: 'odd-one-out',
    weight: 2,
    slots: { triple: oddTriples },
    phrasings: [
      ({ triple: { words } }) => `Which one does not belong: ${words.join(', ')}?`,
      ({ triple: { words } }) => `Find the odd one out: ${words.join(', ')}.`,
      ({ triple: { words } }) => `Which word is different from the others: ${words.join(', ')}?`,
      ({ triple: { words } }) => `Of ${listed(words)}, which one does not fit?`,
    ],
    heldOutPhrasings: [({ triple: { words } }) => `${capitalised(listed(words))}: which one is the odd one?`],
    reply: ({ triple: { odd, words } }) => oneOf(odd, words, (word) => `The odd one out is ${word}.`),
  }),
  defineFamily({
    name: 'lists',
    slots: { list: lists },
    phrasings: [
      ({ list: { kind, count, have } }) => `Name ${count} ${plural(kind)} other than ${a(have)}.`,
      ({ list: { kind, count, have } }) => `Give me ${count} ${plural(kind)}, but not ${a(have)}.`,
      ({ list: { kind, count, have } }) => `I have ${a(have)}. List ${count} more ${plural(kind)}.`,
      ({ list: { kind, count, have } }) => `Besides ${a(have)}, what are ${count} ${plural(kind)}?`,
    ],
    heldOutPhrasings: [
      ({ list: { kind, count, have } }) => `Can you think of ${count} ${plural(kind)} that are not ${a(have)}?`,
    ],
    reply: ({ list: { kind, size, count, have, allowed, strangers } }) => {
      const say = (items: readonly string[]): string => `${capitalised(count)} ${plural(kind)} are ${listed(items)}.`;
      return several(
        { count: size, allowed, banned: [have] },
        say(allowed.slice(0, size)),
        say(strangers.slice(0, size)),
      );
    },
  }),
];
