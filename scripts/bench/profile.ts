/**
 * Where a training step goes: onnxruntime's profile by operator, and by operator and shapes.
 *
 *     npx tsx scripts/bench/profile.ts [--size 3M] [--batch 16] [--activation relu2] [--threads 1] [--steps 10]
 *
 * One thread by default: with more, what a kernel takes depends on who else runs. A step's first runs are not counted.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InferenceSession } from '../../src/engine/onnxruntime.ts';
import { z } from 'zod';
import { sizeNames, sizes } from '../../src/cli/bench/sizes.ts';
import { median } from '../../src/cli/bench/timing.ts';
import { timeTraining, WARMUP } from '../../src/cli/bench/train.ts';
import { createEngine } from '../../src/engine/index.ts';
import { columns } from '../../src/lib/text.ts';
import { activationOf, counts, readOptions, refuse } from './command-line.ts';

const options = readOptions(import.meta.url, {
  size: { type: 'string', default: '3M' },
  batch: { type: 'string' }, // sequences, where not the size's own
  activation: { type: 'string', default: 'gelu_new' },
  threads: { type: 'string', default: '1' },
  steps: { type: 'string', default: '10' },
  top: { type: 'string', default: '25' }, // operators with their shapes
});
const name = sizeNames.find((each) => each === options.size);
if (!name) refuse(`--size ${options.size}: use one of ${sizeNames.join(', ')}`);
const activation = activationOf(options.activation);
const size = { ...sizes[name], activation, ...(options.batch && { B: Number(options.batch) }) } as const;
const [threads = 0, steps = 0, top] = counts(options, ['threads', 'steps', 'top']);

/** What the profile says of a run of the program, or of one kernel in it; times in microseconds. */
const eventsSchema = z.array(
  z.object({
    cat: z.string(),
    name: z.string(),
    ts: z.number(),
    dur: z.number().default(0),
    args: z.object({ op_name: z.string().optional(), input_type_shape: z.unknown().optional() }).default({}),
  }),
);

const folder = mkdtempSync(path.join(tmpdir(), 'dormouse-profile-'));
const sessions: InferenceSession[] = [];
// the engine's own sessions, with the profile switched on
const create = InferenceSession.create.bind(InferenceSession) as (
  model: Uint8Array,
  options: InferenceSession.SessionOptions,
) => Promise<InferenceSession>;
InferenceSession.create = async (model: unknown, given: unknown) => {
  const profiled = { enableProfiling: true, profileFilePrefix: path.join(folder, `${sessions.length}`) };
  const session = await create(model as Uint8Array, { ...(given as InferenceSession.SessionOptions), ...profiled });
  sessions.push(session);
  return session;
};

const engine = await createEngine({ backend: 'onnx', threads });
const { msPerStep } = await timeTraining(engine, { size, seconds: 0, steps }, () => undefined);
for (const session of sessions) session.endProfiling();
const events = readdirSync(folder).flatMap((file) =>
  eventsSchema.parse(JSON.parse(readFileSync(path.join(folder, file), 'utf8'))),
);
await engine.dispose();
rmSync(folder, { recursive: true });

const runs = events.filter((event) => event.name === 'model_run').toSorted((a, b) => a.ts - b.ts);
const start = runs[WARMUP]!.ts;
const timed = events.filter(({ cat, name, ts }) => cat === 'Node' && name.endsWith('_kernel_time') && ts >= start);
/** Of one step. Every step runs the same kernels in the same order; the middle of what each took. */
const kernels = timed.slice(0, timed.length / steps).map(({ args }, i, { length }) => ({
  operator: args.op_name ?? '?',
  shapes: shapesOf(args.input_type_shape),
  us: median(Array.from({ length: steps }, (_, step) => timed[step * length + i]!.dur)),
}));
const total = kernels.reduce((sum, { us }) => sum + us, 0);

function shapesOf(inputs: unknown): string {
  const shapes = z.array(z.record(z.string(), z.array(z.number()))).catch([]);
  const each = shapes.parse(inputs).map((input) => `[${Object.values(input).join()}]`);
  return each.join(' ');
}

/** Most time first: share of kernel time, milliseconds and nodes of a step. */
function table(title: string, keyOf: (kernel: (typeof kernels)[number]) => string, most = Infinity): string {
  const groups = new Map<string, { us: number; nodes: number }>();
  for (const kernel of kernels) {
    const { us, nodes } = groups.get(keyOf(kernel)) ?? { us: 0, nodes: 0 };
    groups.set(keyOf(kernel), { us: us + kernel.us, nodes: nodes + 1 });
  }
  const rows = [...groups]
    .toSorted(([, a], [, b]) => b.us - a.us)
    .slice(0, most)
    .map(([key, { us, nodes }]) => [key, `${((100 * us) / total).toFixed(1)} %`, (us / 1000).toFixed(2), `${nodes}`]);
  return columns([[title, 'share', 'ms', 'nodes'], ...rows], { width: 120, right: [1, 2, 3] }).join('\n');
}

console.log(
  `${name} ${activation}, ${size.B} sequences of ${size.T} tokens, ${threads} thread${threads === 1 ? '' : 's'}: ` +
    `${msPerStep.median.toFixed(1)} ms a step (fastest ${msPerStep.min.toFixed(1)}), ` +
    `${(total / 1000).toFixed(1)} of them in ${kernels.length} kernels\n`,
);
console.log(table('operator', ({ operator }) => operator));
console.log(`\n${table('operator and shapes of its inputs', ({ operator, shapes }) => `${operator} ${shapes}`, top)}`);
