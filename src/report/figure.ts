import { html, type Html, type Part } from './html.ts';
import { count } from './format.ts';
import type { Point } from '../results/select.ts';

/** A titled section of the page. */
export const section = (title: string, lead: Part, ...body: readonly Part[]): Html =>
  html`<section>
    <h2>${title}</h2>
    ${lead && html`<p class="lead">${lead}</p>`}${body}
  </section>`;

/** A numbered figure with its caption. */
export const figure = (body: Part, caption: Part): Html =>
  html`<figure class="numbered">
    ${body}
    <figcaption>${caption}</figcaption>
  </figure>`;

export interface Panel {
  readonly title: string;
  readonly body: Html;
}

/** Panels side by side, one below the other on a phone; lettered where there are several. */
export const panels = (items: readonly Panel[]): Html =>
  html`<div class="panels">
    ${items.map(
      ({ title, body }, i) =>
        html`<div>
          <h3>${items.length > 1 && html`<span class="panel-letter">${String.fromCharCode(97 + i)}</span>`}${title}</h3>
          ${body}
        </div>`,
    )}
  </div>`;

export type Swatch = 'dot' | 'ring' | 'diamond' | 'line' | 'dashed' | 'band';

export interface KeyItem {
  readonly label: string;
  readonly color: string;
  readonly swatch: Swatch;
}

/** What the signs of a chart mean, in one line above it: for charts that cannot label their marks directly. */
export const keyLine = (items: readonly KeyItem[]): Html =>
  html`<ul class="key-line">
    ${items.map(({ label, color, swatch }) => html`<li>${sign(swatch, color)}${label}</li>`)}
  </ul>`;

function sign(swatch: Swatch, color: string): Html {
  const shape = {
    dot: html`<circle cx="8" cy="5" r="4.5" fill="${color}" />`,
    ring: html`<circle cx="8" cy="5" r="4" fill="none" stroke="${color}" stroke-width="1.5" />`,
    diamond: html`<path d="M8,0L12,5L8,10L4,5Z" fill="none" stroke="${color}" stroke-width="1.5" />`,
    line: html`<path d="M0,5H16" stroke="${color}" stroke-width="2" />`,
    dashed: html`<path d="M0,5H16" stroke="${color}" stroke-width="2" stroke-dasharray="5 3" />`,
    band: html`<path d="M0,5H16" stroke="${color}" stroke-width="10" stroke-opacity="0.25" />`,
  }[swatch];
  return html`<svg viewBox="0 0 16 10" aria-hidden="true">${shape}</svg>`;
}

/** Charts of one kind side by side, each drawn for the width of a third of the page, or of half a phone. */
export interface Multiple {
  readonly title: Part;
  draw(width: number): Html;
}

export const multiples = (items: readonly Multiple[]): Html =>
  html`<div class="multiples">
    ${items.map(
      ({ title, draw }) =>
        html`<div>
          <h3>${title}</h3>
          <div class="wide">${draw(237)}</div>
          <div class="narrow">${draw(170)}</div>
        </div>`,
    )}
  </div>`;

/** `n = 500`, or `n = 40 to 60` where it differs; of several seeds, `n = 1,500 (3 seeds)`. */
export function sizes(points: readonly Point[]): string {
  const all = points.map((point) => point.n);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const text = least === most ? count(least) : `${count(least)} to ${count(most)}`;
  const seeds = Math.max(...points.map((point) => point.seeds));
  return `n\u00a0=\u00a0${text}${seeds > 1 ? ` (${seeds} seeds)` : ''}`;
}
