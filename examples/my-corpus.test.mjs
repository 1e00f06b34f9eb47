// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng, lastUserText } from 'dormouse';
import { corpora } from './my-corpus.mjs';

const { params, create } = corpora['my-corpus'];
const corpus = await create(params.parse({}));
/** @param {import('dormouse').Split} split @param {'in' | 'held-out'} [domain] */
const sample = (split, domain = 'in') => corpus.sample({ split, domain, count: 500, rng: createRng(1) });

test('what is tested was never trained on', () => {
  const trained = new Set(sample('train').map(({ id }) => id));
  assert.equal(trained.size, 500);
  for (const task of [...sample('test'), ...sample('safety')]) assert.equal(trained.has(task.id), false);
  const held = new Set(sample('test', 'held-out').map(({ phrasing }) => phrasing));
  assert.deepEqual([...held].sort(), ['colors/held-out-0', 'owners/held-out-0']);
});

test('right answers are right, and wrong ones wrong', () => {
  for (const task of sample('test')) {
    assert.equal(task.isCorrect?.(task.answer), true, task.answer);
    assert.equal(task.isCorrect?.(task.wrongAnswer ?? ''), false, task.wrongAnswer);
    const [, value = ''] = /(\w+)( has it)?\.$/.exec(task.answer) ?? [];
    assert.ok(lastUserText(task.prompt).includes(value), `${value} is not in: ${lastUserText(task.prompt)}`);
  }
});
