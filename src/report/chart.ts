import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { html, trusted, type Html } from './html.ts';

/** Widths in px, at which text of 12 px is also about 12 px on the page: a phone gets its own narrower drawing. */
const WIDE = 760;
const NARROW = 350;

const FONT_SIZE = 12;

interface Element {
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  querySelectorAll(selector: string): Iterable<{ remove(): void }>;
  readonly outerHTML: string;
}

/** A chart as inline SVG. Colors come from the page's CSS variables, so that it follows light, dark and print. */
export function chart(label: string, options: Plot.PlotOptions): Html {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const { x, y } = options;
  const svg: Element = Plot.plot({
    marginTop: 12,
    ...options,
    document,
    className: 'plot',
    x: { tickSize: 0, tickPadding: 8, labelArrow: 'none', labelAnchor: 'center', ...x },
    y: { tickSize: 0, tickPadding: 8, labelArrow: 'none', ...y },
  });
  for (const style of svg.querySelectorAll('style')) style.remove();
  svg.removeAttribute('height');
  svg.removeAttribute('width');
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('font-size', String(FONT_SIZE));
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', label.replace(/["<&]/g, ''));
  svg.setAttribute('font-family', 'inherit');
  return trusted(svg.outerHTML);
}

/** A drawing at two widths, of which the page shows the one that fits. */
export const responsive = (draw: (width: number) => Html): Html =>
  html`<div class="wide">${draw(WIDE)}</div>
    <div class="narrow">${draw(NARROW)}</div>`;

/** Room in px that labels need beside a chart. */
export const labelWidth = (labels: readonly string[], most = 170): number =>
  Math.min(most, 10 + 6.8 * Math.max(0, ...labels.map((label) => label.length)));

/** A label cut to fit `labelWidth`'s most. */
export const shorten = (label: string, most = 24): string =>
  label.length <= most ? label : `${label.slice(0, most - 1)}\u2026`;

/** Labels cut to fit, each still unlike the others: where two begin alike, their middles are cut. */
export function shortNames(names: readonly string[], most: number): ReadonlyMap<string, string> {
  const cut = names.map((name) => shorten(name, most));
  const tail = Math.floor((most - 1) / 2);
  const isTwice = (label: string, among: readonly string[]): boolean =>
    among.filter((other) => other === label).length > 1;
  const unlike = names.map((name, i) =>
    isTwice(cut[i]!, cut) ? `${name.slice(0, most - 1 - tail)}\u2026${name.slice(-tail)}` : cut[i]!,
  );
  return new Map(names.map((name, i) => [name, isTwice(unlike[i]!, unlike) ? name : unlike[i]!]));
}

/** The marks of a 0-to-1 axis that reads without a box around it: hairlines at the quarters. */
export const rateGrid = (axis: 'x' | 'y'): Plot.Markish[] => {
  const rule = axis === 'x' ? Plot.ruleX : Plot.ruleY;
  return [
    rule([0.25, 0.5, 0.75, 1], { stroke: 'var(--grid)', strokeWidth: 1 }),
    rule([0], { stroke: 'var(--axis)', strokeWidth: 1 }),
  ];
};

export const RATE_TICKS = [0, 0.25, 0.5, 0.75, 1];
export const rateTick = (value: number): string => String(value);
