import { parseHTML } from 'linkedom';

/** What a reader of a chart sees, in the units of its axes: read back from the drawing, by its own tick labels. */
export interface Chart {
  readonly label: string;
  /** Dots, rings, diamonds, and the ends of bars, each with what hovering it says. */
  readonly signs: readonly Sign[];
  /** Points of each line by the color it is drawn in. */
  readonly lines: readonly { readonly color: string; readonly points: readonly (readonly [Place, Place])[] }[];
  /** Of each band: x, low, high. */
  readonly bands: readonly {
    readonly color: string;
    readonly points: readonly (readonly [number, number, number])[];
  }[];
  readonly texts: readonly string[];
  /** Names of the rows, from top to bottom. */
  readonly rows: readonly string[];
}

/** A number of a linear axis, a name of any other. */
export type Place = number | string;

export interface Sign {
  readonly x: Place;
  readonly y: Place;
  readonly color: string;
  readonly isFilled: boolean;
  readonly shape: 'circle' | 'path' | 'rect';
  /** The ends of the interval drawn through it in the same color; null where none is. */
  readonly interval: readonly [low: number, high: number] | null;
  readonly title: string;
}

interface Node {
  readonly tagName: string;
  readonly textContent: string;
  readonly parentNode: Node;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Node | null;
  querySelectorAll(selector: string): Iterable<Node>;
}

export function parse(markup: string): Node {
  const { document }: { document: Node } = parseHTML(`<!doctype html><html><body>${markup}</body></html>`);
  return document;
}

/** The charts of a page or a part of it, narrow ones beside wide ones. */
export const chartsOf = (markup: string): Chart[] => [...parse(markup).querySelectorAll('svg.plot')].map(chartOf);

const attribute = (node: Node, name: string): string =>
  node.getAttribute(name) ?? node.parentNode.getAttribute(name) ?? '';
const number = (node: Node, name: string): number => Number(node.getAttribute(name) ?? '0');
const rounded = (value: number): number => Number(value.toFixed(4));
const SCALE: Readonly<Record<string, number>> = { k: 1e3, M: 1e6 };

function axisOf(svg: Node, axis: 'x' | 'y'): (px: number) => Place {
  const ticks = [...svg.querySelectorAll(`g[aria-label="${axis}-axis tick label"] text`)].map((text) => {
    const [x = 0, y = 0] = (/\(([^)]*)\)/.exec(text.getAttribute('transform') ?? '')?.[1] ?? '').split(',').map(Number);
    return { px: axis === 'x' ? x : y, name: text.textContent };
  });
  const values = ticks.map(({ name }) => {
    const [, digits = '', suffix = ''] = /^([\u2212-]?[\d.]+)([kM]?)$/.exec(name) ?? [];
    return digits === '' ? NaN : Number(digits.replace('\u2212', '-')) * (SCALE[suffix] ?? 1);
  });
  const [first, last] = [ticks[0]!, ticks.at(-1)!];
  const perPx = (values.at(-1)! - values[0]!) / (last.px - first.px);
  const isLinear = ticks.length > 1 && values.every((v, i) => Math.abs(values[0]! + (ticks[i]!.px - first.px) * perPx - v) < 1e-6 * Math.abs(values.at(-1)! - values[0]!)); // prettier-ignore
  return isLinear
    ? (px) => rounded(values[0]! + (px - first.px) * perPx)
    : (px) => ticks.find((tick) => Math.abs(tick.px - px) < 0.01)?.name ?? `between names, at ${px} px`;
}

const pathOf = (node: Node): [number, number][] =>
  [...(node.getAttribute('d') ?? '').matchAll(/[ML]([-\d.]+),([-\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);

function chartOf(svg: Node): Chart {
  const [x, y] = [axisOf(svg, 'x'), axisOf(svg, 'y')];
  const group = (kind: string, tag: string): Node[] => [...svg.querySelectorAll(`g[aria-label="${kind}"] ${tag}`)];
  const rules = group('rule', 'line').map((line) => ({
    from: [number(line, 'x1'), number(line, 'y1')] as const,
    to: [number(line, 'x2'), number(line, 'y2')] as const,
    color: attribute(line, 'stroke'),
    dodge: line.parentNode.getAttribute('transform'),
  }));
  const ends = (a: Place, b: Place): readonly [number, number] => [Math.min(Number(a), Number(b)), Math.max(Number(a), Number(b))]; // prettier-ignore
  const intervalAt = (
    px: readonly [number, number],
    colors: readonly string[],
    dodge: string | null,
  ): Sign['interval'] => {
    const isAt = (axis: 0 | 1) => (rule: (typeof rules)[number]): boolean =>
      rule.from[axis] === rule.to[axis] && Math.abs(rule.from[axis] - px[axis]) < 0.01 && colors.includes(rule.color) && rule.dodge === dodge; // prettier-ignore
    // two signs of a color may share a row: the interval is the one that holds the sign
    const holds = (along: 0 | 1) => ({ from, to }: (typeof rules)[number]): boolean =>
      Math.min(from[along], to[along]) <= px[along] && px[along] <= Math.max(from[along], to[along]); // prettier-ignore
    const through = (axis: 0 | 1) => {
      const found = rules.filter(isAt(axis));
      return found.find(holds(axis === 0 ? 1 : 0)) ?? found[0];
    };
    const [across, upright] = [through(1), through(0)];
    if (across) return ends(x(across.from[0]), x(across.to[0]));
    return upright ? ends(y(upright.from[1]), y(upright.to[1])) : null;
  };
  const signs = ['circle', 'path', 'rect'].flatMap((shape) =>
    [...svg.querySelectorAll(shape)].flatMap((node): Sign[] => {
      const title = node.querySelector('title')?.textContent;
      if (title === undefined) return [];
      const [fill, stroke] = [attribute(node, 'fill'), attribute(node, 'stroke')];
      const [px, py] = placeOf(node);
      const dodge = node.parentNode.getAttribute('transform');
      const color = stroke === '' || stroke === 'var(--paper)' ? fill : stroke;
      const interval = intervalAt([px, py], [color], shape === 'rect' ? (rules.find(({ from }) => from[1] === py)?.dodge ?? null) : dodge); // prettier-ignore
      return [{ x: x(px), y: y(py), color, isFilled: fill === color, shape: shape as Sign['shape'], interval, title }];
    }),
  );
  return {
    label: svg.getAttribute('aria-label') ?? '',
    signs,
    lines: group('line', 'path').map((path) => ({
      color: attribute(path, 'stroke'),
      points: pathOf(path).map(([px, py]) => [x(px), y(py)] as const),
    })),
    bands: group('area', 'path').map((path) => ({
      color: attribute(path, 'fill'),
      points: bandOf(pathOf(path), x, y),
    })),
    rows: [...svg.querySelectorAll('g[aria-label="y-axis tick label"] text')].map((text) => text.textContent),
    texts: [...svg.querySelectorAll('g[aria-label="text"] text')].map((text) => text.textContent),
  };
}

/** The middle of a dot, the free end of a bar. */
function placeOf(node: Node): [number, number] {
  if (node.tagName.toLowerCase() === 'circle') return [number(node, 'cx'), number(node, 'cy')];
  if (node.tagName.toLowerCase() === 'rect') return [number(node, 'x') + number(node, 'width'), number(node, 'y')];
  const [x = 0, y = 0] = (/\(([^)]*)\)/.exec(node.getAttribute('transform') ?? '')?.[1] ?? '').split(',').map(Number);
  return [x, y];
}

/** A band runs along one edge and back along the other. */
function bandOf(
  path: readonly [number, number][],
  x: (px: number) => Place,
  y: (px: number) => Place,
): [number, number, number][] {
  const half = path.length / 2;
  return path.slice(0, half).map(([px, py], i) => {
    const values = [Number(y(py)), Number(y(path[path.length - 1 - i]![1]))];
    return [Number(x(px)), Math.min(...values), Math.max(...values)];
  });
}
