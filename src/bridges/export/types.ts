import type { Checkpoint } from '../../nn/checkpoints/index.ts';
import type { FloatType } from '../../nn/checkpoints/safetensors/index.ts';
import type { ChatTokenizer } from '../../world/tokenizer/load.ts';

/** What is handed on: a checkpoint, and its tokenizer, read. */
export interface Exportable extends Checkpoint {
  readonly read: ChatTokenizer;
}

export interface ExportFormat {
  readonly summary: string;
  /** What weights can be on disk; the first is the default. */
  readonly dtypes: readonly FloatType[];
  /** How the folder is used, in lines of Python or JavaScript. */
  usage(out: string): readonly string[];
  /** Writes all that the format adds to the files that every format has. */
  write(out: string, checkpoint: Exportable, dtype: FloatType): void;
}
