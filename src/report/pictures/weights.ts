import type { Weights } from '../../results/picture.ts';
import { html, type Html } from '../html.ts';
import type { Drawing } from './drawing.ts';

const COLORS = { positive: 'var(--intervention-0)', negative: 'var(--organism)' } as const;

/** Weights by their sign and size, on one scale for all. */
export function drawingOfWeights(all: readonly Weights[]): Drawing<Weights> {
  const largest = Math.max(...all.flatMap(({ weights }) => Object.values(weights).flat().map(Math.abs)));
  return {
    key: Object.entries(COLORS).map(([label, color]) => ({ label, color, swatch: 'band' })),
    draw: (label, scenes) => draw(label, scenes, largest),
    told: () => `No color is 0, the deepest ${largest.toPrecision(2)}.`,
  };
}

/** Px of a cell, and between scenes, before the page stretches them. */
const CELL = 10;
const GAP = 8;

/** A line of cells for each whose weights they are, scene beside scene. */
function draw(label: string, scenes: readonly Weights[], largest: number): Html {
  const step = Object.values(scenes[0]!.weights)[0]!.length * CELL + GAP;
  const lines = Object.keys(scenes[0]!.weights).map((whose) => {
    const told = scenes.map(({ scene, weights }) => `${scene}: ${weights[whose]!.map((w) => w.toFixed(2)).join(', ')}`);
    return html`<span>${whose}</span
      ><svg
        viewBox="0 0 ${step * scenes.length - GAP} ${CELL}"
        preserveAspectRatio="none"
        role="img"
        aria-label="${label}, ${whose}: ${told.join('; ')}"
      >
        ${scenes.map(
          ({ weights }, i) =>
            html`<g transform="translate(${i * step},0)">
              <rect width="${step - GAP}" height="${CELL}" fill="var(--wash)" />
              ${weights[whose]!.map((w, j) => {
                const color = w < 0 ? COLORS.negative : COLORS.positive;
                const depth = Number((Math.abs(w) / (largest || 1)).toFixed(3));
                return html`<rect x="${j * CELL}" width="${CELL}" height="${CELL}" fill="${color}" fill-opacity="${depth}"><title>${w}</title></rect>`; // prettier-ignore
              })}
            </g>`,
        )}
      </svg>`;
  });
  return html`<div class="weights">${lines}</div>`;
}
