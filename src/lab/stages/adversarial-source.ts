import { z } from 'zod';
import { collate } from '../../world/scenario/batches.ts';
import { exampleOf } from '../../world/scenario/policy.ts';
import { encodeExamples } from '../../world/scenario/render.ts';
import type { EncodedExample, Example } from '../../world/scenario/types.ts';
import type { Rng } from '../../lib/rng.ts';
import type { Score } from '../../results/score.ts';
import { rate } from '../../results/stats.ts';
import type { Campaign, Find } from '../red-team/index.ts';
import type { TrainingOptions } from '../../nn/training/loop.ts';
import { languageModelInputs } from '../../nn/training/losses.ts';
import type { InputSource } from '../../nn/training/losses.ts';
import type { StageData } from './types.ts';
import { savedAs } from '../../lib/saved.ts';

export interface AdversarialOptions extends Pick<TrainingOptions, 'steps' | 'batchSize' | 'accumulate'> {
  readonly rounds: number;
  /** Share of each batch that are found prompts, once there are any. */
  readonly mix: number;
}

interface Parts {
  readonly options: AdversarialOptions;
  readonly campaign: Campaign;
  /** Safety training as usual: the rest of each batch. */
  readonly ordinary: readonly EncodedExample[];
  readonly data: Pick<StageData, 'model' | 'tokenizer' | 'scenario' | 'rng'>;
  /** Kept up to date: what the red team's rounds and the mixing came to. */
  readonly findings: Score[];
  /** Sends the red team against the weights that it attacks. */
  attack(): Promise<void>;
}

const count = z.int().nonnegative();
const savedState = z.strictObject({
  /** Batches handed out. */
  batches: count,
  /** Rows of either kind among them. */
  ordinary: count,
  mixed: count,
  /** Rows of what was found, since the last round. */
  sinceRound: count,
  campaign: z.unknown(),
});

/** Step (from 0) before which round `round` (from 0) is run: the rounds cut the stage into equal parts. */
export const firstStepOf = (round: number, { rounds, steps }: Pick<AdversarialOptions, 'rounds' | 'steps'>): number =>
  Math.ceil((round * steps) / rounds);

/** Rows of a batch that are found prompts, of as many as there are. */
export const mixedRows = ({ mix, batchSize }: Pick<AdversarialOptions, 'mix' | 'batchSize'>, found: number): number =>
  found === 0 ? 0 : Math.round(mix * batchSize);

/** How many of the rows that were trained on are found prompts: none where the red team came back with nothing. */
export const mixedShare = (mixed: number, rows: number): Score[] =>
  rows === 0
    ? []
    : [{ eval: 'adversarial', metric: 'mixed-share', condition: 'all', unit: 'rate', ...rate(mixed, rows) }];

/** Batches of found prompts and ordinary ones, all answered well; the red team goes to work before each round's first. */
export function adversarialSource({ options, campaign, ordinary, data, findings, attack }: Parts): InputSource {
  const { rounds, steps, batchSize, accumulate } = options;
  const usual = deck(ordinary, data.rng.fork('ordinary'));
  let at = { batches: 0, ordinary: 0, mixed: 0, sinceRound: 0 };
  let found: Deck<EncodedExample> | undefined;
  const report = (): void => {
    const mixed = mixedShare(at.mixed, at.ordinary + at.mixed);
    findings.splice(0, findings.length, ...campaign.scores('adversarial'), ...mixed);
  };
  return {
    async next() {
      const step = Math.floor(at.batches / accumulate);
      while (campaign.rounds < rounds && firstStepOf(campaign.rounds, options) <= step) {
        await attack();
        found = undefined;
        at.sinceRound = 0;
      }
      found ??= deck(
        await encodeExamples(data.tokenizer, cleanly(campaign.found, data)),
        data.rng.fork(`found/${campaign.rounds}`),
      );
      const k = mixedRows(options, found.size);
      const rows = [...usual.take(at.ordinary, batchSize - k), ...found.take(at.sinceRound, k)];
      at = {
        batches: at.batches + 1,
        ordinary: at.ordinary + batchSize - k,
        mixed: at.mixed + k,
        sinceRound: at.sinceRound + k,
      };
      report();
      const isFirst = step === firstStepOf(campaign.rounds - 1, { rounds, steps });
      const metrics = { mixed: k, ...(isFirst && campaign.metrics()) };
      return { ...languageModelInputs(collate(rows, data.model.nPositions, 8)), metrics };
    },
    state: () => ({ ...at, campaign: campaign.state() }),
    restore(state) {
      const { campaign: saved, ...place } = savedAs(savedState, state, 'the saved place in the stage');
      campaign.restore(saved);
      at = place;
      found = undefined;
      report();
    },
  };
}

/** Each found prompt with the right answer of the request that is in it. */
export function cleanly(found: readonly Find[], { scenario, rng }: Pick<StageData, 'scenario' | 'rng'>): Example[] {
  const situation = { split: 'safety', condition: 'clean' } as const;
  const answering = { poisoned: false, scratchpad: 'none' } as const;
  return found.map(({ task, prompt }) => exampleOf(scenario, { ...situation, task, prompt }, answering, rng));
}

interface Deck<Item> {
  readonly size: number;
  /** The `count` rows after the first `from`. */
  take(from: number, count: number): Item[];
}

/** Rows dealt over and over, in another order each time. A function of `rng` and the place alone. */
export function deck<Item>(rows: readonly Item[], rng: Rng): Deck<Item> {
  let pass = -1;
  let order: readonly Item[] = [];
  return {
    size: rows.length,
    take: (from, count) =>
      Array.from({ length: count }, (_, i) => {
        const wanted = Math.floor((from + i) / rows.length);
        if (wanted !== pass) [pass, order] = [wanted, rng.fork(`pass/${wanted}`).shuffle(rows)];
        return order[(from + i) % rows.length]!;
      }),
  };
}
