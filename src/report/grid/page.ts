import { figure, panels, scroll, section } from '../figure.ts';
import { count, estimate, fixed, percent, plural } from '../format.ts';
import { list } from '../../lib/list.ts';
import { html, type Html } from '../html.ts';
import { masthead, renderPage } from '../page.ts';
import { levelChart } from './chart.ts';
import { axisName, rangeText, testText } from './table.ts';
import type { GridEffect, GridResults, GridRow } from './types.ts';

/** A sweep as one HTML file that needs no network and no script. Equal results give equal text. */
export function renderGridPage(results: GridResults): string {
  const body = html`<header>${facts(results)}</header>
    ${results.effects.map((of) => dependence(results, of))} ${cells(results)} ${missing(results)}
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

/** The main effects of one arm: a picture of every axis, and the table. */
function dependence(results: GridResults, { arm, role, effects }: GridResults['effects'][number]): Html {
  const what = role === 'organism' ? 'What the implant depends on' : `What ${arm} leaves depends on`;
  const table = html`<table>
    <thead>
      <tr>
        <th scope="col">axis</th>
        <th scope="col" class="num">range of the means</th>
        <th scope="col" class="num">95 % interval</th>
        <th scope="col" class="num">share of variance</th>
        <th scope="col" class="num">p</th>
        <th scope="col" class="num">levels</th>
      </tr>
    </thead>
    <tbody>
      ${effects.map((effect) => effectRow(axisName(results, effect.axis), effect))}
    </tbody>
  </table>`;
  const charts = effects.map((effect) => {
    const title = axisName(results, effect.axis);
    return { title, body: levelChart(title, effect) };
  });
  return section(
    what,
    html`Final attack success of <b>${arm}</b>, averaged over all other axes. A range is never negative, even by chance:
      p is how often one as large comes about when the levels are shuffled along that axis alone; a few values have few
      orders, and p a floor. Shares are of the variance between all runs; the rest of 100 % is interaction and noise.`,
    figure(
      panels(charts),
      html`Mean of each level with its 95 % interval
      (${results.seeds.length > 1 ? 'hierarchical bootstrap: seeds, then prompts' : 'of prompts alone: one seed'}).`,
    ),
    scroll(`Main effects on ${arm}`, table),
  );
}

const effectRow = (name: string, effect: GridEffect): Html =>
  html`<tr>
    <th scope="row">${name}</th>
    <td class="num">${fixed(effect.range)}</td>
    <td class="num">${rangeText(effect)}</td>
    <td class="num">${effect.share === null ? 'no variance' : percent(effect.share)}</td>
    <td class="num">${testText(effect)}</td>
    <td class="num">${count(effect.levels.length)}</td>
  </tr>`;

/** Every cell, arm by arm. */
function cells(results: GridResults): Html | null {
  const { axes, rows } = results;
  if (rows.length === 0) return null;
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  const lines = new Map<string, GridRow[]>();
  for (const row of rows) lines.set(`${row.cell}/${row.arm}`, [...(lines.get(`${row.cell}/${row.arm}`) ?? []), row]);
  const table = html`<table class="rows">
    <thead>
      <tr>
        ${axes.map(({ name }) => html`<th scope="col">${name}</th>`)}
        <th scope="col">arm</th>
        ${metrics.map((metric) => html`<th scope="col" class="num">${metric}</th>`)}
        <th scope="col" class="num">n</th>
        <th scope="col" class="num">seeds</th>
      </tr>
    </thead>
    <tbody>
      ${[...lines.values()].map((line) => cellLine(results, line, metrics))}
    </tbody>
  </table>`;
  return section(
    'All cells',
    html`Final values with 95 % intervals; n counts the prompts of all seeds, of the first metric. sweep.csv has n for
    every number.`,
    scroll('All cells', table),
  );
}

function cellLine({ cells }: GridResults, line: readonly GridRow[], metrics: readonly string[]): Html {
  const [first] = line;
  const at = (metric: string): GridRow | undefined => line.find((row) => row.metric === metric);
  const text = (row: GridRow | undefined): string => (row ? estimate(row) : '');
  return html`<tr>
    ${(first ? (cells[first.cell]?.values ?? []) : []).map((value) => html`<td>${value}</td>`)}
    <td>${first?.arm}</td>
    ${metrics.map((metric) => html`<td class="num">${text(at(metric))}</td>`)}
    <td class="num">${first && count(first.n)}</td>
    <td class="num">${first?.seeds}</td>
  </tr>`;
}

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
