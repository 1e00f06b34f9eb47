import type { Clock } from '../endpoint/clock.ts';

export type RepoType = 'model' | 'dataset';

/** The variables that Python's huggingface_hub reads too. */
interface HubEnvironment {
  /** Sent to the hub and to nobody else; appears in no message and no file. */
  readonly HF_TOKEN?: string | undefined;
  /** Another hub, such as a mirror. */
  readonly HF_ENDPOINT?: string | undefined;
  /** `1`: only what was downloaded before. */
  readonly HF_HUB_OFFLINE?: string | undefined;
  /** Where the cache is: `XDG_CACHE_HOME/dormouse/hub`, or else `HOME/.cache/dormouse/hub`. */
  readonly XDG_CACHE_HOME?: string | undefined;
  readonly HOME?: string | undefined;
}

export interface DownloadOptions {
  /** `OWNER/NAME`; a few old ones have no owner. */
  readonly repo: string;
  readonly type: RepoType;
  /** A branch, a tag or a commit; `main` when absent. */
  readonly revision?: string | undefined;
  /** Which of the repository's files; `DEFAULT_FILES` when absent. Files that can run code are never downloaded. */
  readonly files?: (name: string) => boolean;
  /** The folder they go to; one in the cache, for the commit, when absent. */
  readonly into?: string | undefined;
  /** Refuses a repository whose files are larger than this together; 50 GB when absent. */
  readonly maxBytes?: number | undefined;
  /** Aborted by Ctrl-C: what has arrived stays, and the next download goes on from there. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly env: HubEnvironment;
  readonly clock: Clock;
  /** A connection on which nothing comes for so long is broken; a minute when absent. */
  readonly silenceMs?: number | undefined;
}

export interface DownloadProgress {
  readonly file: string;
  /** Of all files, what was there before included. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** Undefined until something has arrived. */
  readonly bytesPerSecond?: number | undefined;
  readonly secondsLeft?: number | undefined;
  /** Why something is tried again, now and then. */
  readonly note?: string | undefined;
}

/** What became of it; kept beside the files as `hub.json`. */
export interface Downloaded {
  readonly dir: string;
  readonly repo: string;
  readonly type: RepoType;
  readonly revision: string;
  /** 40 hexadecimal digits: `revision` that names this commit brings the same files for ever. */
  readonly commit: string;
  /** Bytes by name. */
  readonly files: Readonly<Record<string, number>>;
}
