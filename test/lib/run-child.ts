import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const child = fileURLToPath(new URL('child.ts', import.meta.url));
const args = (job: string, dir: string): string[] => ['--import', 'tsx', child, job, dir];

/** A child of child.ts's, once it has said that it is ready. */
export async function startChild(job: string, dir: string): Promise<ChildProcess> {
  const process_ = spawn(process.execPath, args(job, dir), { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    process_.stdout.once('data', resolve);
    process_.once('exit', (code) => reject(new Error(`the child left with ${code}`)));
  });
  return process_;
}

export const killed = (process_: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    process_.once('exit', () => resolve());
    process_.kill('SIGKILL');
  });

/** Why no small disk can be mounted here, or undefined where one can. */
export function whyNoMounts(): string | undefined {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'this machine lets nobody mount a small disk (unshare -rm mount)';
  }
}

/** Runs a job on a tmpfs of 1 MB that only the child sees; gives what it printed. */
export function runOnSmallDisk(job: string, dir: string, mode: 'rw' | 'ro'): unknown {
  const script = `mount -t tmpfs -o size=1m,${mode} tmpfs "$1" && shift && exec "$@"`;
  const command = ['-rm', 'sh', '-c', script, 'sh', dir, process.execPath, ...args(job, dir)];
  return JSON.parse(execFileSync('unshare', command, { encoding: 'utf8' }));
}
