import { html, type Html, type Part } from './html.ts';
import { count } from './format.ts';
import type { Point } from './select.ts';

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
          <h3>${items.length > 1 && html`<span class="panel-letter">${'abcdef'[i]}</span>`}${title}</h3>
          ${body}
        </div>`,
    )}
  </div>`;

/** A table that scrolls inside its own box where the page is too narrow for it. */
export const scroll = (label: string, table: Html): Html =>
  html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`;

export type Swatch = 'dot' | 'ring' | 'line' | 'dashed' | 'band';

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
    line: html`<path d="M0,5H16" stroke="${color}" stroke-width="2" />`,
    dashed: html`<path d="M0,5H16" stroke="${color}" stroke-width="2" stroke-dasharray="5 3" />`,
    band: html`<path d="M0,5H16" stroke="${color}" stroke-width="10" stroke-opacity="0.25" />`,
  }[swatch];
  return html`<svg viewBox="0 0 16 10" aria-hidden="true">${shape}</svg>`;
}

/** `n = 500`, or `n = 40 to 60` where it differs. */
export function sizes(points: readonly Point[]): string {
  const all = points.map((point) => point.n);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const text = least === most ? count(least) : `${count(least)} to ${count(most)}`;
  return `n\u00a0=\u00a0${text}`;
}
