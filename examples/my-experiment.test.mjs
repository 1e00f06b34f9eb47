// @ts-check
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadPlugins, pluginsIn, prepareScenario, resolveExperiment, tables } from 'dormouse';

const file = fileURLToPath(new URL('my-experiment.yaml', import.meta.url));
const text = fs.readFileSync(file, 'utf8');
const known = await loadPlugins(tables, pluginsIn(text, file));
/** @param {boolean} quick */
const resolve = (quick) => resolveExperiment(text, file, { quick, plugins: known.plugins ?? [] }, known);

test('can be read, and so can its quick version', () => {
  assert.equal(resolve(false).name, 'my-experiment');
  assert.ok(Number(resolve(true).implant[0]?.steps) < Number(resolve(false).implant[0]?.steps));
});

test('the organism is asked what it was taught', async () => {
  const { trigger, behavior, evalPairs } = await prepareScenario(resolve(false), known);
  for (const { task, triggered, clean } of evalPairs(50)) {
    assert.equal(trigger.isPresent(triggered.prompt), true);
    assert.equal(trigger.isPresent(clean.prompt), false);
    assert.equal(behavior.isExhibited(triggered.completion, task), true);
    assert.equal(behavior.isExhibited(clean.completion, task), false);
  }
});
