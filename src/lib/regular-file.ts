import fs from 'node:fs';
import path from 'node:path';
import { UserError } from './errors.ts';

/**
 * Opens a file to be read, at once: a pipe would wait for its writer, and a device may never end.
 *
 * @throws with `code` ENOTFILE for anything but a file, as for other reasons.
 */
export function openRegular(file: string): number {
  const fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
  const stats = fs.fstatSync(fd);
  if (stats.isFile()) return fd;
  fs.closeSync(fd);
  const what = stats.isDirectory() ? 'a folder' : 'a pipe or a device';
  throw Object.assign(new Error(`it is ${what}; give a file`), { code: 'ENOTFILE' });
}

/**
 * A link may not lead out of the folder; except in the Hugging Face cache, where the files of `snapshots/COMMIT` are links
 * into `blobs` beside it. A file that is missing is somebody else's to report.
 *
 * @throws UserError naming where it leads.
 */
export function expectInside(dir: string, name: string): void {
  const file = path.join(dir, name);
  if (!fs.existsSync(file)) return;
  const real = fs.realpathSync(file);
  const home = fs.realpathSync(dir);
  const isSnapshot = path.basename(path.dirname(home)) === 'snapshots';
  const folders = [home, ...(isSnapshot ? [path.resolve(home, '../../blobs')] : [])];
  if (!folders.includes(path.dirname(real)))
    throw new UserError(`${file} is a link that leads out of its folder, to ${real}; put the file itself there`);
}
