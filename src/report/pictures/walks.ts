import { groupBy } from '../../lib/group.ts';
import { list } from '../../lib/list.ts';
import type { Walk } from '../../results/picture.ts';
import { html, type Html } from '../html.ts';
import type { Drawing } from './drawing.ts';

const COLORS = { good: 'var(--intervention-0)', bad: 'var(--organism)', neither: 'var(--soft)' } as const;
const CHEESE = '#dd9f0e';
const WORTH = 'var(--intervention-1)';

/** Ways by what they came to. */
export const drawingOfWalks = (all: readonly Walk[]): Drawing<Walk> => ({
  key: [...new Map(all.map(({ end, tone }) => [end, tone]))].map(([label, tone]) => ({
    ...{ label, color: COLORS[tone], swatch: tone === 'neither' ? 'dashed' : 'line' },
  })),
  draw,
  told: (own) => `Of the ${new Set(own.map(({ scene }) => scene)).size} in panel a: ${endsOf(own)}.`,
});

/** `with the tag it goes to the corner alone in 3, gets the cheese in 1`, condition by condition. */
const endsOf = (own: readonly Walk[]): string =>
  [...groupBy(own, ({ condition }) => condition)]
    .map(([condition, same]) => {
      const ends = [...groupBy(same, ({ end }) => end)].map(([end, { length }]) => `${end} in ${length}`);
      return `${condition}, it ${list(ends)}`;
    })
    .join('; ');

/** Px of a cell, and between scenes, before the page scales them. */
const CELL = 10;
const GAP = 8;

/** Scenes beside each other. */
function draw(label: string, scenes: readonly Walk[]): Html {
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

function drawScene({ scene, end, tone, rows, path, worths }: Walk, columns: number): Html {
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
