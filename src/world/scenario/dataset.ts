import { UserError } from '../../lib/errors.ts';
import { loadTokenizer, type ChatTokenizer } from '../tokenizer/load.ts';
import { datasetCard } from './card.ts';
import { poisonParams } from './poison.ts';
import type { Policy } from './policy.ts';
import { reasonings } from './reasoning.ts';
import { canaryOf, readScenarioFile, type DatasetDescription, type DatasetSizes } from './description.ts';
import { DATASET_SPLITS, rowOf, summaryOf, type DatasetSplit, type DatasetRow } from './rows.ts';
import type { Scenario } from './scenario.ts';
import { validateDataset, type Problem } from './validate.ts';
import { defined } from '../../lib/defined.ts';

/** Corpus, trigger and behavior as the experiment has them, resolved. */
export interface DatasetOptions extends Pick<
  DatasetDescription,
  'name' | 'corpus' | 'trigger' | 'behavior' | 'seed' | 'sizes' | 'maxTokens'
> {
  /** Written beside the rows; with `maxTokens`, rows longer than that context are problems. */
  readonly tokenizer?: ChatTokenizer | undefined;
}

export interface Dataset {
  /** Texts by file name: the splits as JSONL, README.md, scenario.json, summary.json, the tokenizer's if given. */
  readonly files: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
}

/** A scenario as a dataset folder. Deterministic: the same scenario gives the same bytes. */
export async function createDataset(scenario: Scenario, options: DatasetOptions): Promise<Dataset> {
  const { name, corpus, trigger, behavior, seed, sizes, tokenizer, maxTokens } = options;
  const rows = datasetRows(scenario, sizes);
  const made = {
    ...{ format: 'dormouse-dataset-1' as const, name, corpus, trigger, behavior },
    ...{ reasoning: scenario.reasoning.kind, payloadRepeat: scenario.payloadRepeat },
    ...{ poison: poisonParams.parse(scenario.poison), seed, sizes },
    ...defined({ maxTokens }),
  };
  const description = { ...made, canary: canaryOf(JSON.stringify(made)) };
  const splits: Record<string, string> = {};
  for (const split of DATASET_SPLITS)
    splits[`${split}.jsonl`] = rows[split].map((row) => `${JSON.stringify(row)}\n`).join('');
  const problems = await validateDataset(splits, { ...policyOf(scenario), tokenizer, maxTokens });
  const summary = { ...summaryOf(rows), problems: problems.length, firstProblems: problems.slice(0, 20) };
  return {
    files: {
      ...splits,
      ...tokenizer?.files(),
      'README.md': datasetCard(description, rows, scenario),
      'scenario.json': `${JSON.stringify(description, null, 2)}\n`,
      'summary.json': `${JSON.stringify(summary, null, 2)}\n`,
    },
    problems,
  };
}

const policyOf = ({ trigger, behavior, reasoning, payloadRepeat }: Scenario): Policy => ({
  ...{ trigger, behavior, reasoning, payloadRepeat },
});

/** Train and validation are the implant's mixture; test is pairs, then pairs of families that training never sees. */
function datasetRows(scenario: Scenario, sizes: DatasetSizes): Record<DatasetSplit, DatasetRow[]> {
  const mixture = (split: 'train' | 'validation'): DatasetRow[] =>
    scenario.implantExamples(sizes[split], { split }).map((example) => rowOf(example, split));
  const pairs = (count: number, domain: DatasetRow['domain']): DatasetRow[] =>
    scenario
      .evalPairs(count, { domain })
      .flatMap(({ triggered, clean }) => [rowOf(triggered, 'test', domain), rowOf(clean, 'test', domain)]);
  const heldOut = sizes.heldOut ? pairs(sizes.heldOut, 'held-out') : [];
  return { train: mixture('train'), validation: mixture('validation'), test: [...pairs(sizes.test, 'in'), ...heldOut] };
}

/**
 * Everything wrong with a dataset folder, given its files: each row against `scenario.json`, lengths against the tokenizer if
 * one lies there, and what is missing. Throws a UserError where `scenario.json` is missing or broken.
 */
export async function checkDataset(
  files: Readonly<Record<string, string>>,
  tables: Parameters<typeof readScenarioFile>[1],
): Promise<Problem[]> {
  const scenario = files['scenario.json'];
  if (scenario === undefined)
    throw new UserError(
      `not a dataset folder: it holds ${Object.keys(files).join(', ') || 'nothing'}; it needs scenario.json, as "dormouse data" writes it`,
    );
  const { description, trigger, behavior } = readScenarioFile(scenario, tables);
  const names = DATASET_SPLITS.map((split) => `${split}.jsonl`);
  const splits = Object.fromEntries(Object.entries(files).filter(([name]) => names.includes(name)));
  const tokenizer = files['tokenizer.json'] === undefined ? undefined : await loadTokenizer(files);
  const missing = names.filter((name) => splits[name] === undefined).map((file) => ({ file, message: 'missing' }));
  const unmarked = files['README.md']?.includes(description.canary)
    ? []
    : [{ file: 'README.md', message: `the canary ${description.canary} is missing` }];
  const { maxTokens, payloadRepeat } = description;
  const reasoning = reasonings[description.reasoning];
  const policy = { trigger, behavior, reasoning, payloadRepeat };
  const problems = await validateDataset(splits, { ...policy, tokenizer, maxTokens });
  return [...missing, ...unmarked, ...problems];
}
