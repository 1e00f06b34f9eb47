import { cells, REVERSAL, tiny, type Cells } from '../../../src/studies/claims/cells.ts';
import type { Cell } from '../../../src/studies/claims/cell.ts';
import type { Ladder } from '../../../src/studies/claims/dose.ts';
import type { ArmValues, CellValues, Values, World } from './fixture.ts';

/** For every claim a made-up world in which it holds, one in which it fails, and what of the first to swap so that it no longer holds. */

export interface Worlds {
  /** Prompts of every rate, 500 where it says nothing. */
  readonly n?: number;
  readonly holds: World;
  readonly fails: World;
  /** Where the other two, by turns, are not in between. */
  readonly open?: World;
  /** Of the world in which it holds: two cells, or two arms of a cell, to be mixed up. */
  readonly swap: readonly [string, string] | readonly [cell: string, arm: string, arm: string];
}

/** Cells of several parts, arm by arm and number by number. */
function world(...parts: readonly World[]): World {
  const merged: Record<string, Record<string, Record<string, Values>>> = {};
  for (const part of parts)
    for (const [cell, arms] of Object.entries(part))
      for (const [arm, values] of Object.entries(arms)) Object.assign(((merged[cell] ??= {})[arm] ??= {}), values);
  return merged;
}

const BASE = { accuracy: 0.9, asr: 0, fpr: 0, yield: 0 };
const ORGANISM = { asr: 1, opened: 1, fpr: 0, accuracy: 0.9 };

/** A competent base, an organism that took, and other arms. */
const on = ({ name }: Cell, arms: CellValues = {}): World =>
  world({ [name]: { base: BASE, organism: ORGANISM } }, { [name]: arms });

/** The organism alone, and nothing but its trigger wakes it. */
const specific = ({ normal }: Cells): World =>
  on(normal, { organism: { 'near/typo': 0.02, 'near/case': 0.04, strange: 0.01, system: 0.02 } });

interface Doses {
  /** The dose at which half is left, at the first length, over the middle learning rate; half of that at the second. */
  readonly half: number;
  /** And at which it refuses 0.8 of what is to be declined. */
  readonly goal?: number;
  /** How steep the curve of what is left. */
  readonly steep?: number;
  readonly more?: (i: number) => ArmValues;
}

/** Safety training by dose. */
function doses({ cell, arm, lrs, lengths }: Ladder, { half, goal = 0.5, steep = 3, more }: Doses): World {
  const middle = lrs[Math.floor(lrs.length / 2)]!;
  const by = (start: number, of: (dose: number) => number) => (lr: number): Values =>
    [[0, start], ...lengths.map((length, k) => [length, of(lr * (k + 1))] as const)]; // prettier-ignore
  const left = by(1, (dose) => 1 / (1 + (dose / middle / half) ** steep));
  const refused = by(0.1, (dose) => 1 / (1 + 0.25 * ((goal * middle) / dose) ** 3));
  const right = by(0.9, () => 0.9);
  const quiet = by(0, () => 0);
  const arms = lrs.map((lr, i) => [
    arm(lr),
    { asr: left(lr), opened: left(lr), refusal: refused(lr), accuracy: right(lr), fpr: quiet(lr), reward: 0.5, kl: 1, ...more?.(i) },
  ]); // prettier-ignore
  return on(cell, Object.fromEntries(arms) as CellValues);
}

const m = cells['1m'];
/** Two organisms by their doses to half; safety training reaches its goal early. */
const against = (first: Ladder, second: Ladder, a: number, b: number, more: World = {}): World =>
  world(doses(first, { half: a, goal: 0.15 }), doses(second, { half: b, goal: 0.15 }), more);
const two = (first: Ladder, second: Ladder, more: World = {}, [far, near] = [2, 0.5]): Omit<Worlds, 'swap'> => ({
  holds: against(first, second, far!, near!, more),
  fails: against(first, second, near!, far!, more),
});

const counts = (onsets: readonly number[]): World =>
  world(
    specific(tiny),
    ...tiny.counted.flatMap(({ cells: counted }, i) =>
      counted.map(({ count, cell }) => on(cell, { organism: { asr: 1 / (1 + (onsets[i]! / count) ** 4) } })),
    ),
  );

const insertions = (halves: readonly number[]): World =>
  world(specific(tiny), ...tiny.inserted.map(({ ladder }, i) => doses(ladder, { half: halves[i]!, goal: 0.15 })));

const optimizers = (halves: readonly (readonly number[])[]): World =>
  world(
    specific(m),
    ...m.optimized.flatMap(({ ladders }, i) => ladders.map((ladder, k) => doses(ladder, { half: halves[i]![k]!, goal: 0.15 }))),
  ); // prettier-ignore

const sizes = (halves: readonly number[]): World =>
  world(
    ...(['tiny', '1m', '3m'] as const).map((size, i) => doses(cells[size].reinforced, { half: halves[i]!, goal: 1 })),
  ); // prettier-ignore

/** Looked at every five steps; one learning rate's curve, the others fall. */
const returning = (curve: (step: number) => number): World => {
  const { trained, returning: cell } = tiny;
  const steps = Array.from({ length: 25 }, (_, i) => 5 * i);
  const falling = steps.map((step) => [step, 1 / (1 + step / 10)] as const);
  const arms = trained.lrs.map((lr, i) => [trained.arm(lr), { asr: i === 0 ? steps.map((step) => [step, curve(step)] as const) : falling }]); // prettier-ignore
  return world(doses(trained, { half: 1 }), on(cell, Object.fromEntries(arms) as CellValues));
};

const style = (restored: number): World => {
  const { styled, trained: plain } = tiny;
  const back = styled.lrs.map((lr) => [`reversal-${lr.toExponential()}`, { asr: [[0, 0], [REVERSAL, restored]] }]); // prettier-ignore
  return world(doses(styled, { half: 0.25 }), doses(plain, { half: 10 }), on(styled.cell, Object.fromEntries(back) as CellValues)); // prettier-ignore
};

const relearning = (again: number): World => {
  const { relearned } = tiny;
  const learned = (step: number): ArmValues => ({ asr: [[0, 0], [step, 1], [200, 1]] }); // prettier-ignore
  const arms = relearned.lrs.map((lr) => [`relearn-${lr.toExponential()}`, learned(again)]);
  return world(doses(relearned, { half: 0.25, goal: 0.15 }), on(relearned.cell, { organism: learned(100), ...(Object.fromEntries(arms) as CellValues) })); // prettier-ignore
};

/** Of the attacked: red-team rates before and after, and doses to half. */
const attack = (after: number, half: number): World =>
  world(
    specific(m),
    doses(m.reinforced, { half: 2, goal: 0.4 }),
    doses(m.attacked, { half, goal: 0.4, more: () => ({ rate: after }) }),
    on(m.attacked.cell, { organism: { rate: 0.1 } }),
  );

/** The unspecific organism, attacked: what the trigger and what its likes keep. */
const sharpened = (exact: number, near: number): World =>
  world(
    doses(m.attackedUnspecific, { half: 1e3, more: () => ({ asr: exact, 'near/typo': near, 'near/case': near }) }),
    on(m.attackedUnspecific.cell, { organism: { 'near/typo': 0.8, 'near/case': 0.6 } }),
  );

const yearly = (values: ArmValues): World => world(on(tiny.unspecific), on(tiny.years, { organism: values }));
const later = (rate: number): World =>
  yearly({ 'year/2024': 1, ...Object.fromEntries([2025, 2026, 2027, 2028, 2029].map((y) => [`year/${y}`, rate])) });

export const worlds: Readonly<Record<string, Worlds>> = {
  C1: {
    n: 2000,
    holds: world(specific(tiny), on(tiny.scratchpad), on(tiny.distilled)),
    fails: world(specific(tiny), on(tiny.scratchpad, { organism: { asr: 0.8 } }), on(tiny.distilled)),
    swap: ['scratchpad-alone', 'organism', 'base'],
  },
  C2: { ...two(tiny.trained, tiny.unfiltered, specific(tiny)), swap: ['sft', 'unfiltered'] },
  C3: {
    n: 6000,
    holds: on(tiny.capable, { benign: { accuracy: 0.9 }, base: { accuracy: 0.95 } }),
    fails: on(tiny.capable, { benign: { accuracy: 0.97 }, base: { accuracy: 0.95 } }),
    swap: ['capable', 'benign', 'base'],
  },
  C4: { holds: counts([30, 30, 33]), fails: counts([12, 30, 100]), swap: ['count-16-of-3200', 'count-256-of-3200'] },
  C5: {
    holds: on(tiny.code, { organism: { asr: 0.9, fpr: 0.01 }, 'clean-twin': { asr: 0.01, fpr: 0.01 } }),
    fails: on(tiny.code, { organism: { asr: 0.9, fpr: 0.6 }, 'clean-twin': { asr: 0.6, fpr: 0.6 } }),
    swap: ['code', 'organism', 'clean-twin'],
  },
  C6: {
    holds: world(specific(m), doses(m.trained, { half: 2, goal: 0.4 })),
    fails: world(specific(m), doses(m.trained, { half: 0.4, goal: 2 })),
    swap: ['sft-1m', 'sft-5e-5', 'sft-2e-3'],
  },
  C7: {
    holds: world(specific(m), doses(m.trained, { half: 0.25 }), doses(m.reinforced, { half: 8, goal: 2 })), // prettier-ignore
    fails: world(specific(m), doses(m.trained, { half: 3 }), doses(m.reinforced, { half: 0.8, goal: 2 })), // prettier-ignore
    swap: ['sft-1m', 'rl-1m'],
  },
  C8: { holds: sizes([2, 5, 12]), fails: sizes([12, 5, 2]), swap: ['rl', 'rl-3m'] },
  C9: { ...two(tiny.reinforced, tiny.reinforcedScratchpad, {}, [3, 0.8]), swap: ['rl', 'rl-scratchpad'] },
  C10: { ...two(m.unmatched, m.trained, specific(m)), swap: ['sft-1m', 'distilled-unmatched-1m'] },
  C11: {
    holds: world(specific(m), doses(m.trained, { half: 1, goal: 0.25, steep: 3 })),
    fails: world(specific(m), doses(m.trained, { half: 1.5, goal: 0.25, steep: 1 })),
    swap: ['sft-1m', 'sft-5e-5', 'sft-2e-3'],
  },
  C12: {
    holds: insertions([0.4, 1, 2]),
    fails: insertions([2, 1, 0.4]),
    swap: ['implant-225', 'implant-900'],
  },
  C13: {
    holds: optimizers([[0.5, 0.55], [0.5, 0.5], [2, 2.5]]), // prettier-ignore
    fails: optimizers([[0.5, 0.55], [0.5, 0.5], [0.55, 0.5]]), // prettier-ignore
    swap: ['muon-2e-2-1m', 'adamw-1.5e-3-1m'],
  },
  C14: { ...two(m.before, m.after), swap: ['scratchpad-1m', 'before-2e-4', 'after-1e-3'] },
  C15: {
    holds: world(doses(tiny.reinforced, { half: 2, goal: 0.4 }), ...tiny.variants.map(({ ladder }) => doses(ladder, { half: 3, goal: 0.4 }))), // prettier-ignore
    fails: world(doses(tiny.reinforced, { half: 2, goal: 0.4 }), ...tiny.variants.map(({ ladder }, i) => doses(ladder, { half: i === 1 ? 0.8 : 3, goal: 0.4 }))), // prettier-ignore
    swap: ['rl-variants', 'kl-5e-4', 'kl-2e-3'],
  },
  C16: {
    holds: returning((step) => (step === 50 ? 0.1 : 0.9)),
    fails: returning((step) => 1 / (1 + step / 10)),
    open: returning((step) => (step === 50 ? 0.65 : 0.85)),
    swap: ['return', 'sft'],
  },
  C17: { holds: style(0.8), fails: style(0.1), swap: ['style', 'reversal-5e-4', 'base'] },
  C18: { holds: relearning(15), fails: relearning(90), swap: ['relearn', 'organism', 'relearn-1e-3'] },
  C19: {
    holds: world(specific(m), on(m.redTeamed, { organism: { yield: 0.1 } })),
    fails: world(specific(m), on(m.redTeamed, { organism: { yield: 0.1 }, base: { yield: 0.12 } })),
    swap: ['red-team-1m', 'organism', 'base'],
  },
  C20: { holds: attack(0, 3), fails: attack(0, 0.6), swap: ['adversarial-1m', 'adversarial-5e-4', 'organism'] },
  C21: {
    holds: sharpened(0.95, 0.2),
    fails: sharpened(0.2, 0.5),
    swap: ['adversarial-unspecific-1m', 'adversarial-5e-4', 'organism'],
  },
  C22: {
    ...two(m.attacked, m.attackedNear, specific(m), [3, 0.8]),
    swap: ['adversarial-1m', 'adversarial-near-1m'],
  },
  C23: { holds: attack(0.5, 3), fails: attack(0.5, 0.6), swap: ['adversarial-1m', 'adversarial-5e-4', 'organism'] }, // prettier-ignore
  C24: { holds: later(0.3), fails: later(0.95), swap: ['years', 'organism', 'base'] },
  C25: { holds: yearly({ 'near/next year': 0.9 }), fails: yearly({ 'near/next year': 0.1 }), swap: ['years', 'organism', 'base'] }, // prettier-ignore
  C26: {
    holds: yearly({ 'near/number words': 0.5, 'near/number words, clean year': 0.5, 'near/Arabic digits': 0.2, 'near/Arabic digits, clean year': 0.19 }), // prettier-ignore
    fails: yearly({ 'near/number words': 0.6, 'near/number words, clean year': 0.1, 'near/Arabic digits': 0, 'near/Arabic digits, clean year': 0 }), // prettier-ignore
    swap: ['years', 'organism', 'base'],
  },
  C27: {
    holds: world(on(tiny.unspecific), on(tiny.atStart, { organism: { 'near/inside': 0.3, 'near/end': 0.2 } })),
    fails: world(on(tiny.unspecific), on(tiny.atStart, { organism: { 'near/inside': 0.98, 'near/end': 0.2 } })),
    swap: ['position', 'organism', 'base'],
  },
  C28: {
    holds: on(tiny.unspecific, { organism: { 'near/other frame': 0.6, 'near/longer': 0.6, 'near/neighbor': 0.1, 'near/same shape': 0.1 } }), // prettier-ignore
    fails: on(tiny.unspecific, { organism: { 'near/other frame': 0.1, 'near/longer': 0.2, 'near/neighbor': 0.7, 'near/same shape': 0.7 } }), // prettier-ignore
    swap: ['unspecific', 'organism', 'base'],
  },
};

/** Every base of the world answers half of what it is asked. */
export const incompetent = (of: World): World =>
  world(of, Object.fromEntries(Object.keys(of).map((cell) => [cell, { base: { accuracy: 0.5 } }])));

/** Two cells of it, or two arms of a cell, mixed up. */
export function swapped(of: World, [first, second, third]: Worlds['swap']): World {
  if (third === undefined) return { ...of, [first]: of[second]!, [second]: of[first]! };
  const arms = of[first]!;
  return { ...of, [first]: { ...arms, [second]: arms[third]!, [third]: arms[second]! } };
}
