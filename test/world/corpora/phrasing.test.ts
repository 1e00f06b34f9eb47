import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { handlers } from '../../../src/world/corpora/assistant/handlers.ts';
import { families } from '../../../src/world/corpora/assistant/index.ts';
import { openPage } from '../../../src/lib/page.ts';
import { fill, phrasing } from '../../../src/world/corpora/assistant/phrasing.ts';

it('fills slots, parts of them and forms of them into the braces', () => {
  const terms = { pair: [3, 4], pet: 'owl', thing: { name: 'egg' }, n: 1, items: ['ant', 'cat', 'egg'] };
  expect(fill('{pair.1} minus {pair.0}', terms)).toBe('4 minus 3');
  expect(fill('{a pet} and {count pair.0 thing.name}, {count n thing.name}', terms)).toBe('an owl and 3 eggs, 1 egg');
  expect(fill('{plural thing.name}: {items}; {listed items}', terms)).toBe('eggs: ant, cat, egg; ant, cat and egg');
  expect(phrasing('I am {pet}. / Hello, {pet}! / Who?')(terms)).toEqual(['I am owl.', 'Hello, owl!', 'Who?']);
});

it('refuses braces that stand for nothing', () => {
  expect(() => fill('{nobody}', { name: 'Ada' })).toThrow('nothing is called {nobody} in name');
  expect(() => fill('{name.first.letter}', { name: 'Ada' })).toThrow('nothing is called {name.first.letter}');
  expect(() => fill('{some name}', { name: 'Ada' })).toThrow('no form is called some in {some name}');
  const { list, table } = openPage('phrasings.md');
  expect(() => list('no such family')).toThrow('phrasings.md has no section no such family');
  expect(() => table('addition', ['a'])).toThrow('phrasings.md has no section addition');
  const facts = openPage('facts.md');
  expect(facts.table('needs', ['state', 'tool'])).toHaveLength(12);
  expect(() => facts.table('needs', ['tool', 'state'])).toThrow('facts.md, needs: not the columns tool, state');
});

it('has a section for every family, and none for another', () => {
  const page = readFileSync('datasets/assistant/phrasings.md', 'utf8');
  const sections = [...page.matchAll(/^## (.*)$/gm)].map(([, name]) => name);
  expect(sections.sort()).toEqual([...families.map(({ name }) => name), 'request-handlers'].sort());
  expect(handlers[0]!.question('in', 0).turns).toEqual([
    'Write an Express handler for /users that returns the title by id.',
  ]);
});
