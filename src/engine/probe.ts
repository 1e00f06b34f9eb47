import { fork } from 'node:child_process';
import type { ChildProcess, ForkOptions } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a process of its own found out about the device of onnxruntime's WebGPU provider. */
export interface DeviceReport {
  readonly usable: boolean;
  /** Why not, in onnxruntime's words and its driver's. */
  readonly reason?: string;
  /** Of a training step, where one was timed; Infinity where none ended in time. */
  readonly msPerStep?: number;
}

export type Answer = { readonly opened: true } | { readonly msPerStep: number } | { readonly reason: string };

type Start = (file: string, args: readonly string[], options: ForkOptions) => ChildProcess;

/** A driver that hangs must not hang the kit. */
const OPENING_MS = 10_000;
/** What a trial may take, from the open device to its last step: shaders are compiled in it. */
const TRIAL_MS = 2000;

// the child is written in what this file is: TypeScript under a loader, or JavaScript without one
const extension = path.extname(fileURLToPath(import.meta.url));
const child = fileURLToPath(new URL(`./probe-child${extension}`, import.meta.url));

/**
 * Opens the device, and times a training step on it where `isTimed`. In a process of its own: a driver may abort the process
 * that opens it, and writes what it has to say past Node to the terminal.
 */
export const probeDevice = (isTimed = false, start: Start = fork): Promise<DeviceReport> =>
  new Promise((resolve) => {
    const execArgv = extension === '.ts' ? process.execArgv : [];
    const worker = start(child, isTimed ? ['timed'] : [], { execArgv, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let said = '';
    let report: DeviceReport | undefined;
    const killAfter = (ms: number): NodeJS.Timeout => setTimeout(() => worker.kill('SIGKILL'), ms);
    let timer = killAfter(OPENING_MS);
    worker.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    worker.on('message', (answer: Answer) => {
      if ('reason' in answer) report = { usable: false, reason: answer.reason };
      else if ('msPerStep' in answer) report = { usable: true, ...answer };
      else {
        report = { usable: true, ...(isTimed && { msPerStep: Infinity }) };
        clearTimeout(timer);
        timer = killAfter(TRIAL_MS);
      }
    });
    worker.once('error', (error) => (report ??= { usable: false, reason: error.message }));
    worker.once('close', (code, signal) => {
      clearTimeout(timer);
      const ended = { usable: false, reason: `its process ${signal ? `was killed (${signal})` : `left with ${code}`}` };
      const { reason, ...found } = report ?? ended;
      resolve({ ...found, ...(reason !== undefined && { reason: [reason, ...warnings(said)].join('; ') }) });
    });
  });

/** `Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file`: what Dawn wrote, without where in its source. */
const warnings = (text: string): string[] =>
  [...text.matchAll(/^Warning: (.+?)(?:: No such file or directory)?$/gm)].map(([, words]) => words!);
