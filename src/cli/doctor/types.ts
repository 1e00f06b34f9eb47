/** One thing that this machine can do, or what would let it. */
export interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'missing';
  /** What was found, or what it would be good for. */
  readonly detail: string;
  /** The command that would enable it. */
  readonly enable?: string;
}

export interface Section {
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** What is asked of the machine. */
export interface Machine {
  /** `20.20.2`. */
  readonly node: string;
  readonly cores: number;
  readonly totalBytes: number;
  readonly availableBytes: number;
  /** What a program prints; undefined where there is none, or it fails. */
  run(command: string, args: readonly string[]): string | undefined;
  /** The version of an installed package; undefined where it is not installed. */
  packageVersion(name: string): string | undefined;
}
