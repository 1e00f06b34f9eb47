import type { DataType } from '@tensorflow/tfjs';

export type AttributeValue = number | { readonly float: number } | readonly number[] | string;

export interface Node {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** `int64` exists only here: ONNX wants it for axes, shapes and indices; and bytes, which tfjs has none of. */
export type ElementType = DataType | 'int64' | 'int8' | 'uint8';

/** A constant of the graph. */
export interface Initializer {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

export interface Port {
  readonly name: string;
  readonly dtype: ElementType;
  /** A name stands for a size that is known only when the graph runs. */
  readonly shape: readonly (number | string)[];
}

/** An ONNX graph under construction: nodes in execution order, constants stored once. */
export interface Graph {
  readonly nodes: Node[];
  readonly initializers: Initializer[];
  readonly inputs: Port[];
  readonly outputs: Port[];
  /** Appends a node with `outputCount` outputs and returns their names. Equal nodes are appended once. */
  append(
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
    options?: { domain?: string; outputCount?: number },
  ): string[];
  /** Gives an existing value a second, public name. */
  output(value: string, port: Port): void;
  constant(dtype: DataType, shape: readonly number[], values: ArrayLike<number>): string;
  int64(values: readonly number[], shape?: readonly number[]): string;
  bytes(dtype: 'int8' | 'uint8', shape: readonly number[], values: Uint8Array): string;
}

const bytesOf = (array: Float32Array | Int32Array | BigInt64Array | Uint8Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function toBytes(dtype: DataType, values: ArrayLike<number>): Uint8Array {
  if (dtype === 'float32') return bytesOf(Float32Array.from(values));
  if (dtype === 'int32') return bytesOf(Int32Array.from(values));
  return bytesOf(Uint8Array.from(values));
}

/** @param prefix begins the names of its values: two graphs that are to be joined need two. */
export function createGraph(prefix = 'v'): Graph {
  const nodes: Node[] = [];
  const initializers: Initializer[] = [];
  const inputs: Port[] = [];
  const outputs: Port[] = [];
  const known = new Map<string, string[]>();
  let count = 0;
  const fresh = (): string => `${prefix}${count++}`;

  const initializer = (dtype: Initializer['dtype'], shape: readonly number[], data: Uint8Array): string => {
    const key = `${dtype}[${shape.join(',')}]${Buffer.from(data).toString('base64')}`;
    const seen = data.length <= 4096 ? known.get(key) : undefined;
    if (seen) return seen[0]!;
    const name = fresh();
    initializers.push({ name, dtype, shape, data });
    if (data.length <= 4096) known.set(key, [name]);
    return name;
  };

  return {
    nodes,
    initializers,
    inputs,
    outputs,
    append(op, nodeInputs, attributes = {}, { domain = '', outputCount = 1 } = {}) {
      const key = `${domain}:${op}(${nodeInputs.join(',')})${JSON.stringify(attributes)}#${outputCount}`;
      const seen = known.get(key);
      if (seen) return seen;
      const names = Array.from({ length: outputCount }, fresh);
      nodes.push({ op, domain, inputs: nodeInputs, outputs: names, attributes });
      known.set(key, names);
      return names;
    },
    output(value, port) {
      nodes.push({ op: 'Identity', domain: '', inputs: [value], outputs: [port.name], attributes: {} });
      outputs.push(port);
    },
    constant: (dtype, shape, values) => initializer(dtype, shape, toBytes(dtype, values)),
    int64: (values, shape = [values.length]) =>
      initializer('int64', shape, bytesOf(BigInt64Array.from(values.map(BigInt)))),
    bytes: initializer,
  };
}

/** The graph without what no output depends on: gradients that nobody asked for, which onnxruntime would compute. */
export function withoutDeadNodes(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    nodes.push(node);
    for (const name of node.inputs) needed.add(name);
  }
  return { ...graph, nodes: nodes.reverse(), initializers: graph.initializers.filter(({ name }) => needed.has(name)) };
}

/**
 * The graph with products scaled as they are made: a product of matrices that is multiplied by a constant and used nowhere else
 * takes the constant along as its `alpha`.
 */
export function withScaledProducts(graph: Graph): Graph {
  const uses = new Map<string, number>();
  for (const name of graph.nodes.flatMap(({ inputs }) => inputs)) uses.set(name, (uses.get(name) ?? 0) + 1);
  const isNumber = ({ dtype, shape }: Initializer): boolean => dtype === 'float32' && shape.length === 0;
  const numbers = new Map(
    graph.initializers.filter(isNumber).map(({ name, data }) => [name, new Float32Array(data.slice().buffer)[0]!]),
  );
  const products = new Map<string, Node>();
  const nodes = graph.nodes.map((node) => {
    const [a = '', b = ''] = node.inputs;
    const [product, scale] = [products.get(a), numbers.get(b)];
    const isScaling = node.op === 'Mul' && product && scale !== undefined && uses.get(a) === 1;
    const kept = isScaling ? { ...product, outputs: node.outputs, attributes: scaled(product, scale) } : node;
    if (kept.inputs.length === 2 && Object.hasOwn(kept.attributes, 'alpha')) products.set(kept.outputs[0]!, kept);
    return kept;
  });
  return withoutDeadNodes({ ...graph, nodes });
}

const scaled = ({ attributes }: Node, scale: number): Node['attributes'] => {
  const { float } = attributes.alpha as { readonly float: number };
  return { ...attributes, alpha: { float: float * scale } };
};
