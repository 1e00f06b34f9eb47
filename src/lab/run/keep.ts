import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Io } from './progress.ts';
import { encodeSafetensors, readSafetensors } from '../../nn/checkpoints/safetensors/index.ts';
import { exists, writeAtomic } from '../../lib/files.ts';
import type { Keep } from '../stages/index.ts';

/** Keeps what stages compute once as safetensors in `dir`, one file a key. */
export const keepIn =
  (dir: string, io: Io): Keep =>
  async (key, make) => {
    const file = path.join(dir, `${createHash('sha256').update(key).digest('hex').slice(0, 16)}.safetensors`);
    if (exists(file)) return readSafetensors(file, { hint: `delete ${file} and it is computed again` });
    io.progress({ kind: 'note', text: `computing ${key.split(' ')[0]}` });
    const made = await make();
    writeAtomic(file, encodeSafetensors(made));
    return made;
  };
