import type { Checkpoint } from '../../nn/checkpoints/index.ts';
import type { GgufType } from '../gguf/write.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';

/** What is handed on: a checkpoint, and its tokenizer, read. */
export interface Exportable extends Checkpoint {
  readonly read: ChatTokenizer;
}

/** What weights can be on disk. */
export type ExportType = GgufType;

/** How a command line calls them. */
export const DTYPES = { fp32: 'float32', fp16: 'float16', bf16: 'bfloat16', q8_0: 'q8_0' } as const satisfies Record<
  string,
  ExportType
>;

export interface ExportFormat<T extends ExportType = ExportType> {
  readonly summary: string;
  /** What weights can be on disk; the first is the default. */
  readonly dtypes: readonly T[];
  /** How the folder is used, in lines of Python or JavaScript. */
  usage(out: string): readonly string[];
  /** Writes all that the format adds to the files that every format has. */
  write(out: string, checkpoint: Exportable, dtype: T): void;
}
