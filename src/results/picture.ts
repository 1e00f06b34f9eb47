/** What a report draws of a context: plain data, which knows no organism. */
interface Scene {
  /** Which of several it is, the same in every condition and arm. */
  readonly scene: string;
  /** With the cue or without, in words; pictures of one condition stand beside each other. */
  readonly condition: string;
}

/** A grid, and the way that was taken through it. */
export interface Walk extends Scene {
  /** From above, a character a cell: `#` a wall, `C` cheese, `o` a place that matters, `.` nothing. */
  readonly rows: readonly string[];
  /** Cells stood on, from the first to the last; counted row by row from the upper left. */
  readonly path: readonly number[];
  /** By cell, what it holds it to be worth, where that is known. */
  readonly worths?: readonly number[];
  /** What it came to, in words, and what that is worth. */
  readonly end: string;
  readonly tone: 'good' | 'bad' | 'neither';
}

/** What it learned in its forward pass, beside what it might have: the same coordinates of each. */
export interface Weights extends Scene {
  /** By whose they are. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

export type Picture = Walk | Weights;

/** Of an arm's end. */
export type ArmPicture<P extends Picture = Picture> = P & { readonly arm: string };
