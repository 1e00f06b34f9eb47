import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import { exists, readJson } from '../../lib/files.ts';
import type { Machine } from './types.ts';

/** A driver that hangs must not hang the doctor. */
const TIMEOUT_MS = 30_000;

export const thisMachine = (): Machine => ({
  node: process.versions.node,
  cores: availableParallelism(),
  totalBytes: totalmem(),
  availableBytes: process.availableMemory(),
  run(command, args) {
    try {
      return execFileSync(command, args, {
        encoding: 'utf8',
        timeout: TIMEOUT_MS,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } catch {
      return undefined;
    }
  },
  packageVersion(name) {
    // by its folder: many packages do not export their package.json
    const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
    const file = folders.map((folder) => path.join(folder, name, 'package.json')).find(exists);
    return file === undefined ? undefined : (readJson(file) as { version: string }).version;
  },
});
