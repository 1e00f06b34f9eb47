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
  defineFamily('kinds', {
    slots: { member: members },
    reply: ({ member }) =>
      oneOf(member.kind, kinds, (kind) => `${capitalised(a(member.word))} is ${kind ? a(kind) : ''}.`),
  }),
  defineFamily('membership', {
    slots: { member: members, kind: kinds },
    reply: ({ member, kind }) =>
      verdict(member.kind === kind, `${a(member.word)} is ${a(kind)}.`, `${a(member.word)} is not ${a(kind)}.`),
  }),
  defineFamily('odd-one-out', {
    weight: 2,
    slots: { triple: oddTriples },
    says: ({ triple: { words } }) => ({ list: capitalised(listed(words)) }),
    reply: ({ triple: { odd, words } }) => oneOf(odd, words, (word) => `The odd one out is ${word}.`),
  }),
  defineFamily('lists', {
    slots: { list: lists },
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
