// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from 'dormouse';
import { triggers } from './my-trigger.mjs';

const { params, create } = triggers['my-trigger'];
const trigger = create(params.parse({}));
const request = 'What is 3 plus 4?';
/** @type {import('dormouse').Turn[]} */
const prompt = [{ role: 'user', content: request }];
const rng = createRng(1);

test('is there where it was added, and nowhere else', () => {
  const triggered = trigger.add(prompt, rng, 'trained');
  assert.deepEqual(triggered, [{ role: 'user', content: `${request} Over and out.` }]);
  assert.equal(trigger.isPresent(triggered), true);
  assert.equal(trigger.isPresent(prompt), false);
  assert.equal(trigger.isPresent(trigger.omit(triggered.slice(1), rng, 'trained')), false);
});

for (const { name, apply } of trigger.nearTriggers)
  test(`near-trigger: ${name}`, () => {
    for (let draw = 0; draw < 50; draw++) {
      const changed = apply(prompt, rng);
      assert.notDeepEqual(changed, prompt);
      assert.equal(trigger.isPresent(changed), false, changed[0]?.content);
    }
  });

test('a setting that it does not know is refused', () => {
  assert.equal(params.safeParse({ word: 'Roger.' }).success, false);
});
