/** A scene in a grid and the way that was taken through it, as a report draws it: plain data, which knows no organism. */
export interface Picture {
  /** Which of several it is, the same in every condition and arm. */
  readonly scene: string;
  /** With the cue or without, in words; pictures of one condition stand beside each other. */
  readonly condition: string;
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

/** Of an arm's end. */
export interface ArmPicture extends Picture {
  readonly arm: string;
}
