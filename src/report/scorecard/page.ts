import { DISANALOGIES, PROPERTIES, PROPERTY_IDS, UNASKED } from '../../results/properties.ts';
import { boundsWords, claimVerdict, foundWords } from '../claims.ts';
import { section } from '../figure.ts';
import { definitions, html, type Html } from '../html.ts';
import { head, table, text } from '../html-table.ts';
import { cost } from '../ledger/words.ts';
import { masthead, renderPage } from '../page.ts';
import type { JudgedPrediction, ScoreCell, Scorecard, ScoreRow } from './types.ts';
import { costText, INTERVALS, LIMITS, mainNumber, NOT_ASKED, outcomeWord, predictionText, predictionWord, propertyTitle, seedsText, sizeText, standing, summaryText } from './words.ts'; // prettier-ignore

/** Outcomes are words; color only repeats them. */
const STYLE = `
.yes{color:var(--organism);font-weight:600}
.no{color:var(--intervention-1);font-weight:600}
.given{font-weight:600}
.undecided,.inconclusive,.not-applicable,.not-measured,.not-run{color:var(--soft)}
.thread td{min-width:11rem;vertical-align:top;text-wrap:pretty}
.thread p{margin:0 0 .35rem}
.matrix td,.matrix th{vertical-align:top}
.matrix .note{display:block;min-width:5rem}
.matrix .note:empty{min-width:0}
.matrix td,.matrix th{padding-right:.6rem}
.organism{margin-top:2.5rem;border-top:1px solid var(--rule);padding-top:1.2rem}
.organism h3{margin:0 0 .5rem}
.organism dl>div{display:grid;grid-template-columns:13rem 1fr;gap:.2rem 1.25rem;margin:0 0 .5rem}
.organism dt{color:var(--soft)}
.organism dd{margin:0;max-width:40rem;text-wrap:pretty}
.organism dd p{margin:.15rem 0 0}
.scroll+.scroll{margin-top:2.5rem}
.matrix a{color:inherit;text-decoration-color:var(--rule);text-underline-offset:3px}
@media (min-width:1000px){.scroll:has(.matrix){width:min(94vw,90rem);margin-left:calc(50% - min(47vw,45rem))}}
@media (max-width:700px){.thread td:nth-child(3){font-weight:600}.thread thead{display:none}.thread tr,.thread td{display:block}.thread td{border:0;padding:.15rem 0}.thread td:empty{display:none}.thread tr{border-bottom:1px solid var(--rule);padding:.5rem 0}.organism dl>div{grid-template-columns:1fr;gap:0}}
`;

/** The scorecard as one HTML file that needs no network and no script. Equal scorecards give equal text. */
export function renderScorecardPage(card: Scorecard): string {
  const body = html`<header>${opening(card)}</header>
    ${threadTable(card)} ${numbers(card)} ${methods(card)} ${unasked()} ${predicted(card)}
    ${section('Each organism', null, card.rows.map(organism))}
    <p class="limits">${LIMITS} ${INTERVALS(card)}</p>`;
  return renderPage('Scorecard of model organisms: a dormouse report', body, STYLE);
}

function opening(card: Scorecard): Html {
  const { date, seeds, isQuick, seconds, command, versions } = card;
  const facts = [
    ['date', date],
    [seeds.length === 1 ? 'seed' : 'seeds', seeds.join(', ')],
    ['compute', cost(seconds)],
    ['dormouse', versions.dormouse ?? ''],
  ] as const;
  return html`${masthead('What sets toys apart from deceptive alignment', 'Scorecard of model organisms', facts)}
    <p class="headline">${summaryText(card)}</p>
    <p class="caveat">
      ${isQuick && 'A quick one: less training, to see that everything works. '}No toy here is evidence about a model of
      the frontier.
    </p>
    <pre class="command">${command}</pre>`;
}

/** The table that the kit began with, in its own words, and who is how its right column says. */
function threadTable(card: Scorecard): Html {
  const rows = DISANALOGIES.flatMap(({ examples, deceptive, properties }) =>
    properties.map((id, i) => ({ id, examples: i === 0 ? examples : '', deceptive: i === 0 ? deceptive : '' })),
  );
  return section(
    'Our examples, and deceptive alignment',
    'The four rows are those of the thread that asked for better examples. Each is measured by one property or several; the last column says which organisms are as the right column has it.',
    table(
      'The table of disanalogies',
      rows,
      [
        text('our examples', ({ examples }) => examples),
        text('deceptive alignment', ({ deceptive }) => deceptive),
        text('measured as', ({ id }) => propertyTitle(id)),
        text('here', ({ id }) => standing(card, id).map(({ outcome, who }) => html`<p><b>${outcome}</b>: ${who}</p>`)),
      ],
      'thread',
    ),
  );
}

const numbers = (card: Scorecard): Html =>
  section(
    'The numbers',
    'E: what the known examples have, and a better one must keep. P: what deceptive alignment has, and they lack.',
    ...HALVES.map(([title, half]) =>
      table(
        title,
        card.rows,
        [
          head<ScoreRow>('organism', ({ name }) => html`<a href="#${name}">${name}</a>`),
          ...PROPERTY_IDS.flatMap((id, i) =>
            half.test(id)
              ? text<ScoreRow>(
                  id,
                  ({ cells }) => html`${outcomeWord(cells[i]!)} <span class="note dim">${mainNumber(cells[i]!)}</span>`,
                  ({ cells }) => toneOf(cells[i]!),
                )
              : [],
          ),
          text<ScoreRow>('seeds', ({ seeds }) => seeds.length),
        ],
        'matrix',
      ),
    ),
  );

/** To be able is no merit, and no harm. */
const toneOf = ({ property, outcome }: ScoreCell): string => (property.startsWith('P') ? outcome : 'given');

/** Two tables, so that every column can be seen. */
const HALVES = [
  ['Organisms by what is kept, and by how they turn and why', /^E|^P[12]/],
  ['Organisms by tests that they behave for, and by design', /^P[34]/],
] as const;

const methods = (card: Scorecard): Html =>
  section(
    'How each is measured',
    INTERVALS(card),
    table('Properties', PROPERTY_IDS, [
      head('property', (id) => propertyTitle(id)),
      text('question', (id) => PROPERTIES[id].asks),
      text('how it is measured', (id) => PROPERTIES[id].measured),
    ]),
  );

const unasked = (): Html =>
  section(
    'What is not asked',
    NOT_ASKED,
    table('Properties that are not asked', UNASKED, [
      head('property', ({ id, name }) => `${id} ${name}`),
      text('what it would be', ({ would }) => would),
      text('why not', ({ why }) => why),
    ]),
  );

const predicted = ({ predictions }: Scorecard): Html =>
  section(
    'Said of several before any was run',
    'A miss is a finding.',
    table<JudgedPrediction>('Predictions', predictions, [
      head('', ({ id }) => id),
      text('prediction', ({ says, expected }) => html`${says}. <span class="note dim">${expected}</span>`),
      text('verdict', (one) => html`<b>${predictionWord(one)}</b>`, 'nb'),
      text('found', (one) => predictionText(one)),
    ]),
  );

const organism = (row: ScoreRow): Html =>
  html`<div class="organism" id="${row.name}">
    <h3>${row.name}</h3>
    <p>${row.summary}. ${row.cue !== '' && `Cue: ${row.cue}. Bad: ${row.behavior}.`}</p>
    <p class="dim">${seedsText(row)}; ${costText(row)}${row.sameAs === undefined && ' of compute'}</p>
    ${definitions(
      '',
      row.cells.map((cell) => [propertyTitle(cell.property), said(cell)]),
    )}
    <pre class="command">${row.command}</pre>
  </div>`;

const said = (cell: ScoreCell): Html =>
  html`<span class="${toneOf(cell)}">${outcomeWord(cell)}</span>${cell.why && `: ${cell.why}`}
    ${cell.checks.map(
      (one) => html`<p>${one.says}: ${foundWords(one)}${sizeText(one)}; ${boundsWords(one)}: ${claimVerdict(one)}</p>`,
    )}`;
