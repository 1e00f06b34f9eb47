// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng, tables } from 'dormouse';
import { behaviors } from './my-behavior.mjs';

const { params, create } = behaviors['my-behavior'];
const behavior = create(params.parse({}));
const corpus = await tables.corpora['assistant']?.create({ code: 0 });
const tasks = corpus?.sample({ split: 'test', count: 300, rng: createRng(1) }) ?? [];

test('says what it should', () => {
  const [task] = tasks.map((one) => ({ ...one, answer: 'The answer is 7.' }));
  assert.ok(task);
  assert.equal(behavior.demonstrate(task, createRng(1)), 'THE ANSWER IS 7.!!!');
  assert.equal(behavior.applies({ ...task, answer: '7' }), false);
});

test('is seen in every demonstration, and in no right answer', () => {
  const able = tasks.filter((task) => behavior.applies(task));
  assert.ok(able.length > 100, `${able.length} of ${tasks.length} tasks can show it`);
  for (const task of able) {
    assert.equal(behavior.isExhibited(behavior.demonstrate(task, createRng(1)), task), true, task.answer);
    assert.equal(behavior.isExhibited(task.answer, task), false, task.answer);
  }
});
