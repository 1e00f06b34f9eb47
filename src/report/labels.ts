/** A point of a drawing, in px from its top left corner. */
export interface Pixel {
  readonly x: number;
  readonly y: number;
}

export interface Placement {
  readonly dx: number;
  readonly dy: number;
  readonly textAnchor: 'start' | 'middle' | 'end';
}

/** Width of a bold character and height of a line at 12 px, on the generous side: fonts differ. */
const CHARACTER = 7.4;
const LINE = 14;
/** Between samples along a line, in px. */
const STEP = 4;

/** Beside the end of the line first, then a little off, then below, above and before it. */
const CANDIDATES: readonly Placement[] = [
  ...[0, -10, 10, -18, 18, -30, 30].map((dy): Placement => ({ dx: 9, dy, textAnchor: 'start' })),
  ...[16, -14, 26, -24].map((dy): Placement => ({ dx: 0, dy, textAnchor: 'middle' })),
  ...[14, -14].map((dy): Placement => ({ dx: -9, dy, textAnchor: 'end' })),
];

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Room in px that a bold name needs beside the end of its line. */
export const nameWidth = (names: readonly string[]): number =>
  12 + CHARACTER * Math.max(0, ...names.map((name) => name.length));

/**
 * Puts each line's name near its end, where it covers least of the lines and of the names placed before it.
 * `frame` is the size of the drawing in px; a name never leaves it if it can help it.
 */
export function placeNames(
  names: readonly string[],
  lines: readonly (readonly Pixel[])[],
  frame: { readonly width: number; readonly height: number },
): Placement[] {
  const ink = lines.flatMap(sampled);
  const taken: Box[] = [];
  return names.map((name, i) => {
    const end = lines[i]?.at(-1) ?? { x: 0, y: 0 };
    const ranked = CANDIDATES.map((placement, order) => {
      const box = boxOf(end, placement, name);
      const outside = box.left < 0 || box.right > frame.width || box.top < 0 || box.bottom > frame.height;
      const cost =
        ink.filter((pixel) => contains(box, pixel)).length + 50 * taken.filter((other) => overlap(box, other)).length;
      return { placement, box, cost: cost + (outside ? 100 : 0) + order / 100 };
    });
    const best = ranked.reduce((a, b) => (b.cost < a.cost ? b : a));
    taken.push(best.box);
    return best.placement;
  });
}

function sampled(line: readonly Pixel[]): Pixel[] {
  return line.flatMap((from, i) => {
    const to = line[i + 1] ?? from;
    const pieces = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / STEP));
    return Array.from({ length: pieces }, (_, k) => ({
      x: from.x + ((to.x - from.x) * k) / pieces,
      y: from.y + ((to.y - from.y) * k) / pieces,
    }));
  });
}

function boxOf(end: Pixel, { dx, dy, textAnchor }: Placement, name: string): Box {
  const width = CHARACTER * name.length;
  const left = end.x + dx - { start: 0, middle: width / 2, end: width }[textAnchor];
  const top = end.y + dy - LINE / 2;
  return { left, right: left + width, top, bottom: top + LINE };
}

const contains = (box: Box, { x, y }: Pixel): boolean =>
  x >= box.left - 2 && x <= box.right && y >= box.top && y <= box.bottom;

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
