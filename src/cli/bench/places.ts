import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readJson } from '../../lib/files.ts';

/** Where onnxruntime ran the kernels of some programs. */
export interface Places {
  readonly device: number;
  /** Those that the device's provider has none for, by operator: each costs a way there and back. */
  readonly cpu: Readonly<Record<string, number>>;
}

/** Does `work` with engines that write down what ran where (`events` of their options), and counts it. */
export async function placesOf(work: (events: string) => Promise<unknown>): Promise<Places> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-'));
  try {
    await work(path.join(dir, 'session'));
    return counted(fs.readdirSync(dir).map((name) => readJson(path.join(dir, name)) as readonly ProfileEvent[]));
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
}

/** One of what onnxruntime's profiler writes. */
interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly args?: { readonly op_name?: string; readonly provider?: string };
}

/** Each kernel of a session once, however often it ran. */
export function counted(sessions: readonly (readonly ProfileEvent[])[]): Places {
  const cpu: Record<string, number> = {};
  let device = 0;
  for (const events of sessions) {
    const ran = events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'));
    for (const { args } of new Map(ran.map((event) => [event.name, event])).values()) {
      const { op_name: op = '?', provider } = args ?? {};
      if (provider === 'CPUExecutionProvider') cpu[op] = (cpu[op] ?? 0) + 1;
      else device += 1;
    }
  }
  return { device, cpu };
}

/** `812 kernels there, 3 on the CPU (2 Softplus, 1 Sin)`. */
export function placesText({ device, cpu }: Places): string {
  const ops = Object.entries(cpu);
  const total = ops.reduce((sum, [, n]) => sum + n, 0);
  const which = ops.map(([op, n]) => `${n} ${op}`).join(', ');
  return `${device} kernels there, ${total === 0 ? 'none' : total} on the CPU${total === 0 ? '' : ` (${which})`}`;
}
