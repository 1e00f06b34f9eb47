/**
 * With these glibc keeps what is freed. Otherwise it hands the large buffers of each step back to the kernel, and touching fresh
 * ones takes 10 to 20 % of a training step. It reads them when a process starts and never again; other systems' allocators
 * do not know them. 32 MiB is the most that every glibc takes.
 */
export const KEEP_HEAP = { MALLOC_TRIM_THRESHOLD_: String(2 ** 40), MALLOC_MMAP_THRESHOLD_: String(2 ** 25) } as const;

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- as @types/node declares it
  namespace NodeJS {
    interface Process {
      /** From Node 22.15 on. */
      execve?(file: string, args: readonly string[], env: NodeJS.ProcessEnv): never;
    }
  }
}

/** Has the processes that this one starts keep their heaps, and, where `now`, starts this one over in its own place, if Node can do that. */
export function keepHeap(now: boolean): void {
  const { execPath, execArgv, argv, env, platform } = process;
  if (platform !== 'linux' || env.MALLOC_TRIM_THRESHOLD_ !== undefined) return; // whoever set it knows
  Object.assign(env, KEEP_HEAP);
  if (now && !process.send) process.execve?.(execPath, [execPath, ...execArgv, ...argv.slice(1)], env);
}
