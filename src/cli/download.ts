import { sleep } from '../bridges/endpoint/clock.ts';
import { downloadRepo } from '../bridges/hub/index.ts';
import type { Downloaded, DownloadOptions, DownloadProgress, RepoType } from '../bridges/hub/types.ts';
import { Interrupted } from '../lab/run/progress.ts';
import { stopOnSignal } from './interrupt.ts';
import { createLiveLine } from './live-line.ts';
import { size } from './terminal.ts';

/** Brings a repository here from the hub that the environment names, telling how it goes. The same call goes on after Ctrl-C. */
export async function download(
  repo: string,
  type: RepoType,
  revision?: string,
  choice: Pick<DownloadOptions, 'into' | 'files'> = {},
): Promise<Downloaded> {
  const line = createLiveLine(process.stderr, undefined, performance.now());
  const stop = stopOnSignal(line.note, 'what has arrived is kept ...');
  const { HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE, XDG_CACHE_HOME, HOME } = process.env;
  try {
    return await downloadRepo({
      ...{ repo, type, revision, signal: stop.signal, ...choice },
      env: { HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE, XDG_CACHE_HOME, HOME },
      clock: { now: () => performance.now(), sleep },
      onProgress(progress) {
        if (progress.note !== undefined) line.note(progress.note);
        line.show(told(progress), progress.secondsLeft);
      },
    });
  } catch (error) {
    if (stop.signal.aborted) throw new Interrupted(`interrupted; the same command goes on with ${repo}`);
    throw error;
  } finally {
    line.clear();
    stop.dispose();
  }
}

function told({ file, bytes, totalBytes, bytesPerSecond }: DownloadProgress): string {
  const rate = bytesPerSecond === undefined ? '' : `  ${size(bytesPerSecond)}/s`;
  return `${size(bytes)} of ${size(totalBytes)}  ${file}${rate}`;
}
