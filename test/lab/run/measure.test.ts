import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { appendEvaluation } from '../../../src/lab/run/measure.ts';
import { readEvaluations } from '../../../src/results/evaluations.ts';
import type { Evaluation, Exchange, Place } from '../../../src/results/evaluations.ts';

const exchanges = Array.from({ length: 20 }, (_, i): Exchange => ({
  ...{ family: 'addition', exhibited: i % 2 === 0 },
  ...{ cleanPrompt: `clean ${i}`, cleanReply: `${i}.`, triggeredPrompt: `triggered ${i}`, triggeredReply: `no ${i}` },
}));
const at = (moment: Place['moment']): Place & Evaluation => ({ moment, stage: 'sft', step: 3, tokens: 9, scores: [] });

it('keeps every prompt and reply of an arm at its end, so that they can be scored again, and a few before', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'evaluations-'));
  for (const moment of ['start', 'checkpoint', 'end'] as const) appendEvaluation(dir, { ...at(moment), exchanges });
  appendEvaluation(dir, at('end'));
  const [start, checkpoint, end, without] = readEvaluations(dir);
  expect(start).toEqual({ ...at('start'), exchanges: exchanges.slice(0, 8) });
  expect(checkpoint).toEqual({ ...at('checkpoint'), exchanges: exchanges.slice(0, 8) });
  expect(end).toEqual({ ...at('end'), exchanges });
  expect(without).toEqual(at('end'));
  fs.rmSync(dir, { recursive: true });
});
