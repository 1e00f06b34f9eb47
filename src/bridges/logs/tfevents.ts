import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { groupBy } from '../../lib/group.ts';

/** One number at one step. */
export interface Scalar {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
}

/**
 * An event file that TensorBoard reads: TFRecords of `tensorflow.Event`, the first of which names the version.
 * `seconds` is the wall time of all of them, since 1970.
 */
export function encodeEvents(scalars: readonly Scalar[], seconds: number): Uint8Array[] {
  const version = event(seconds, (writer) => writer.tag(3, WireType.LengthDelimited).string('brain.Event:2'));
  const steps = groupBy(scalars, ({ step }) => step);
  const summaries = [...steps].map(([step, values]) =>
    event(seconds, (writer) => {
      writer.tag(2, WireType.Varint).int64(step);
      writer.tag(5, WireType.LengthDelimited).fork(); // Summary
      for (const { tag, value } of values) {
        writer.tag(1, WireType.LengthDelimited).fork(); // Value
        writer.tag(1, WireType.LengthDelimited).string(tag);
        writer.tag(2, WireType.Bit32).float(value);
        writer.join();
      }
      writer.join();
    }),
  );
  return [version, ...summaries].map(record);
}

function event(seconds: number, write: (writer: BinaryWriter) => void): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Bit64).double(seconds);
  write(writer);
  return writer.finish();
}

/** TFRecord: length (u64), its checksum, data, its checksum; all little-endian. */
function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + data.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return bytes;
}

/** CRC-32C (Castagnoli, reflected polynomial 0x82f63b78) by bytes. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Turned by 15 bits and shifted, so that a checksum of data that holds checksums is none of them. */
function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
