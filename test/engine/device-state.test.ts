import * as ort from 'onnxruntime-node';
import { afterEach, expect, it, vi } from 'vitest';
import { openDevice } from '../../src/engine/device-state.ts';

afterEach(() => void vi.restoreAllMocks());

/** What lies in the buffers of a device that this process plays, and which of them were given up. */
const memory = new Map<object, Float32Array>();
const freed: number[][] = [];
const put = (data: Float32Array, dims: readonly number[]): ort.Tensor => {
  const gpuBuffer = { size: 4 * data.length, mapState: 'unmapped' } as const;
  memory.set(gpuBuffer, data);
  const dispose = (): void => void freed.push([...data]);
  return ort.Tensor.fromGpuBuffer(gpuBuffer as ort.Tensor.GpuBufferType, { dataType: 'float32', dims, dispose });
};
const playing = (
  run: ort.InferenceSession['run'],
  release = (): Promise<void> => Promise.resolve(),
): ort.InferenceSession => ({
  ...{ run, release, inputNames: [], outputNames: [], inputMetadata: [], outputMetadata: [] },
  startProfiling: () => {},
  endProfiling: () => {},
});
const look = (tensor: ort.OnnxValue): Float32Array => {
  const here = tensor as ort.Tensor;
  return here.location === 'cpu' ? (here.data as Float32Array) : memory.get(here.gpuBuffer)!;
};

it('state lies on a device from its first run on, goes there once, and is read as it is then', async () => {
  const copies: (string | undefined)[] = [];
  const release = vi.fn(() => Promise.resolve());
  vi.spyOn(ort.InferenceSession, 'create').mockImplementation((_: unknown, options: unknown) => {
    const { preferredOutputLocation: to } = options as ort.InferenceSession.SessionOptions;
    const run = ({ x }: ort.InferenceSession.OnnxValueMapType): Promise<ort.InferenceSession.OnnxValueMapType> => {
      copies.push(to as string);
      const values = look(x!).slice();
      return Promise.resolve({ y: to === 'cpu' ? new ort.Tensor(values, [values.length]) : put(values, [values.length]) }); // prettier-ignore
    };
    return Promise.resolve(playing(run, release));
  });
  const device = openDevice();
  const given = Float32Array.of(1, 2, 3, 4);
  const state = device.createState({ w: { shape: [2, 2], data: given }, k: { shape: [1], data: Float32Array.of(10) } });
  const first = await state.read();
  first.w![0] = 99; // the reader's own
  expect([...given]).toEqual([1, 2, 3, 4]);
  expect(copies).toEqual([]);

  // w is multiplied by k and raised by x; the old one is the output
  const fed: string[][] = [];
  const run = (feeds: ort.InferenceSession.OnnxValueMapType): Promise<ort.InferenceSession.OnnxValueMapType> => {
    fed.push(Object.entries(feeds).map(([name, tensor]) => `${name} ${(tensor as ort.Tensor).location} ${(tensor as ort.Tensor).dims.join('x')}`)); // prettier-ignore
    const [w, k, x] = ['state:w', 'state:k', 'in:x'].map((name) => look(feeds[name]!)) as [Float32Array, Float32Array, Float32Array]; // prettier-ignore
    const next = w.map((value, i) => value * k[0]! + x[i]!);
    return Promise.resolve({ 'new:w': put(next, [2, 2]), 'out:before': new ort.Tensor(w.slice(), [2, 2]) });
  };
  const square = { shape: [2, 2], dtype: 'float32' } as const;
  const traced = { model: new Uint8Array(), nodeCount: 1, updates: ['w'], outputs: { before: square } };
  const signature = { state: { w: square, k: { shape: [1], dtype: 'float32' } }, inputs: { x: square } } as const;
  const program = device.programOf(playing(run), traced, signature);
  const x = Float32Array.of(1, 0, 0, 5);
  expect([...(await program.run(state, { x })).before!]).toEqual([1, 2, 3, 4]);
  expect([...(await program.run(state, { x })).before!]).toEqual([11, 20, 30, 45]);
  expect(fed).toEqual([
    ['state:w cpu 2x2', 'state:k gpu-buffer 1', 'in:x cpu 2x2'],
    ['state:w gpu-buffer 2x2', 'state:k gpu-buffer 1', 'in:x cpu 2x2'],
  ]);
  expect(copies).toEqual(['gpu-buffer']);
  expect(freed).toEqual([[11, 20, 30, 45]]);
  expect([...given]).toEqual([1, 2, 3, 4]);

  expect(await state.read(['w'])).toEqual({ w: Float32Array.of(111, 200, 300, 455) });
  expect(await state.read()).toEqual({ w: Float32Array.of(111, 200, 300, 455), k: Float32Array.of(10) });
  expect(copies).toEqual(['gpu-buffer', 'cpu', 'cpu', 'cpu']);
  expect(device.placing(traced).preferredOutputLocation).toEqual({ 'new:w': 'gpu-buffer', 'out:before': 'cpu' });
  state.dispose();
  expect(freed.slice(1)).toEqual([[111, 200, 300, 455], [10]]);
  await device.close();
  expect(release).toHaveBeenCalledTimes(2); // a way there, a way back
});
