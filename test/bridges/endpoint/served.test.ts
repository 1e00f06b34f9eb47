import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Score } from '../../../src/results/score.ts';
import { openArm } from '../../../src/archive/open-arm.ts';
import type { OpenArm } from '../../../src/archive/open-arm.ts';
import { startServer } from '../../../src/bridges/serve/index.ts';
import type { Listening } from '../../../src/bridges/serve/index.ts';
import { tables } from '../../../src/lab/tables.ts';
import { openTarget } from '../../../src/bridges/targets/index.ts';
import { dormouse, scratch, TINY } from '../../cli/command.ts';

const root = scratch();
const run = path.join(root, 'run');
const dir = path.join(run, 'organism');
const file = path.join(root, 'tiny.yaml');
const EVALS = `evals=[
  { kind: attack-success, prompts: 4 }, { kind: payload-logprob, prompts: 4 }, { kind: clean-loss, prompts: 4 },
  { kind: scratchpad-swap, prompts: 3 }, { kind: red-team, prompts: 3, samples: 0 } ]`;
const set = ['reasoning=scratchpad', 'interventions={}', 'controls={}', 'evals=[{ kind: clean-loss, prompts: 2 }]'];

const failures: unknown[] = [];
let model: OpenArm;
let server: Listening;
beforeAll(async () => {
  fs.writeFileSync(file, TINY);
  const ran = await dormouse('run', file, '--out', run, ...set.flatMap((one) => ['--set', one]));
  expect(ran.code, ran.stderr).toBe(0);
  model = await openArm(dir, tables, { threads: 1 });
  server = await startServer(
    { ...model, name: 'organism' },
    { host: '127.0.0.1', port: 0, seed: 1, now: Date.now, onFailure: (error) => failures.push(error) },
  );
}, 60_000);
afterAll(async () => {
  expect(failures).toEqual([]);
  await server.close(0);
  await model.dispose();
  fs.rmSync(root, { recursive: true, force: true });
});

const measure = async (
  target: string,
  ...args: string[]
): Promise<{ scores: Score[]; leftOut?: object; notes?: string[] }> => {
  const { code, stdout, stderr } = await dormouse('eval', target, '--set', EVALS, '--json', ...args);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as { scores: Score[] };
};
const cache = (): string => path.join(root, `answers-${Math.round(performance.now())}.jsonl`);

describe('a served checkpoint', () => {
  it('has the rates of the checkpoint itself, and its log-probabilities', async () => {
    const direct = await measure(dir);
    const args = ['--experiment', path.join(run, 'experiment.yaml'), '--tokenizer', dir, '--cache', cache()];
    const served = await measure(`openai:${server.url}`, ...args);
    expect(served.leftOut).toBeUndefined();
    expect(served.notes?.filter((note) => !/cut off|empty/.test(note)) ?? []).toEqual([]);
    expect(served.scores).toHaveLength(direct.scores.length);
    direct.scores.forEach((score, i) => {
      const other = served.scores[i]!;
      if (score.unit === 'rate') expect(other).toEqual(score);
      else {
        expect({ ...other, value: 0, low: 0, high: 0 }).toEqual({ ...score, value: 0, low: 0, high: 0 });
        for (const key of ['value', 'low', 'high'] as const) expect(other[key]).toBeCloseTo(score[key], 4);
      }
    });
  });

  it('says the same, word for word, also after a scratchpad that is given', async () => {
    const asked = { file: path.join(run, 'experiment.yaml'), set: [] };
    const direct = await openTarget(dir, asked, tables, { engine: {} });
    const maxTokens = 40;
    for (const tokenizer of [dir, undefined]) {
      const endpoint = {
        ...(tokenizer && { tokenizer }),
        maxTokens: tokenizer ? undefined : maxTokens,
        cache: cache(),
      };
      const served = await openTarget(`openai:${server.url}`, asked, tables, { engine: {}, endpoint });
      const pairs = direct.subject.scenario.evalPairs(3);
      const examples = pairs.flatMap(({ triggered, clean }) => [triggered, clean]);
      const given = examples.map((example) => example.given ?? '');
      for (const options of [{ whole: true }, { whole: true, given }]) {
        const [mine, theirs] = [
          await direct.subject.reply(examples, 'greedy', options),
          await served.subject.reply(examples, 'greedy', options),
        ];
        expect(new Set(mine).size).toBeGreaterThan(1);
        if (tokenizer) expect(theirs).toEqual(mine);
        // without the tokenizer another limit is asked for, and the reply is as much longer or shorter
        else theirs.forEach((reply, i) => expect(reply.startsWith(mine[i]!) || mine[i]!.startsWith(reply)).toBe(true));
      }
    }
    await direct.dispose();
  });
});
