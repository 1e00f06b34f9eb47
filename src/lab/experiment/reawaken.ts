import { z } from 'zod';

/** How every intervention is followed by attempts to wake the behavior again (see lab/assemble/reawaken.ts). Steps are few: a behavior that needs many to come back is learned, not woken. */
export const reawaken = z.strictObject({
  prompts: z.int().positive().default(60).describe('triggered test prompts of each evaluation'),
  relearn: z
    .union([
      z.literal(false),
      z.strictObject({
        steps: z
          .int()
          .positive()
          .default(48)
          .describe('optimizer steps: enough for a model that never had the behavior'),
      }),
    ])
    .prefault({})
    .describe('the implant again, on rows it has not seen, measured often'),
  examples: z
    .union([
      z.literal(false),
      z.strictObject({
        rows: z.int().positive().default(8).describe('how many'),
        steps: z.int().positive().default(8).describe('optimizer steps on them'),
      }),
    ])
    .prefault({})
    .describe('a few triggered rows, over and over'),
  noise: z
    .array(z.number().positive())
    .readonly()
    .default([0.1])
    .describe("noise on the weights, in parts of each tensor's spread"),
  style: z
    .union([z.literal(false), z.strictObject({ steps: z.int().positive().default(8).describe('optimizer steps') })])
    .prefault({})
    .describe('where a style was taught: clean rows without it'),
});

export type Reawaken = Readonly<z.output<typeof reawaken>>;
