import type { DType, Signature, Specs, Traceable } from '../types.ts';
import { createGraph } from './graph.ts';
import type { Graph, Initializer, Node, Port } from './graph.ts';
import { record } from './index.ts';

/** Sizes that are known only when a program runs, by name, as some run might have them. */
export type Sizes = Readonly<Record<string, number>>;

export interface DynamicSignature {
  readonly state: Specs;
  /** A dimension given by name is a size of the run; each size is a dimension of some input. */
  readonly inputs: Readonly<Record<string, { readonly shape: readonly (number | string)[]; readonly dtype: DType }>>;
}

/** A number that depends on sizes: their product, times a factor. */
interface Product {
  readonly factor: number;
  readonly sizes: readonly string[];
}

/**
 * A graph for all sizes, from traces at some. A trace is a list of operations and constants; between two traces only constants
 * that hold shapes may differ. Each number in them that does must be one product of sizes, for all traces at once; the graph
 * then computes it from the shapes of its inputs. What cannot be explained so is refused, so that no size is ever baked in.
 *
 * The operators are those of the ONNX standard: onnxruntime fuses them again, and tools that quantize or infer shapes know them.
 *
 * (A tracer that knew sizes by name would need tfjs to compute with names; its shapes are numbers.)
 *
 * @param assumed sizes to trace at, three sets or more, none of whose products are proportional to each other.
 * @throws Error where the function is not the same at all sizes.
 */
export function traceDynamic(
  fn: Traceable,
  { state, inputs }: DynamicSignature,
  name: string,
  assumed: readonly Sizes[],
): Graph {
  const at = (sizes: Sizes): Signature => ({
    state,
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([key, { shape, dtype }]) => [
        key,
        { dtype, shape: shape.map((d) => (typeof d === 'number' ? d : sizes[d]!)) },
      ]),
    ),
  });
  const traces = assumed.map((sizes) => record(fn, at(sizes), name, 'portable').graph);
  expectSameNodes(traces, name);
  const explain = (values: readonly number[], what: string): Product => solve(values, assumed, `${name}: ${what}`);

  const ports = traces[0]!.inputs.map((port): Port => ({
    ...port,
    shape: inputs[port.name.slice('in:'.length)]?.shape ?? port.shape,
  }));
  const sizes = createGraph('size');
  const renamed = new Map<string, string>();
  for (const [i, initializer] of traces[0]!.initializers.entries()) {
    const variants = traces.map(({ initializers }) => initializers[i]!);
    if (variants.every((variant) => isSame(variant, initializer))) continue;
    const products = dimensions(variants, name).map((values) => explain(values, 'a number in a shape'));
    renamed.set(initializer.name, compute(products, ports, sizes));
  }
  return {
    ...sizes,
    nodes: [...sizes.nodes, ...traces[0]!.nodes.map((node) => rename(node, renamed))],
    initializers: [...sizes.initializers, ...traces[0]!.initializers.filter((constant) => !renamed.has(constant.name))],
    inputs: ports,
    outputs: traces[0]!.outputs.map((port, i) => ({
      ...port,
      shape: port.shape.map((_, axis) => {
        const { factor, sizes } = explain(
          traces.map(({ outputs }) => Number(outputs[i]!.shape[axis])),
          `a dimension of ${port.name}`,
        );
        return sizes.length === 0 ? factor : [...(factor === 1 ? [] : [factor]), ...sizes].join(' * ');
      }),
    })),
  };
}

function expectSameNodes(traces: readonly Graph[], name: string): void {
  const [first, ...others] = traces.map(({ nodes }) => nodes.map((node) => JSON.stringify(node)));
  for (const other of others) {
    const at = first!.findIndex((node, i) => node !== other[i]);
    if (at >= 0 || other.length !== first!.length)
      throw new Error(`${name} is not one program for all sizes: its node ${at} is ${first![at]}, or ${other[at]}`);
  }
}

const isSame = (a: Initializer, b: Initializer): boolean =>
  a.dtype === b.dtype && a.shape.join() === b.shape.join() && Buffer.compare(a.data, b.data) === 0;

/** The numbers of a vector of integers, each as it is in every trace. */
function dimensions(variants: readonly Initializer[], name: string): number[][] {
  const [first] = variants;
  const { dtype, shape } = first!;
  if (dtype !== 'int64' || shape.length !== 1 || variants.some((variant) => variant.shape.join() !== shape.join()))
    throw new Error(
      `${name} is not one program for all sizes: a ${dtype} constant [${shape.join(', ')}] depends on them`,
    );
  const values = variants.map(({ data }) => [...new BigInt64Array(data.slice().buffer)].map(Number));
  return values[0]!.map((_, i) => values.map((value) => value[i]!));
}

function solve(values: readonly number[], assumed: readonly Sizes[], what: string): Product {
  if (new Set(values).size === 1) return { factor: values[0]!, sizes: [] };
  const found = subsets(Object.keys(assumed[0]!)).flatMap((sizes): Product[] => {
    const products = assumed.map((run) => sizes.reduce((product, size) => product * run[size]!, 1));
    const factor = values[0]! / products[0]!;
    const isExact = Number.isInteger(factor) && values.every((value, i) => value === factor * products[i]!);
    return isExact ? [{ factor, sizes }] : [];
  });
  if (found.length !== 1)
    throw new Error(
      `${what} is ${values.join(', ')}: ${found.length} products of sizes explain it, and it must be one`,
    );
  return found[0]!;
}

const subsets = (names: readonly string[]): string[][] =>
  names.reduce<string[][]>((all, name) => [...all, ...all.map((some) => [...some, name])], [[]]);

/** Appends what computes the numbers, as a vector, from the shapes of the inputs. */
function compute(products: readonly Product[], ports: readonly Port[], graph: Graph): string {
  const size = (name: string): string => {
    const port = ports.find(({ shape }) => shape.includes(name))!;
    const shape = graph.append('Shape', [port.name])[0]!;
    return graph.append('Gather', [shape, graph.int64([port.shape.indexOf(name)])], { axis: 0 })[0]!;
  };
  const parts = products.map(({ factor, sizes }) => {
    const values = [...(factor === 1 && sizes.length > 0 ? [] : [graph.int64([factor])]), ...sizes.map(size)];
    return values.reduce((product, value) => graph.append('Mul', [product, value])[0]!);
  });
  return parts.length === 1 ? parts[0]! : graph.append('Concat', parts, { axis: 0 })[0]!;
}

/** Reads the values under their new names. An empty dimension that a reshape computes is meant: without `allowzero`, 0 would say "as it was". */
function rename(node: Node, names: ReadonlyMap<string, string>): Node {
  const inputs = node.inputs.map((input) => names.get(input) ?? input);
  const isComputed = node.op === 'Reshape' && names.has(node.inputs[1]!);
  return { ...node, inputs, attributes: isComputed ? { ...node.attributes, allowzero: 1 } : node.attributes };
}
