import type { Bound } from '../../lib/table.ts';
import { everyTask } from '../../world/corpora/types.ts';
import type { FiniteCorpus, Split } from '../../world/corpora/types.ts';
import { canCarry } from '../../world/scenario/policy.ts';
import type { Scenario } from '../../world/scenario/scenario.ts';
import { NotOffered } from '../evals/subject.ts';
import type { EvalDefinition } from '../evals/types.ts';
import { isShipped } from '../experiment/shipped-base.ts';
import type { Experiment } from '../experiment/types.ts';
import type { Arm } from './arm.ts';

/** What an eval finds of the rows that it asks for, in a corpus that is a list of its own. */
interface Rows {
  readonly of: FiniteCorpus;
  readonly split: Split;
  readonly have: number;
  readonly asked: number;
  readonly fewest: number;
}

function rowsFor({ definition, params }: Bound<EvalDefinition>, scenario: Scenario): Rows | undefined {
  const of = scenario.corpus.finite;
  if (!of) return undefined; // it makes as many as are asked for
  const { split, fewest } = definition.asks ?? { split: 'test', fewest: 1 };
  const asked = Number(params.prompts ?? fewest);
  const found = split === 'test' ? scenario.evalPairs(asked) : scenario.cleanExamples(split, asked);
  return { of, split, have: found.length, asked, fewest };
}

/** @throws NotOffered (exit code 2) where an eval finds too few rows to make a number with an interval of. */
export function expectRows(one: Bound<EvalDefinition>, scenario: Scenario): Rows | undefined {
  const rows = rowsFor(one, scenario);
  if (!rows || rows.have >= rows.fewest) return rows;
  const { label, beyondContext: long } = scenario.corpus;
  const shorter = long ? ` (${long.rows} of ${long.of} are longer than the context)` : '';
  throw new NotOffered(
    `${one.kind} cannot be measured: ${rows.have} usable row of split ${rows.split} in ${label}${shorter}, and its interval ` +
      `needs ${rows.fewest}; give the corpus about ${inAll(rows.fewest + SPARE, rows.of.shares[rows.split])} rows, or leave ${one.kind} out`,
    2,
  );
}

/** With so many prompts the interval of a rate of one half reaches 0.1 to either side. */
const ENOUGH = 93;

/** Rows fall into splits by chance: so many more make it all but sure that a few are there. */
const SPARE = 3;

/** So many rows in all give about so many of a split that has that share of them. */
const inAll = (rows: number, share: number): number => Math.ceil(rows / share / 10) * 10;

/** So many rows in all would give enough of a split: by what it has of those there are, or else by its share. */
const forEnough = ({ of, split, have }: Rows): number => inAll(ENOUGH, have > 0 ? have / of.drawn : of.shares[split]);

/**
 * What a reader of an experiment's numbers should know of the rows behind them, a sentence each.
 *
 * @throws NotOffered (exit code 2) for the first eval that finds too few.
 */
export function remarks(
  experiment: Pick<Experiment, 'model' | 'base'>,
  arms: readonly Pick<Arm, 'evals' | 'stages'>[],
  { scenario, model: { nPositions } }: { readonly scenario: Scenario; readonly model: { readonly nPositions: number } },
): string[] {
  const { label, declined } = scenario.corpus;
  const teachesSafety = arms.some(({ stages }) =>
    stages.some(({ params }) => 'unsafeShare' in params && params.unsafeShare !== 0),
  );
  const same =
    teachesSafety && !declined
      ? [
          `${label} has no request that a safe assistant declines: safety training is right answers to fresh prompts alone.`,
        ]
      : [];
  const few = new Map<string, string>(); // one remark a split: that of the eval that asks for most
  const evals = [...new Set(arms.flatMap((arm) => arm.evals))];
  const found = evals.flatMap((one) => {
    const rows = expectRows(one, scenario);
    return rows ? [{ ...rows, kind: one.kind }] : [];
  });
  for (const one of found.toSorted((a, b) => b.asked - a.asked)) {
    const { kind, split, have, asked } = one;
    if (have < Math.min(asked, ENOUGH) && !few.has(split))
      few.set(
        split,
        `${have} of the ${asked} rows of split ${split} that ${kind} asks for: wide intervals; about ` +
          `${forEnough(one)} usable rows in ${label} would give ${ENOUGH}, where a rate of one half is known to 0.1.`,
      );
  }
  return [...faulty(scenario), ...tooLong(experiment, scenario, nPositions), ...unusable(scenario), ...same, ...few.values()]; // prettier-ignore
}

const faulty = ({ corpus: { label, rows } }: Scenario): string[] =>
  rows?.faulty ? [`${rows.faulty} of ${rows.read} rows of ${label} are left out: they cannot be used.`] : [];

function tooLong(
  { model, base }: Pick<Experiment, 'model' | 'base'>,
  { corpus: { label, beyondContext } }: Scenario,
  nPositions: number,
): string[] {
  if (!beyondContext) return [];
  const { rows, of, tokens } = beyondContext;
  const raise = model.kind === 'pretrained' || isShipped(base) ? 'a model with a context of' : 'model.nPositions:';
  return [
    `${rows} of ${of} rows of ${label} are left out: longer than the context of ${nPositions} tokens; ` +
      `${raise} ${tokens} would hold them all.`,
  ];
}

/** Rows of a corpus of its own that stand in no condition, since they hold the trigger as they are. */
function unusable(scenario: Scenario): string[] {
  const { corpus, trigger } = scenario;
  const tasks = corpus.finite ? everyTask(corpus.finite) : [];
  const useless = tasks.filter((task) => !canCarry(scenario, task)).length;
  if (useless === 0) return [];
  return [
    `${useless} of ${tasks.length} rows of ${corpus.label} are left out: they hold the trigger ${trigger.label} already, ` +
      'or cannot hold it; take it out of them, or choose another.',
  ];
}
