import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files leave the tokenizers that they trained, for each other. */
    readonly tokenizers: string;
  }
}

/** One folder for the whole suite; it goes when the suite ends. */
export default function setup(project: TestProject): () => void {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-tokenizers-'));
  project.provide('tokenizers', dir);
  return () => fs.rmSync(dir, { recursive: true, force: true });
}
