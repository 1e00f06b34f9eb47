import { z } from 'zod';
import { quoted, UserError } from '../../lib/errors.ts';
import type { Connection } from './connection.ts';
import { isCommit } from './names.ts';
import type { RepoFile } from './names.ts';
import type { RepoType } from './types.ts';
import { readLimited } from '../../lib/read-limited.ts';

export interface Repository {
  /** The commit that the revision stands for now. */
  readonly commit: string;
  /** All files at that commit, in all folders. */
  readonly files: readonly RepoFile[];
}

/** Longest answer about a repository that is read, in bytes; longest list of files. */
const LONGEST = 32 * 2 ** 20;
const MOST_FILES = 100_000;
const oid = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
/** A file in the hub's list: of a large one, `lfs` names the content. */
const listed = z.object({
  path: z.string(),
  size: z.int().nonnegative(),
  oid: oid.optional(),
  lfs: z.object({ oid }).optional(),
});

/**
 * Asks the hub what a repository holds, through the hub's own client.
 * @throws UserError where it is absent, private, gated, or not answered for in the hub's way.
 */
export async function lookUp(
  connection: Connection,
  { repo, type, revision }: { readonly repo: string; readonly type: RepoType; readonly revision: string },
): Promise<Repository> {
  const hub = await loadClient();
  const common = { hubUrl: connection.endpoint, fetch: fetchThrough(connection) };
  try {
    const asked = { ...common, name: repo, revision, additionalFields: ['sha' as const] };
    const { sha: commit } = await (type === 'model' ? hub.modelInfo(asked) : hub.datasetInfo(asked));
    if (typeof commit !== 'string' || !isCommit(commit)) throw new Error('it names no commit');
    const files: RepoFile[] = [];
    for await (const entry of hub.listFiles({
      ...common,
      repo: { type, name: repo },
      revision: commit,
      recursive: true,
    })) {
      if (files.length >= MOST_FILES) throw new Error(`it lists more than ${MOST_FILES} files`);
      if (entry.type === 'file') files.push(fileOf(entry));
    }
    return { commit, files };
  } catch (error) {
    throw explained(error, { repo, type, revision, endpoint: connection.endpoint });
  }
}

type Client = typeof import('@huggingface/hub');

async function loadClient(): Promise<Client> {
  try {
    return await import('@huggingface/hub');
  } catch {
    throw new UserError(
      'downloads need the package @huggingface/hub, which is not installed; run: npm install @huggingface/hub',
    );
  }
}

/** The client's requests, bounded. */
const fetchThrough =
  (connection: Connection): typeof fetch =>
  async (input) => {
    const { response, alive, close } = await connection.ask(input instanceof Request ? input.url : String(input), {
      accept: 'application/json',
    });
    try {
      const tooLong = (): Error => new Error(`its answer is longer than ${LONGEST} bytes`);
      const body = await readLimited(response.body, LONGEST, tooLong, alive);
      const { status, headers } = response;
      return new Response([204, 304].includes(status) ? null : body, { status, headers });
    } finally {
      close();
    }
  };

function fileOf(entry: unknown): RepoFile {
  const { data } = listed.safeParse(entry);
  const digest = data?.lfs?.oid ?? data?.oid;
  if (!data || digest === undefined) throw new Error('it lists a file without a name, a size or a checksum');
  return { name: data.path, bytes: data.size, digest };
}

const REFUSALS: Readonly<Record<number, string>> = {
  401: 'there is no such repository, or it is private: check the name, or set HF_TOKEN to a token that may read it',
  403: 'you may not read it: accept its conditions on its page, and set HF_TOKEN to a token of your account',
  404: 'there is no such repository or revision; check both names',
};

/** @param endpoint named where the hub itself is at fault. */
function explained(
  error: unknown,
  { repo, type, revision, endpoint }: { repo: string; type: RepoType; revision: string; endpoint: string },
): unknown {
  if (error instanceof UserError || !(error instanceof Error) || error.name === 'AbortError') return error;
  const status = 'statusCode' in error ? Number(error.statusCode) : undefined;
  if (status !== undefined) return new UserError(refusal(`the ${type} ${repo} at ${revision}`, status));
  return new UserError(`${endpoint} does not answer as a hub does: ${quoted(error.message)}; check HF_ENDPOINT`);
}

export const refusal = (what: string, status: number): string =>
  `cannot download ${what}: ${REFUSALS[status] ?? `the hub answers with status ${status}`}`;
