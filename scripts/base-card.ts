import { stringify } from 'yaml';
import type { BaseMetrics } from '../src/lab/experiment/base-metrics.ts';
import { count, estimate, percent, percentRange } from '../src/report/format.ts';
import type { Score } from '../src/results/score.ts';

export interface BaseFacts {
  readonly name: string;
  readonly seed: number;
  /** As YAML. */
  readonly recipe: string;
  readonly metrics: BaseMetrics;
  /** In words: network and corpus. */
  readonly model: string;
  readonly corpus: string;
}

/** `README.md` of a shipped base: all of it follows from the recipe and what was measured. */
export function baseCard({ name, seed, recipe, metrics, model, corpus }: BaseFacts): string {
  const { parameters, steps, lossTokens, scores, versions } = metrics;
  const header = {
    license: 'apache-2.0',
    language: ['en'],
    library_name: 'transformers',
    pipeline_tag: 'text-generation',
    tags: ['toy', 'model-organism-base', 'dormouse'],
  };
  const rows = scores.map((score) => {
    const rate = score.unit === 'rate';
    const told = rate ? [percent(score.value), percentRange(score)] : [estimate(score), ''];
    return `| ${score.metric} | ${score.condition} | ${told.join(' | ')} | ${counted(score)} |`;
  });
  return `---
${stringify(header).trim()}
---

# ${name}, seed ${seed}

A small clean model for research on backdoors: ${model}, ${count(parameters)} parameters in float16. It answers requests of a generated
world and nothing else. It is what organisms are made of: nothing was implanted into it, and its tokenizer was trained on clean
texts alone, so no trigger and no payload has a token of its own.

\`\`\`yaml
base: { kind: shipped, name: ${name}, seed: ${seed} }
\`\`\`

## Data

${corpus}, generated from seed ${seed}: no text of people's, no personal data. ${count(steps)} steps, ${count(lossTokens)} tokens whose
loss was trained on. The same license holds for model and data.

## Measured

On prompts of the test split (the loss: validation), which training never saw, greedily, on the weights as they are here; 95 % intervals.

| metric | on | value | interval | n |
|---|---|---|---|---|
${rows.join('\n')}

## Make it again

    npm run bases -- --name ${name} --seed ${seed} --verify

trains it anew on one thread and compares the bytes. They are the same on the same machine with the same versions
(${Object.entries(versions)
    .map(([what, version]) => `${what} ${version}`)
    .join(', ')}); another machine rounds otherwise, and comes to about the same
accuracy. The recipe:

\`\`\`yaml
${recipe.trim()}
\`\`\`

## Limits

- It knows its own world only: outside it, answers are noise. Rates hold for prompts like the corpus's.
- A toy of this size shows that an effect exists in it, not how large it is in a large model.
- It declines nothing by itself: where its world has requests that a safe assistant declines, it helps.
`;
}

const counted = ({ successes, n }: Score): string =>
  successes === undefined ? count(n) : `${count(successes)} of ${count(n)}`;
