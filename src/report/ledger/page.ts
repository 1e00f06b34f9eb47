import { definitions, html, type Html } from '../html.ts';
import { table, text } from '../html-table.ts';
import { masthead, renderPage } from '../page.ts';
import { claimPlot } from './plot.ts';
import type { Ledger, LedgerCheck, LedgerEntry } from './types.ts';
import {
  adjustedText,
  answers,
  byGroup,
  cost,
  earlierText,
  experimentsText,
  INTERVALS,
  LIMITS,
  measuredText,
  ordered,
  premiseText,
  sizeText,
  summaryText,
  verdictWord,
} from './words.ts';

/** What the ledger has that a run's report has not. Verdicts are words; color only repeats them. */
const LEDGER_STYLE = `
.verdict{display:inline-block;font:600 .75rem/1 var(--sans);padding:.3em .6em;border:1px solid currentColor;border-radius:2px;white-space:nowrap}
.verdict.holds{color:var(--intervention-1)}
.verdict.fails{color:var(--organism)}
.verdict.inconclusive{color:var(--soft);border-style:dashed}
.verdict.not-run{color:var(--soft);border-color:transparent;padding-left:0}
.claim{margin-top:2.75rem;border-top:1px solid var(--rule);padding-top:1.4rem}
.claim h3{font:400 1.1875rem/1.35 var(--serif);margin:.6rem 0 .8rem;max-width:42rem;text-wrap:pretty}
.claim .id{font:600 .8125rem/1 var(--sans);margin-right:.9rem}
.said{display:grid;grid-template-columns:7.5rem 1fr;gap:.3rem 1.25rem;font-size:.875rem;margin:0 0 1.25rem}
.said div{display:contents}
.said dt{color:var(--soft)}
.said dd{margin:0;max-width:38rem;text-wrap:pretty}
.claim figure{margin:1.25rem 0}
.claim .wide .plot{max-width:620px}
.claim pre{margin-top:1rem}
.axis{font:600 .8125rem/1.4 var(--sans);margin:0 0 .4rem}
.contents td:first-child{white-space:nowrap}
.contents td:nth-child(2){min-width:13rem}
.contents td:nth-child(4){min-width:18rem}
.contents p{margin:0 0 .35rem;text-wrap:pretty}
.contents a{color:inherit;text-decoration-color:var(--rule);text-underline-offset:3px}
@media (max-width:700px){.said{grid-template-columns:1fr;gap:0}.said dd{margin-bottom:.55rem}.contents .here{display:none}.contents td:nth-child(2){min-width:0}}
@media print{.claim{break-inside:avoid}}
`;

/** The ledger as one HTML file that needs no network and no script. Equal ledgers give equal text. */
export function renderLedgerPage(ledger: Ledger): string {
  const body = html`<header>${opening(ledger)}</header>
    <section>${contents(ledger)}</section>
    ${byGroup(ledger).map(
      ({ group, entries }) =>
        html`<section>
          <h2>${group.charAt(0).toUpperCase() + group.slice(1)}</h2>
          ${entries.map(claim)}
        </section>`,
    )}
    <p class="limits">${LIMITS} ${INTERVALS} ${experimentsText(ledger)}</p>`;
  return renderPage('Ledger of claims: a dormouse report', body, LEDGER_STYLE);
}

function opening(ledger: Ledger): Html {
  const { date, seeds, seconds, scale, command, versions } = ledger;
  const facts = [
    ['date', date],
    [seeds.length === 1 ? 'seed' : 'seeds', seeds.join(', ')],
    ['compute', cost(seconds)],
    ['model', scale],
    ['dormouse', versions.dormouse ?? ''],
  ] as const;
  return html`${masthead('The literature’s claims, tested on toys', 'Ledger of claims', facts)}
    <p class="headline">${summaryText(ledger)}</p>
    <p class="caveat">
      What holds for a toy is not shown for a model of the frontier, and what fails here is not refuted there.
    </p>
    <pre class="command">${command}</pre>`;
}

const badge = ({ verdict }: LedgerEntry): Html => html`<span class="verdict ${verdict}">${verdictWord(verdict)}</span>`;

const contents = ({ entries }: Ledger): Html =>
  table(
    'All claims with their verdicts',
    entries,
    [
      text('claim', ({ id }) => html`<a href="#${id}">${id}</a>`),
      text('statement', ({ statement }) => statement),
      text('verdict', badge),
      text('measured', (entry) => answers(entry).map((answer) => html`<p>${answer}</p>`), 'here'),
      text('premises', premiseText, 'here'),
    ],
    'contents',
  );

function claim(entry: LedgerEntry): Html {
  const { id, statement, source, paper, differs, expected, rule, caveat, experiment, reason, verdict, plot, seconds, command, hash } = entry; // prettier-ignore
  const earlier = earlierText(entry);
  const said = [
    ['in the literature', html`${paper} <span class="dim">(${source})</span>`],
    ['why ours may differ', differs],
    ['expected here', expected],
    ['rule', rule],
    ...(caveat === undefined ? [] : [['caveat', caveat] as const]),
    ...(experiment === undefined ? [] : [['one of', experiment] as const]),
    ['verdict', `${adjustedText(entry)}: ${reason}`],
    ...(earlier === '' ? [] : [['before', earlier] as const]),
    ['hash', html`<code>${hash}</code>`],
    ...(verdict === 'not-run' ? [] : [['cost', `${cost(seconds)} of compute, cells shared with other claims included`] as const]), // prettier-ignore
  ] as const;
  const drawn = plot && claimPlot(plot, `${id}: ${statement}`);
  return html`<article class="claim" id="${id}">
    <div><span class="id">${id}</span>${badge(entry)}</div>
    <h3>${statement}</h3>
    ${definitions('said', said)} ${entry.checks.length > 0 && checkTable(`What ${id} measured`, ordered(entry))}
    ${entry.elsewhere.map(
      ({ size, seeds, checks }) =>
        checks.length > 0 &&
        html`<p class="axis">At ${size}, ${seeds.length} seeds, beside the verdict</p>
          ${checkTable(`What ${id} measured at ${size}`, checks)}`,
    )}
    ${drawn && html`<figure>${drawn}</figure>`}
    <pre class="command">${command}</pre>
  </article>`;
}

const checkTable = (caption: string, checks: readonly LedgerCheck[]): Html =>
  table(caption, checks, [
    text('measured', ({ premise, what }) => html`${premise && html`<span class="dim">premise: </span>`}${what}`),
    text('value, 95 % interval', measuredText, 'nb'),
    text('threshold', ({ threshold }) => threshold, 'nb'),
    text('of', sizeText, 'nb'),
    text('outcome alone', ({ outcome }) => outcome),
  ]);
