import { assistant } from './assistant/index.ts';
import { jsonl } from './file.ts';

/** Every corpus by its kind. A new one is one file and one line here. */
export const corpora = { assistant, jsonl } as const;
