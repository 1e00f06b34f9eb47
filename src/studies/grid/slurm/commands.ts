import { spawn } from 'node:child_process';
import { codeOf, UserError } from '../../../lib/errors.ts';

/** What a program of Slurm wrote, and how it ended. */
interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `sbatch` tries again for minutes where the queue is full: here that is said at once, and tried again later. */
const SLEEPING = /sleeping and retrying/;

/** @throws UserError where the program is not here. */
const ask = (program: string, args: readonly string[]): Promise<Said> =>
  new Promise((resolve, reject) => {
    // a group of its own: the terminal's Ctrl-C is not for it
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (SLEEPING.test(stderr)) child.kill('SIGKILL');
    });
    child.once('error', (error) => reject(codeOf(error) === 'ENOENT' ? notHere(program) : error));
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });

const notHere = (program: string): UserError =>
  new UserError(
    `${program} not found: --executor slurm asks Slurm through its own programs; run this on a login node of the cluster, ` +
      'or load its module so that they are on the PATH',
  );

/** Without the program's name and what it repeats: the first thing that went wrong. */
const firstError = ({ code, stderr }: Said, program: string): string =>
  stderr
    .split('\n')
    .map((line) => line.replace(new RegExp(`^${program}: (error: |fatal: )?`), '').trim())
    .find((line) => line !== '') ?? `exit code ${code} and no word`;

/** `accepted`: the job id of the array. `full`: no room for so many now. `large`: never so many in one array. */
export type Answer =
  { readonly kind: 'accepted'; readonly id: string } | { readonly kind: 'full' | 'large'; readonly words: string };

/** Limits on how many jobs wait or run, which pass; any other limit is one that a job itself breaks. */
const FULL =
  /Max(Submit|Jobs)|submit limit|queue full|sleeping and retrying|temporarily unavailable|unable to contact|timed out/i;
const BROKEN_LIMIT = /\b(QOS|Assoc)\w*Limit\b/;
/** Nothing that a profile could mend. */
const UNREACHABLE = /resolve_ctls|Unknown host|slurm\.conf/i;
const LARGE = /invalid job array specification/i;

/** @throws UserError (exit code 2) with Slurm's words where no such job will ever be taken. */
export async function submit(script: string, profile: string): Promise<Answer> {
  const said = await ask('sbatch', ['--parsable', script]);
  if (said.code === 0) return { kind: 'accepted', id: said.stdout.trim().split(';')[0] ?? '' };
  const words = firstError(said, 'sbatch');
  const broken = BROKEN_LIMIT.exec(said.stderr)?.[0];
  if (LARGE.test(said.stderr)) return { kind: 'large', words };
  if (FULL.test(broken ?? said.stderr)) return { kind: 'full', words };
  const advice = UNREACHABLE.test(said.stderr)
    ? "is Slurm's controller reached from here? (scontrol ping)"
    : `mend ${profile} (sinfo lists partitions and their time limits, sacctmgr show assoc user=$USER your accounts and QOS)`;
  throw new UserError(`sbatch refused: ${words}; ${advice}`, 2);
}

/** A task of an array, as Slurm sees it. */
export interface Seen {
  /** `PENDING`, `RUNNING`, `TIMEOUT`, ... */
  readonly state: string;
  /** Why it waits. */
  readonly reason: string;
  /** Of its array. */
  readonly id: string;
}

/** Tasks by `name/index`. Of those that ended some minutes ago Slurm itself knows no more. */
export type Queue = ReadonlyMap<string, Seen>;

/** What the queue holds of the arrays with these names. @throws UserError where Slurm does not answer. */
export async function queueOf(names: readonly string[]): Promise<Queue> {
  if (names.length === 0) return new Map();
  const said = await ask('squeue', ['--me', '--noheader', '--array', '--states=all', `--name=${names.join(',')}`, '--format=%j|%K|%T|%F|%r']); // prettier-ignore
  if (said.code !== 0) throw new UserError(`squeue does not answer: ${firstError(said, 'squeue')}`);
  const rows = said.stdout.split('\n').map((row) => row.split('|'));
  return new Map(
    rows.flatMap(([name = '', index = '', state, id = '', reason = '']) =>
      state === undefined ? [] : [[`${name}/${index}`, { state, reason, id }] as const],
    ),
  );
}

/** How tasks of these arrays ended, by `name/index`; nothing where the cluster keeps no accounts. */
export async function endingsOf(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const said = await ask('sacct', ['--noheader', '--parsable2', '--allocations', '--starttime=now-30days', `--name=${names.join(',')}`, '--format=JobName,JobID,State']); // prettier-ignore
  const rows = said.code === 0 ? said.stdout.split('\n').map((row) => row.split('|')) : [];
  return new Map(
    rows.flatMap(([name = '', id = '', state]) =>
      // `CANCELLED by 1000` is one state
      state === undefined ? [] : [[`${name}/${id.split('_')[1] ?? ''}`, state.split(' ')[0]!] as const],
    ),
  );
}

/** Tells jobs to save and end, and takes those that wait out of the queue. */
export async function cancel(ids: readonly string[]): Promise<void> {
  const said = await ask('scancel', ids);
  if (said.code !== 0) throw new UserError(`scancel failed: ${firstError(said, 'scancel')}`);
}
