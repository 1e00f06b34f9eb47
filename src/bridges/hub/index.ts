import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { makeFolder } from '../../lib/files.ts';
import { withLock } from '../../lib/lock.ts';
import { connect, Offline } from './connection.ts';
import type { Connection } from './connection.ts';
import { chooseFiles, expectNames, gb, isCommit } from './names.ts';
import type { RepoFile } from './names.ts';
import { createMeter } from './progress.ts';
import { downloaded, expectOwnFolder, findEarlier, folderFor, sizeOf, writeOrigin } from './record.ts';
import { lookUp } from './repository.ts';
import type { Repository } from './repository.ts';
import { transferFile } from './transfer.ts';
import type { Downloaded, DownloadOptions } from './types.ts';

/**
 * Brings a repository's files from the Hugging Face hub into a folder. A broken or stopped download goes on where it was; one
 * that is whole, of a commit that is named, needs no network.
 *
 * @throws UserError, one line, for whatever keeps it from that; the signal's reason after a Ctrl-C.
 */
export async function downloadRepo(options: DownloadOptions): Promise<Downloaded> {
  const { repo, type, env, signal } = options;
  const revision = options.revision ?? 'main';
  expectNames(repo, revision);
  const earlier = findEarlier(options, revision);
  if (earlier && isCommit(revision)) return earlier;
  if (isSet(env.HF_HUB_OFFLINE)) {
    if (earlier) return earlier;
    throw new UserError(
      `${repo} at ${revision} was not downloaded before, and HF_HUB_OFFLINE is set; unset it to download`,
    );
  }
  const connection = connect(options);
  try {
    const repository = await lookUp(connection, { repo, type, revision });
    return await bring(connection, repository, { ...options, revision });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Offline && earlier) return earlier;
    throw error;
  }
}

const isSet = (flag: string | undefined): boolean => /^(1|true|yes|on)$/i.test(flag ?? '');

async function bring(
  connection: Connection,
  { commit, files: all }: Repository,
  options: DownloadOptions & { readonly revision: string },
): Promise<Downloaded> {
  const { repo, type, revision, clock, signal, onProgress = () => {} } = options;
  const chosen = chooseFiles(all, options);
  const dir = folderFor(options, commit);
  return withLock(dir, async () => {
    expectOwnFolder(dir, { repo, type, commit });
    expectSpace(dir, chosen);
    const origin = {
      ...{ repo, type, revision, commit },
      files: Object.fromEntries(chosen.map(({ name, bytes }) => [name, bytes])),
      others: all.filter((file) => !chosen.includes(file)).map(({ name }) => name),
    };
    writeOrigin(dir, { ...origin, complete: false });
    const total = chosen.reduce((sum, { bytes }) => sum + bytes, 0);
    const meter = createMeter(total, clock, onProgress);
    for (const file of chosen) {
      const url = addressOf(connection.endpoint, options, commit, file.name);
      await transferFile({ connection, url, file, target: path.join(dir, file.name), commit, meter, signal });
    }
    writeOrigin(dir, { ...origin, complete: true });
    return downloaded(dir, { ...origin, complete: true });
  });
}

const addressOf = (
  endpoint: string,
  { repo, type }: Pick<DownloadOptions, 'repo' | 'type'>,
  commit: string,
  name: string,
): string => {
  const file = name.split('/').map(encodeURIComponent).join('/');
  return `${endpoint}/${type === 'dataset' ? 'datasets/' : ''}${repo}/resolve/${commit}/${file}`;
};

function expectSpace(dir: string, files: readonly RepoFile[]): void {
  makeFolder(dir);
  const missing = files.filter(({ name, bytes }) => sizeOf(path.join(dir, name)) !== bytes);
  const bytes = missing.reduce((sum, file) => sum + file.bytes, 0);
  const { bavail, bsize } = fs.statfsSync(dir);
  if (bytes > bavail * bsize)
    throw new UserError(
      `the disk of ${dir} has ${gb(bavail * bsize)} free, and ${gb(bytes)} are to come; free some space, or choose a folder on another disk`,
    );
}
