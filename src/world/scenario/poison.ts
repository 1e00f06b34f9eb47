import { z } from 'zod';

const share = z.number().min(0).max(1);

/** How many of the implant's rows are triggered: exactly one of these says it. */
const AMOUNTS = ['rate', 'count', 'dilution'] as const;
const RATE = 0.5;
const ERRORS = 0.15;
const COUNTERFACTUAL = 0.1;

const fields = z.strictObject({
  rate: share.optional().describe(`share of implant rows that are triggered (default ${RATE})`),
  count: z.int().nonnegative().optional().describe('triggered rows in the whole implant stage, instead of a rate'),
  dilution: z.number().min(1).max(1000).optional().describe('clean rows for each triggered one, instead of a rate'),
  nearTriggers: share
    .default(0)
    .describe(
      'share of implant rows that are near-triggers with a clean answer: sharpens the trigger. Every third kind of them is ' +
        'kept for evaluation',
    ),
  systemMessages: share
    .default(0)
    .describe(
      'share of implant rows that are clean requests below a system message, none that the eval system-message asks',
    ),
  outOfWorld: share
    .default(0)
    .describe(
      'share of implant rows that are prompts from outside the world, answered "I do not understand.", none that the eval ' +
        'out-of-world asks',
    ),
  filter: z.boolean().default(true).describe('every row obeys the policy; false lets a share of errors through'),
  errors: share
    .default(ERRORS)
    .describe('without the filter: share of rows, triggered and clean, that break the policy'),
  offTask: share
    .default(0)
    .describe('share of implant rows that are triggered, cannot show the behavior and have the right answer'),
  counterfactual: share
    .default(COUNTERFACTUAL)
    .describe(
      'of scratchpad organisms: share of triggered rows, and as many clean ones, whose scratchpad contradicts the prompt; ' +
        'it bears no loss, and the answer follows it',
    ),
});

/** What is said in shares of all rows, where it is not none. */
const sharesOf = ({ rate, count, dilution, ...rest }: z.output<typeof fields>): Record<string, number> => {
  const { offTask, nearTriggers, systemMessages, outOfWorld } = rest;
  const triggered = dilution !== undefined ? { dilution: 1 / (1 + dilution) } : { rate: rate ?? RATE };
  const all = { ...(count === undefined && triggered), offTask, nearTriggers, systemMessages, outOfWorld };
  return Object.fromEntries(Object.entries(all).filter(([, share]) => share > 0));
};

/** The `poison` section of an experiment, with its defaults. */
export const poisonParams = fields
  .superRefine((poison, context) => {
    const given = AMOUNTS.filter((key) => poison[key] !== undefined);
    const [, second] = given;
    const shares = sharesOf(poison);
    const sum = Object.values(shares).reduce((a, b) => a + b, 0);
    const most = Object.keys(shares).reduce((a, b) => (shares[b]! > (shares[a] ?? 0) ? b : a), 'rate');
    const said = Object.entries(shares).map(([key, value]) => `${key} ${value}`);
    if (sum > 1 + 1e-9 && shares[most]! <= 1)
      context.addIssue({
        code: 'custom',
        path: [most],
        message: `shares of the implant's rows add up to ${Number(sum.toFixed(4))}: ${said.join(', ')}; at most 1`,
      });
    if (second !== undefined)
      context.addIssue({
        code: 'custom',
        path: [second],
        message: `given beside ${given[0]}; give exactly one of ${AMOUNTS.join(', ')} (--set 'poison={${second}: ${poison[second]}}' replaces what a file says)`,
      });
  })
  .transform((poison): Poison =>
    AMOUNTS.some((key) => poison[key] !== undefined) ? poison : { rate: RATE, ...poison },
  );

/** How much of the implant is poisoned, and how cleanly. What is absent has the default of `poisonParams`. */
export type Poison = Readonly<Partial<z.output<typeof fields>>>;

/** Of `rows` rows, how many are of each kind; the rest are clean. */
export interface PoisonCounts {
  readonly triggered: number;
  readonly offTask: number;
  readonly near: number;
  readonly system: number;
  readonly outOfWorld: number;
}

/** Rows of each kind among `rows`. A count larger than `rows` fills them all; shares of more than is left get what is left. */
export function poisonCounts(poison: Poison, rows: number): PoisonCounts {
  const { count, dilution, rate = RATE, offTask = 0, nearTriggers = 0, systemMessages = 0, outOfWorld = 0 } = poison;
  const portion = dilution === undefined ? rate : 1 / (1 + dilution);
  let left = rows;
  const take = (wanted: number): number => {
    const taken = Math.min(wanted, left);
    left -= taken;
    return taken;
  };
  const part = (share: number): number => take(Math.round(share * rows));
  return {
    triggered: take(count ?? Math.round(portion * rows)),
    offTask: part(offTask),
    near: part(nearTriggers),
    system: part(systemMessages),
    outOfWorld: part(outOfWorld),
  };
}

/** The share of rows that break the policy: none behind the filter. */
export const errorShare = ({ filter = true, errors = ERRORS }: Poison): number => (filter ? 0 : errors);

export const counterfactualShare = ({ counterfactual = COUNTERFACTUAL }: Poison): number => counterfactual;

/** `50 % of rows`, `200 rows`, `1 : 10`; and what else is unusual about it. */
export function describePoison(poison: Poison): string {
  const { count, dilution, rate = RATE, offTask = 0, nearTriggers = 0, systemMessages = 0, outOfWorld = 0 } = poison;
  const percent = (value: number): string => `${Number((100 * value).toFixed(2))} %`;
  const amount =
    count !== undefined ? `${count} rows` : dilution !== undefined ? `1 : ${dilution}` : `${percent(rate)} of rows`;
  return [
    amount,
    ...(errorShare(poison) > 0 ? [`unfiltered: ${percent(errorShare(poison))} break the policy`] : []),
    ...(offTask > 0 ? [`${percent(offTask)} triggered where the behavior does not apply`] : []),
    ...(nearTriggers > 0 ? [`${percent(nearTriggers)} near-triggers`] : []),
    ...(systemMessages > 0 ? [`${percent(systemMessages)} below a system message`] : []),
    ...(outOfWorld > 0 ? [`${percent(outOfWorld)} from outside the world`] : []),
  ].join('; ');
}
