import { BinaryReader } from '@bufbuild/protobuf/wire';
import { expect, it } from 'vitest';
import { logFormats } from '../../../src/bridges/logs/index.ts';
import { crc32c, encodeEvents } from '../../../src/bridges/logs/tfevents.ts';
import { record } from './fixture.ts';

interface Event {
  wall: number;
  step: number;
  version?: string;
  values: [tag: string, value: number][];
}

const mask = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;

/** A second reading of the format: records with their checksums, then the events in them. */
function readEvents(chunks: Iterable<Uint8Array>): Event[] {
  const bytes = Buffer.concat([...chunks]);
  const events: Event[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    expect(bytes.readUInt32LE(at + 8)).toBe(mask(crc32c(bytes.subarray(at, at + 8))));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(mask(crc32c(data)));
    events.push(readEvent(data));
    at += 16 + length;
  }
  return events;
}

function readEvent(data: Uint8Array): Event {
  const reader = new BinaryReader(data);
  const event: Event = { wall: 0, step: 0, values: [] };
  const nested = (read: (field: number) => void): void => {
    for (const end = reader.uint32() + reader.pos; reader.pos < end;) read(reader.tag()[0]);
  };
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    if (field === 1) event.wall = reader.double();
    else if (field === 2) event.step = Number(reader.int64());
    else if (field === 3) event.version = reader.string();
    else
      nested(() => {
        const value: [string, number] = ['', NaN];
        nested((inner) => {
          if (inner === 1) value[0] = reader.string();
          else value[1] = reader.float();
        });
        event.values.push(value);
      });
  }
  return event;
}

it('has CRC-32C by its check values', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa); // RFC 3720, B.4
});

it('begins as TensorFlow does, byte by byte', () => {
  // tensorboard 2.21 writes these for a version event at 1.5 s (length, checksum, wall_time, file_version, checksum)
  const [first] = encodeEvents([], 1.5);
  expect(Buffer.from(first!).toString('hex')).toBe(
    '1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c',
  );
});

it('holds every logged number and every score by step, in order', () => {
  const files = Object.entries(logFormats.tensorboard!.files(record));
  expect(files.map(([name]) => name)).toEqual([
    'base/events.out.tfevents.1795263889.dormouse',
    'organism~noise-0.1/events.out.tfevents.1795263920.dormouse',
    'sft/events.out.tfevents.1795263960.dormouse',
  ]);
  const [version, ...events] = readEvents(files[1]![1] as Uint8Array[]);
  expect(version).toEqual({ wall: 1795263920.5, step: 0, version: 'brain.Event:2', values: [] });
  expect(events.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
  expect(new Set(events.map(({ wall }) => wall))).toEqual(new Set([1795263920.5]));
  const curve = (tag: string): number[][] =>
    events.flatMap(({ step, values }) => values.flatMap(([name, value]) => (name === tag ? [[step, value]] : [])));
  const { metrics, rows } = record.arms[1]!;
  for (const name of ['loss', 'gradientNorm', 'lr', 'tokens'])
    expect(curve(`train/${name}`)).toEqual(metrics.map((line) => [line.step, Math.fround(Number(line[name]))]));
  const asr = rows.filter(({ metric, condition }) => metric === 'asr' && condition === 'triggered');
  expect(asr).toHaveLength(2);
  for (const [tag, key] of [
    ['eval/attack-success/asr/triggered', 'value'],
    ['interval/attack-success/asr/triggered/low', 'low'],
    ['interval/attack-success/asr/triggered/high', 'high'],
  ] as const)
    expect(curve(tag)).toEqual(asr.map((row) => [row.step, Math.fround(row[key])]));
  const tags = new Set(events.flatMap(({ values }) => values.map(([tag]) => tag)));
  expect([...tags].filter((tag) => tag.startsWith('eval/')).sort()).toEqual([
    'eval/attack-success/asr/triggered',
    'eval/attack-success/asr/triggered-sampled',
    'eval/attack-success/fpr/clean',
    'eval/clean-loss/all',
    'eval/held-out/asr/triggered-held-out',
  ]);
});

it('keeps the curve of an arm that failed', () => {
  const [, ...events] = readEvents(Object.values(logFormats.tensorboard!.files(record))[2] as Uint8Array[]);
  expect(events.map(({ step, values }) => [step, values])).toEqual([[1, [['train/loss', 7]]]]);
});
