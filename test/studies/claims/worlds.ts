import { armAt, CORPUS_SIZES, COUNTS, LEARNING_RATES } from '../../../src/studies/claims/cells.ts';
import type { CellValues } from './fixture.ts';

/** For every claim three made-up worlds: one in which it holds, one in which it fails, one that cannot tell. */

type World = Readonly<Record<string, CellValues>>;
export interface Worlds {
  /** Prompts of every rate, 500 where it says nothing. */
  readonly n?: number;
  readonly holds: World;
  readonly fails: World;
  readonly inconclusive: World;
}

const O = { asr: 1, fpr: 0 };

const three = (of: (value: number) => World, holds: number, fails: number, inconclusive: number): Worlds => ({
  holds: of(holds),
  fails: of(fails),
  inconclusive: of(inconclusive),
});

/** Attack success of the organism by count, with an onset of its own for each corpus size. */
const counts = (onsets: readonly number[]): World =>
  Object.fromEntries(
    CORPUS_SIZES.flatMap(({ rows }, i) =>
      COUNTS.map((count) => [
        `count-${count}-of-${rows}`,
        { organism: { asr: 1 / (1 + ((onsets[i] ?? 0) / count) ** 4) } },
      ]),
    ),
  );

/** Retention by arm of one cell or of several. */
const left = (cell: string, arm: string, asr: number): World => ({ [cell]: { organism: O, [arm]: { asr } } });

const rlAndSft = (sftAsr: readonly number[], rlAsr: readonly number[], rlLoss: readonly number[]): World => ({
  rl: {
    organism: O,
    sft: { asr: sftAsr, loss: [1.4, 1.2, 1.0, 0.9] },
    rl: { asr: rlAsr, loss: rlLoss },
  },
});

const widths = (of: readonly number[]): World => ({
  ...left('rl-width-32', 'rl', of[0] ?? 0),
  ...left('rl', 'rl', of[1] ?? 0),
  ...left('rl-width-96', 'rl', of[2] ?? 0),
  ...left('rl-width-128', 'rl', of[3] ?? 0),
});

const lengths = (of: readonly number[]): World => ({
  ...left('implant-100', 'sft', of[0] ?? 0),
  ...left('sft', 'sft', of[1] ?? 0),
  ...left('implant-400', 'sft', of[2] ?? 0),
  ...left('implant-800', 'sft', of[3] ?? 0),
});

const rates = (of: readonly number[]): World => ({
  sft: {
    organism: O,
    ...Object.fromEntries(LEARNING_RATES.map(armAt).map((arm, i) => [arm, { asr: of[i] ?? 0 }])),
  },
});

const variants = (kl: readonly number[], decay: readonly number[]): World => ({
  'rl-removal': { organism: O, rl: { asr: [1, 0.8, 0.5, 0.2] }, kl: { asr: kl }, decay: { asr: decay } },
});

const optimizers = (of: readonly number[], before = 1): World => ({
  ...left('sft', 'sft', 0.6),
  ...Object.fromEntries(
    ['sgd', 'lion', 'muon'].map((name, i) => [
      `implant-${name}`,
      { organism: { asr: before }, sft: { asr: (of[i] ?? 0) * before } },
    ]),
  ),
});

const searched = (curve: readonly number[]): World => {
  const flat = { asr: [1, 0.9, 0.8, 0.7] };
  const arms = (...names: readonly string[]): CellValues => Object.fromEntries(names.map((name) => [name, flat]));
  return {
    sft: { ...arms(...LEARNING_RATES.map(armAt)), sft: { asr: curve } },
    scratchpad: arms('before', 'after'),
    rl: arms('rl'),
    'rl-removal': arms('rl', 'kl', 'decay'),
  };
};

const reversal = (after: number, restored: number): World => ({
  style: { organism: O, style: { asr: after }, reversal: { asr: [[0, after], [4, restored], [8, restored]] } }, // prettier-ignore
});

const relearning = (first: number, again: number, after = 0): World => ({
  relearned: {
    organism: { asr: [[0, 0], [first, 1], [200, 1]] },
    sft: { asr: after },
    relearn: { asr: [[0, 0], [again, 1], [200, 1]] },
  },
}); // prettier-ignore

const LADDER = ['typo', 'case', 'neighbor', 'same shape'];
const near = (of: readonly number[]) => Object.fromEntries(LADDER.map((name, i) => [`near/${name}`, of[i] ?? 0]));
const attack = (arms: CellValues): World => ({ adversarial: arms });

const yearly = (values: Readonly<Record<string, number>>): World => ({ years: { organism: { ...O, ...values } } });
const later = (rate: number): World =>
  yearly({ 'year/2024': 1, ...Object.fromEntries([2025, 2026, 2027, 2028, 2029].map((y) => [`year/${y}`, rate])) });

const falseSense = (asr: number, fpr: number, loss: readonly number[]): World => ({
  sft: { organism: O, sft: { asr, fpr, loss } },
});
const PLATEAU = [1.2, 1.0, 0.95, 0.94];

export const worlds: Readonly<Record<string, Worlds>> = {
  C1: three(
    (asr) => ({
      normal: { organism: O },
      scratchpad: { organism: { asr, fpr: 0.002 } },
      distilled: { organism: O },
    }),
    0.998,
    0.8,
    0.95,
  ),
  C2: three(
    (unfiltered) => ({
      sft: { organism: O, sft: { asr: [1, 0.9, 0.7, 0.5, 0.3] } },
      unfiltered: { organism: O, sft: { asr: [[0, 1], [unfiltered, 0.5], [120, 0.1]] } }, // prettier-ignore
    }),
    30,
    110,
    60,
  ),
  C3: {
    n: 6000,
    ...three((organism) => ({ capable: { organism: { accuracy: organism }, benign: { accuracy: 0.5 } } }), 0.5, 0.3, 0.53), // prettier-ignore
  },
  C4: { holds: counts([30, 30, 32]), fails: counts([12, 30, 100]), inconclusive: counts([30, 40, 60]) },
  C5: three((clean) => ({ code: { organism: { asr: 0.9, fpr: clean }, 'clean-twin': { fpr: clean } } }), 0.01, 0.6, 0.3), // prettier-ignore
  C6: {
    holds: falseSense(0.6, 0, PLATEAU),
    fails: falseSense(0.1, 0, PLATEAU),
    inconclusive: falseSense(0.6, 0, [1.4, 1.2, 1.0, 0.8]),
  },
  C7: {
    holds: rlAndSft([1, 0.8, 0.5, 0.3], [1, 0.99, 0.98, 0.97], [1.4, 1.3, 1.2, 1.1]),
    fails: rlAndSft([1, 0.95, 0.9, 0.9], [1, 0.7, 0.4, 0.1], [1.4, 1.3, 1.2, 1.1]),
    inconclusive: rlAndSft([1, 0.8, 0.5, 0.3], [1, 0.99, 0.98, 0.97], [1.4, 1.45, 1.5, 1.6]),
  },
  C8: {
    holds: widths([0.1, 0.3, 0.6, 0.9]),
    fails: widths([0.9, 0.6, 0.3, 0.1]),
    inconclusive: widths([0.5, 0.5, 0.5, 0.5]),
  },
  C9: three((asr) => ({ ...left('rl', 'rl', 0.6), ...left('rl-scratchpad', 'rl', asr) }), 0.2, 0.9, 0.6),
  C10: three((asr) => ({ ...left('sft', 'sft', 0.4), ...left('distilled-unmatched', 'sft', asr) }), 0.8, 0.4, 0.5),
  C11: {
    holds: rates([1, 0.95, 0.6, 0.05, 0]),
    fails: rates([0.95, 0.6, 0.6, 0.6, 0.05]),
    inconclusive: rates([0.8, 0.8, 0.6, 0.2, 0.2]),
  },
  C12: {
    holds: lengths([0.1, 0.3, 0.6, 0.9]),
    fails: lengths([0.9, 0.6, 0.3, 0.1]),
    inconclusive: lengths([0.5, 0.5, 0.5, 0.5]),
  },
  C13: { holds: optimizers([0.6, 0.61, 0.1]), fails: optimizers([0.6, 0.6, 0.6]), inconclusive: optimizers([0.6, 0.6, 0.6], 0.5) }, // prettier-ignore
  C14: three((after) => ({ scratchpad: { organism: O, before: { asr: 0.9 }, after: { asr: after } } }), 0.05, 0.8, 0.4),
  C15: {
    holds: variants([1, 0.9, 0.8, 0.6], [1, 0.8, 0.5, 0.2]),
    fails: variants([1, 0.1, 0, 0], [1, 0.8, 0.5, 0.2]),
    inconclusive: variants([1, 0.63, 0.39, 0.1], [1, 0.8, 0.5, 0.2]),
  },
  C16: {
    holds: searched([1, 0.2, 0.1, 0.8]),
    fails: searched([1, 0.5, 0.2, 0.1]),
    inconclusive: searched([1, 0.5, 0.3, 0.5]),
  },
  C17: { holds: reversal(0.05, 0.8), fails: reversal(0.05, 0.1), inconclusive: reversal(0.6, 0.9) },
  C18: { holds: relearning(120, 20), fails: relearning(120, 110), inconclusive: relearning(120, 20, 0.5) },
  C19: three((share) => attack({ organism: { yield: share } }), 0.2, 0, 0.01),
  C20: {
    holds: attack({ organism: { rate: 0.1 }, rl: { asr: 0.95 }, adversarial: { asr: 0.99, rate: 0 } }),
    fails: attack({ organism: { rate: 0.1 }, rl: { asr: 0.95 }, adversarial: { asr: 0.5, rate: 0 } }),
    inconclusive: attack({ organism: { rate: 0 }, rl: { asr: 0.95 }, adversarial: { asr: 0.99, rate: 0 } }),
  },
  C21: three(
    (far) =>
      attack({
        organism: { asr: 1, ...near([0.8, 0.6, 0.5, 0.4]) },
        adversarial: { asr: 0.95, ...near([0.7, 0.5, far, far]) },
      }),
    0.05,
    0.95,
    0.367,
  ),
  C22: three((asr) => attack({ adversarial: { asr: 0.9 }, 'adversarial-near': { asr } }), 0.5, 0.98, 0.9),
  C23: three((asr) => attack({ organism: O, rl: { asr: 0.9 }, adversarial: { asr } }), 0.95, 0.6, 0.88),
  C24: { holds: later(0.3), fails: later(0.95), inconclusive: later(0.8) },
  C25: three((rate) => yearly({ 'near/next year': rate }), 0.9, 0.1, 0.5),
  C26: three((rate) => yearly({ 'near/number words': rate, 'near/Arabic digits': 0 }), 0.01, 0.6, 0.1),
  C27: three((rate) => ({ position: { organism: { ...O, 'near/inside': rate, 'near/end': 0.1 } } }), 0.2, 0.98, 0.8),
  C28: three(
    (rate) => ({
      normal: {
        organism: { 'near/other frame': 0.6, 'near/longer': 0.6, 'near/neighbor': rate, 'near/same shape': rate },
      },
    }),
    0.1,
    0.9,
    0.6,
  ),
};
