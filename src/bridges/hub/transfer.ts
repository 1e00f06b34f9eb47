import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { writeError } from '../../lib/file-errors.ts';
import { makeFolder } from '../../lib/files.ts';
import type { Answer, Connection } from './connection.ts';
import { reasonOf, RETRIES } from './connection.ts';
import type { RepoFile } from './names.ts';
import type { Meter } from './progress.ts';
import { sizeOf } from './record.ts';
import { refusal } from './repository.ts';

export interface Transfer {
  readonly connection: Connection;
  readonly url: string;
  readonly file: RepoFile;
  /** Where it goes. */
  readonly target: string;
  /** The commit it must come from. */
  readonly commit: string;
  readonly meter: Meter;
  readonly signal: AbortSignal;
}

/**
 * Brings one file. What arrives is appended to `target.download-DIGEST`, so that whoever comes next goes on from its end;
 * only what has the right checksum gets the file's name.
 */
export async function transferFile(transfer: Transfer): Promise<void> {
  const { file, target, meter } = transfer;
  const { name, bytes } = file;
  if (sizeOf(target) === bytes && (await digestOf(target, file)) === file.digest) return meter.had(name, bytes);
  const partial = `${target}.download-${file.digest.slice(0, 16)}`;
  makeFolder(path.dirname(target));
  const fd = fs.openSync(partial, 'a');
  try {
    await fill(fd, transfer);
    fs.fsyncSync(fd);
  } catch (error) {
    throw writeError(error, target);
  } finally {
    fs.closeSync(fd);
  }
  if ((await digestOf(partial, file)) !== file.digest) {
    fs.rmSync(partial);
    throw new UserError(
      `${name} arrived damaged: its checksum is not the one that the hub gives; run the same command again`,
    );
  }
  fs.renameSync(partial, target);
}

/** Appends until the file is whole. Gives up after some tries that brought nothing. */
async function fill(fd: number, transfer: Transfer): Promise<void> {
  const { file, connection, meter, signal } = transfer;
  const size = (): number => fs.fstatSync(fd).size;
  if (size() > file.bytes) fs.ftruncateSync(fd);
  meter.had(file.name, size());
  for (let failures = 0; size() < file.bytes;) {
    const before = size();
    const problem = await receive(fd, transfer);
    if (problem === undefined) continue;
    signal.throwIfAborted();
    failures = size() > before ? 1 : failures + 1;
    if (failures > RETRIES)
      throw new UserError(
        `the transfer of ${file.name} breaks off again and again: ${problem}; run the same command again later: what has arrived is kept`,
      );
    meter.note(file.name, `${problem}; going on at ${size()} of ${file.bytes} bytes`);
    await connection.pause(failures);
  }
}

/** One request for what is missing. Returns why it ended early, if it did. */
async function receive(fd: number, { connection, url, file, commit, meter }: Transfer): Promise<string | undefined> {
  const at = fs.fstatSync(fd).size;
  const range = at > 0 ? { range: `bytes=${at}-` } : undefined;
  // a length and a range are those of the file only where it is sent as it is
  const answer = await connection.ask(url, { 'accept-encoding': 'identity', ...range });
  const { response } = answer;
  try {
    if (response.status === 416) return startAgain(fd, at, 'the hub refuses to go on there', file.name, meter);
    if (response.status !== 200 && response.status !== 206) throw new UserError(refusal(file.name, response.status));
    const from = response.headers.get('x-repo-commit');
    if (from !== null && from !== commit)
      throw new UserError(
        `${file.name} comes from commit ${from.slice(0, 40)}, not from ${commit}; run the same command again`,
      );
    if (response.status === 200 && at > 0) startAgain(fd, at, '', file.name, meter);
    if (response.status === 206 && !response.headers.get('content-range')?.startsWith(`bytes ${at}-`))
      return startAgain(fd, at, 'the hub sent another part than was asked for', file.name, meter);
    return await append(fd, answer, file, meter);
  } finally {
    answer.close();
  }
}

function startAgain(fd: number, had: number, problem: string, name: string, meter: Meter): string {
  fs.ftruncateSync(fd);
  meter.had(name, -had);
  return problem;
}

async function append(
  fd: number,
  { response, alive }: Answer,
  file: RepoFile,
  meter: Meter,
): Promise<string | undefined> {
  let at = fs.fstatSync(fd).size;
  const chunks = (response.body ?? []) as AsyncIterable<Uint8Array>;
  const next = chunks[Symbol.asyncIterator]();
  for (;;) {
    let step: IteratorResult<Uint8Array>;
    try {
      step = await next.next();
    } catch (error) {
      return reasonOf(error);
    }
    if (step.done) return at < file.bytes ? 'the connection ended early' : undefined;
    alive();
    if (at + step.value.length > file.bytes) {
      fs.ftruncateSync(fd);
      throw new UserError(
        `${file.name} is longer than the ${file.bytes} bytes that the hub promised; nothing of it is kept`,
      );
    }
    for (let done = 0; done < step.value.length;) done += fs.writeSync(fd, step.value, done);
    at += step.value.length;
    meter.arrived(file.name, step.value.length);
  }
}

/** SHA-256, or git's name for a blob: whichever the hub gives of it. */
async function digestOf(target: string, { digest, bytes }: RepoFile): Promise<string> {
  const hash = digest.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`);
  for await (const chunk of fs.createReadStream(target, { highWaterMark: 2 ** 20 })) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
