import { groupBy } from '../../lib/group.ts';
import { figure, panels, section } from '../figure.ts';
import { count, estimate, fixed, OVER_SEEDS, percent, plural } from '../format.ts';
import { list } from '../../lib/list.ts';
import { html, type Html } from '../html.ts';
import { head, number, table, text } from '../html-table.ts';
import { masthead, renderPage } from '../page.ts';
import { levelChart } from './chart.ts';
import { axisName, emergenceLines, rangeText, testText } from './table.ts';
import type { GridResults, GridRow } from './types.ts';

/** A sweep as one HTML file that needs no network and no script. Equal results give equal text. */
export function renderGridPage(results: GridResults): string {
  const body = html`<header>${facts(results)}</header>
    ${emergence(results)} ${results.effects.map((of) => dependence(results, of))} ${cells(results)} ${missing(results)}
    ${section('Reproduce', null, html`<pre>${results.command}</pre>`)}
    <p class="limits">
      Toys: what a rate depends on here need not be what it depends on in a large model. Means over levels hide
      interactions; the table of all cells shows them.
    </p>`;
  return renderPage(`${results.name}: a sweep`, body);
}

const facts = ({ name, trigger, behavior, axes, seeds, cells }: GridResults): Html =>
  masthead('Sweep', name, [
    ['trigger', trigger],
    ['behavior', behavior],
    ['cells', count(cells.length)],
    [seeds.length === 1 ? 'seed' : 'seeds', seeds.join(', ')],
    ...axes.map(({ path, values }) => [path, list(values)] as const),
  ]);

/** How often it arises at all, whatever was swept. */
function emergence(results: GridResults): Html | null {
  const lines = emergenceLines(results);
  if (lines.length === 0) return null;
  return section(
    'How often it turns at all',
    html`Every organism is asked the same with its cue and without, and counts where the whole 95 % interval of the
    difference does. The intervals of the shares are over organisms. Whether one is able to do what it should is not
    asked: the table of all cells has that.`,
    html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`, // prettier-ignore
  );
}

/** The main effects of one arm: a picture of every axis, and the table. */
function dependence(results: GridResults, { arm, role, effects }: GridResults['effects'][number]): Html {
  const what = role === 'organism' ? 'What the implant depends on' : `What ${arm} leaves depends on`;
  const charts = effects.map((effect) => {
    const title = axisName(results, effect.axis);
    return { title, body: levelChart(title, effect) };
  });
  return section(
    what,
    html`Final attack success of <b>${arm}</b>, averaged over all other axes. A range is never negative, even by chance:
      p is how often one as large comes about in all orders of the values along that axis alone (in a sample of them,
      where they are too many), and beside it the least that so few values could reach. A range's interval allows for
      every pair of levels. Shares are of the variance between all runs; the rest of 100 % is interaction and noise.`,
    figure(
      panels(charts),
      html`Mean of each level with its 95 % interval
      (${results.seeds.length > 1 ? OVER_SEEDS : 'of prompts alone: one seed'}).`,
    ),
    table(`Main effects on ${arm}`, effects, [
      head('axis', ({ axis }) => axisName(results, axis)),
      number('range of the means', ({ range }) => fixed(range)),
      number('95 % interval', rangeText),
      number('share of variance', ({ share }) => (share === null ? 'no variance' : percent(share))),
      number('p', testText),
      number('levels', ({ levels }) => count(levels.length)),
    ]),
  );
}

/** Every cell, arm by arm. */
function cells(results: GridResults): Html | null {
  const { axes, rows } = results;
  if (rows.length === 0) return null;
  const lines = [...groupBy(rows, ({ cell, arm }) => `${cell}/${arm}`).values()];
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  type Line = readonly GridRow[];
  const columns = [
    ...axes.map(({ name }, i) => text<Line>(name, ([first]) => results.cells[first!.cell]?.values[i])),
    text<Line>('arm', ([first]) => first!.arm),
    ...metrics.map((metric) => {
      const at = (line: Line): GridRow | undefined => line.find((row) => row.metric === metric);
      return number<Line>(metric, (line) => {
        const row = at(line);
        return row && estimate(row);
      });
    }),
    text<Line>('verdict', ([first]) => verdictOf(results, first!)),
    number<Line>('n', ([first]) => count(first!.n)),
    number<Line>('seeds', ([first]) => first!.seeds),
  ];
  return section(
    'All cells',
    html`Final values with 95 % intervals; n counts the prompts of all seeds, of the first metric. sweep.csv has n for
    every number.`,
    table('All cells', lines, columns, 'rows'),
    remarks(results),
  );
}

function remarks({ cells }: GridResults): Html | null {
  const lines = cells.flatMap(({ values, remarks = [] }) => remarks.map((remark) => `${values.join(', ')}: ${remark}`));
  return lines.length === 0 ? null : html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`; // prettier-ignore
}

/** On an intervention; nothing of other arms. */
const verdictOf = ({ cells }: GridResults, { cell, arm }: GridRow): string | undefined =>
  cells[cell]?.verdicts.find((verdict) => verdict.arm === arm)?.verdict;

/** What the table does not hold: nobody should take a part for the whole. */
function missing({ cells }: GridResults): Html | null {
  const lines = cells.flatMap(({ values, missing }) => missing.map((one) => ({ ...one, values })));
  if (lines.length === 0) return null;
  return section(
    'Not there',
    `${plural(lines.length, 'run')} did not finish; the same command runs only those again.`,
    html`<ul>
      ${lines.map(({ values, seed, why }) => html`<li>${values.join(', ')}, seed ${seed}: ${why}</li>`)}
    </ul>`,
  );
}
