import path from 'node:path';
import type { Io } from './progress.ts';
import { encodeSafetensors, readSafetensors } from '../../nn/checkpoints/safetensors/index.ts';
import { isSealed, openSealed, writeSealedFolder } from '../../lib/sealed.ts';
import type { Keep } from '../stages/types.ts';
import { sha256 } from '../../lib/sha256.ts';

const FILE = 'tensors.safetensors';

/** Keeps what stages compute once as safetensors in `dir`, one sealed folder a key. */
export const keepIn =
  (dir: string, io: Io): Keep =>
  async (key, make) => {
    const folder = path.join(dir, sha256(key).slice(0, 16));
    if (isSealed(folder)) return readSafetensors(openSealed(folder).at(FILE));
    io.progress({ kind: 'note', text: `computing ${key.split(' ')[0]}` });
    const made = await make();
    writeSealedFolder(folder, { [FILE]: encodeSafetensors(made) });
    return made;
  };
