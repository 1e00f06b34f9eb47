import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { sizeOf } from '../types.ts';
import type { AttributeValue, Graph, Initializer, Node, Port } from './graph.ts';

/** Opset 18: every reduction takes its axes as an input, and ScatterND adds. IR 8 is what onnxruntime >= 1.14 reads. */
const OPSET = 18;
const IR_VERSION = 8;

const ELEMENT_TYPE = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, string: 8, complex64: 14 } as const;
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const;

type Write = (writer: BinaryWriter) => void;

const message = (writer: BinaryWriter, field: number, write: Write): void => {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
};
const text = (writer: BinaryWriter, field: number, value: string): void => {
  writer.tag(field, WireType.LengthDelimited).string(value);
};
const int = (writer: BinaryWriter, field: number, value: number): void => {
  writer.tag(field, WireType.Varint).int64(value);
};

function writeAttribute(writer: BinaryWriter, name: string, value: AttributeValue): void {
  text(writer, 1, name);
  if (typeof value === 'number') {
    int(writer, 3, value);
    int(writer, 20, ATTRIBUTE_TYPE.int);
  } else if (typeof value === 'string') {
    writer.tag(4, WireType.LengthDelimited).bytes(new TextEncoder().encode(value));
    int(writer, 20, ATTRIBUTE_TYPE.string);
  } else if ('float' in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    int(writer, 20, ATTRIBUTE_TYPE.float);
  } else {
    for (const v of value) int(writer, 8, v);
    int(writer, 20, ATTRIBUTE_TYPE.ints);
  }
}

function writeNode(writer: BinaryWriter, node: Node, index: number): void {
  for (const input of node.inputs) text(writer, 1, input);
  for (const output of node.outputs) text(writer, 2, output);
  text(writer, 3, `${node.op}_${index}`);
  text(writer, 4, node.op);
  for (const [name, value] of Object.entries(node.attributes))
    message(writer, 5, (w) => writeAttribute(w, name, value));
  if (node.domain) text(writer, 7, node.domain);
}

function writeInitializer(writer: BinaryWriter, { name, dtype, shape, data }: Initializer): void {
  for (const d of shape) int(writer, 1, d);
  int(writer, 2, ELEMENT_TYPE[dtype]);
  text(writer, 8, name);
  writer.tag(9, WireType.LengthDelimited).bytes(data);
}

function writePort(writer: BinaryWriter, { name, dtype, shape }: Port): void {
  text(writer, 1, name);
  message(writer, 2, (type) =>
    message(type, 1, (tensor) => {
      int(tensor, 1, ELEMENT_TYPE[dtype]);
      message(tensor, 2, (dims) => {
        for (const d of shape) message(dims, 1, (dim) => (typeof d === 'number' ? int(dim, 1, d) : text(dim, 2, d)));
      });
    }),
  );
}

function writeGraph(g: BinaryWriter, graph: Graph, name: string): void {
  graph.nodes.forEach((node, i) => message(g, 1, (w) => writeNode(w, node, i)));
  text(g, 2, name);
  for (const initializer of graph.initializers) message(g, 5, (w) => writeInitializer(w, initializer));
  for (const port of graph.inputs) message(g, 11, (w) => writePort(w, port));
  for (const port of graph.outputs) message(g, 12, (w) => writePort(w, port));
}

function writeHead(writer: BinaryWriter, { nodes }: Graph): void {
  int(writer, 1, IR_VERSION);
  text(writer, 2, 'dormouse');
  for (const [domain, version] of [
    ['', OPSET],
    ['com.microsoft', 1],
  ] as const) {
    if (domain !== '' && !nodes.some((node) => node.domain === domain)) continue;
    message(writer, 8, (opset) => {
      text(opset, 1, domain);
      int(opset, 2, version);
    });
  }
}

/** The bytes of an ONNX ModelProto (onnx.proto3; the field numbers are the schema's). */
export function serializeGraph(graph: Graph, name: string): Uint8Array {
  const writer = new BinaryWriter();
  writeHead(writer, graph);
  message(writer, 7, (g) => writeGraph(g, graph, name));
  return writer.finish();
}

export type Weights = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>;

/**
 * The same, with weights as constants of the graph, as chunks to be written one after another: the weights are views of their
 * own memory, never copied.
 */
export function serializeWithWeights(graph: Graph, name: string, weights: Weights): Uint8Array[] {
  const inner = new BinaryWriter();
  writeGraph(inner, graph, name);
  const chunks: Uint8Array[] = [inner.finish()];
  for (const [key, { shape, data }] of Object.entries(weights)) {
    const tensor = new BinaryWriter();
    for (const d of shape) int(tensor, 1, d);
    int(tensor, 2, ELEMENT_TYPE.float32);
    text(tensor, 8, key);
    tensor.tag(9, WireType.LengthDelimited).uint32(4 * sizeOf(shape));
    const head = tensor.finish();
    const frame = new BinaryWriter().tag(5, WireType.LengthDelimited).uint32(head.length + data.byteLength);
    chunks.push(frame.raw(head).finish(), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  const outer = new BinaryWriter();
  writeHead(outer, graph);
  outer.tag(7, WireType.LengthDelimited).uint32(chunks.reduce((sum, { length }) => sum + length, 0));
  return [outer.finish(), ...chunks];
}
