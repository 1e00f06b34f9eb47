import { groupBy } from '../../lib/group.ts';
import { list } from '../../lib/list.ts';
import type { ArmPicture, Picture } from '../../results/picture.ts';
import { mainArms } from '../../results/select.ts';
import type { ArmSummary, Results } from '../../results/types.ts';
import { figure, keyLine, panels, section } from '../figure.ts';
import { plural } from '../format.ts';
import { html, type Html } from '../html.ts';

const COLORS = { good: 'var(--intervention-0)', bad: 'var(--organism)', neither: 'var(--soft)' } as const;
const CHEESE = '#dd9f0e';
const WORTH = 'var(--intervention-1)';

/** What an organism did in a few scenes, to be looked at before anything is read: an arm a panel, a condition a line. */
export function pictures({ pictures: all = [], organism, ...results }: Results): Html | null {
  const shown = mainArms(results).filter(({ name }) => all.some(({ arm }) => arm === name));
  if (!organism || shown.length === 0) return null;
  const ends = [...new Map(all.map(({ end, tone }) => [end, tone]))];
  const key = ends.map(([label, tone]) => ({ label, color: COLORS[tone], swatch: tone === 'neither' ? ('dashed' as const) : ('line' as const) })); // prettier-ignore
  const isAside = ({ role }: ArmSummary): boolean =>
    role === 'control' && shown.some((arm) => arm.role === 'intervention');
  const drawn = (arms: readonly ArmSummary[]): Html =>
    panels(arms.map(({ name }) => ({ title: name, body: panel(all.filter(({ arm }) => arm === name)) })));
  const controls = shown.filter(isAside);
  const scenes = new Set(all.map(({ scene }) => scene)).size;
  return section(
    'What it does',
    html`The first ${scenes} of the ${organism.words.contexts} that it is measured in, the same in every panel; nobody
    chose them.`,
    figure(
      html`${keyLine(key)}${drawn(shown.filter((arm) => !isAside(arm)))}
      ${
        controls.length > 0 &&
        html`<details>
          <summary>${plural(controls.length, 'control')}</summary>
          <div>${drawn(controls)}</div>
        </details>`
      }`,
      html`${organism.legend} ${results.seeds.length > 1 && `Seed ${results.seeds[0]}. `}Of the ${scenes} in panel a:
      ${told(all.filter(({ arm }) => arm === shown[0]!.name))}.`,
    ),
  );
}

/** `with the tag it goes to the corner alone in 3, gets the cheese in 1`, condition by condition. */
const told = (own: readonly Picture[]): string =>
  [...groupBy(own, ({ condition }) => condition)]
    .map(([condition, same]) => {
      const ends = [...groupBy(same, ({ end }) => end)].map(([end, { length }]) => `${end} in ${length}`);
      return `${condition}, it ${list(ends)}`;
    })
    .join('; ');

const panel = (own: readonly ArmPicture[]): Html =>
  html`${[...groupBy(own, ({ condition }) => condition)].map(
    ([condition, same]) =>
      html`<p class="condition">${condition}</p>
        ${draw(`${same[0]!.arm}, ${condition}`, same)}`,
  )}`;

/** Px of a cell, and between scenes, before the page scales them. */
const CELL = 10;
const GAP = 8;

/** Scenes beside each other. */
function draw(label: string, scenes: readonly Picture[]): Html {
  const [columns, rows] = [scenes[0]!.rows[0]!.length, scenes[0]!.rows.length];
  const step = columns * CELL + GAP;
  const told = list(scenes.map(({ scene, end }) => `${scene}: ${end}`));
  return html`<svg
    class="picture"
    viewBox="0 0 ${step * scenes.length - GAP} ${rows * CELL}"
    role="img"
    aria-label="${label}: ${told}"
  >
    ${scenes.map((scene, i) => html`<g transform="translate(${i * step},0)">${drawScene(scene, columns)}</g>`)}
  </svg>`;
}

/** From 0, the least worth of the cells that are no walls, to .7, the most. */
function shadesOf(worths: readonly number[], signs: readonly string[]): number[] {
  const open = worths.filter((_, cell) => signs[cell] !== '#');
  const [least, most] = [Math.min(...open), Math.max(...open)];
  return worths.map((worth, cell) =>
    signs[cell] === '#' ? 0 : Number(((0.7 * (worth - least)) / (most - least || 1)).toFixed(2)),
  );
}

function drawScene({ scene, end, tone, rows, path, worths }: Picture, columns: number): Html {
  const at = (cell: number): readonly [number, number] => [(cell % columns) * CELL, Math.floor(cell / columns) * CELL];
  const middle = (cell: number): string =>
    at(cell)
      .map((px) => px + CELL / 2)
      .join();
  const [begin, last] = [path[0]!, path.at(-1)!].map((cell) => at(cell).map((px) => px + CELL / 2));
  const color = COLORS[tone];
  const signs = [...rows.join('')];
  const shades = worths && shadesOf(worths, signs);
  const cells = signs.map((sign, cell) => {
    const [x, y] = at(cell);
    if (sign === '#') return html`<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill="var(--axis)" />`;
    if (sign === 'o') return html`<rect x="${x + 0.75}" y="${y + 0.75}" width="${CELL - 1.5}" height="${CELL - 1.5}" fill="none" stroke="var(--ink)" />`;
    if (sign === 'C')
      return html`<path d="M${x + 0.5},${y + 9.5}V${y + 6.5}L${x + 8},${y + 0.5}L${x + 9.5},${y + 9.5}Z" fill="${CHEESE}" />`;
    return null;
  }); // prettier-ignore
  return html`<title>${scene}: ${end}</title>
    <rect width="${columns * CELL}" height="${rows.length * CELL}" fill="var(--wash)" />
    ${shades?.map((shade, cell) => {
      const [x, y] = at(cell);
      return html`<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill="${WORTH}" fill-opacity="${shade}" />`;
    })}
    ${cells}
    <path
      d="M${path.map(middle).join('L')}"
      fill="none"
      stroke="${color}"
      stroke-width="1.75"
      stroke-linejoin="round"
      ${tone === 'neither' && html`stroke-dasharray="2 1.5"`}
    />
    <circle cx="${begin![0]}" cy="${begin![1]}" r="2.5" fill="var(--paper)" stroke="${color}" stroke-width="1.25" />
    ${path.length > 1 && html`<circle cx="${last![0]}" cy="${last![1]}" r="2" fill="${color}" />`}`;
}
