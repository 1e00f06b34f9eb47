"""Would a frozen base of fewer bits make a LoRA step faster? onnxruntime's own matrix products, in turns, in one run.

The seven maps of one layer of SmolLM2-135M, x [rows, K] times W [K, N], with W in float32; in 7 bits, one scale a column,
with x in 8 bits, one scale for all of it (DynamicQuantizeMatMul) or one a row (MatMulIntegerToFloat); in 4 bits, blocks of
32, with x as it is and with x in 8 bits (MatMulNBits, accuracy_level 0 and 4). Weights are those of MODEL (safetensors,
layer 0) and inputs of the program, as the kit's are; x is random normal. Prints JSON: milliseconds (median), and the error
of y relative to float32 (root mean squares).

    pip install onnx onnxruntime safetensors
    python scripts/bench/quantized.py MODEL [--rows 512] [--rounds 15] [--threads 2]
"""

import argparse
import json
import statistics
import time

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

BLOCK = 32
MAPS = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"]
MAPS += ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]


def node(operator, inputs, outputs, domain="com.microsoft", **attributes):
    return helper.make_node(operator, inputs, outputs, domain=domain, **attributes)


def float32(x, y, w):
    return [node("MatMul", [x, f"{y} w"], [y], "")], {f"{y} w": w}


def in_seven_bits(y, w):
    """255 * 64 * 2 fits 16 bits: where a processor adds pairs of products in so many, nothing is cut off."""
    scale = np.abs(w).max(axis=0) / 64
    return {f"{y} w": np.round(w / scale).astype(np.int8), f"{y} scale": scale.astype(np.float32)}


def one_scale(x, y, w):
    return [node("DynamicQuantizeMatMul", [x, f"{y} w", f"{y} scale"], [y])], in_seven_bits(y, w)


def scale_a_row(x, y, w):
    rows = [
        node("Abs", [x], [f"{x} abs"], ""),
        node("ReduceMax", [f"{x} abs", "last"], [f"{x} most"], "", keepdims=1),
        node("Mul", [f"{x} most", "1 / 127"], [f"{x} step"], ""),
        node("Reshape", [f"{x} step", "flat"], [f"{x} steps"], ""),
        node("QuantizeLinear", [x, f"{x} steps", "middle"], [f"{x} quantized"], "", axis=0),
    ]
    product = node("MatMulIntegerToFloat", [f"{x} quantized", f"{y} w", "1", f"{y} scale", "128"], [f"{y} unscaled"])
    scaled = node("Mul", [f"{y} unscaled", f"{x} step"], [y], "")
    return [*rows, product, scaled], in_seven_bits(y, w)


def four_bits(level):
    def make(x, y, w):
        k, n = w.shape
        blocks = w.T.reshape(n, k // BLOCK, BLOCK)
        # the value of the largest size becomes -8, so that all sixteen steps are used
        at = np.abs(blocks).argmax(axis=2)
        scale = np.take_along_axis(blocks, at[..., None], 2)[..., 0] / -8
        steps = np.clip(np.round(blocks / scale[..., None]) + 8, 0, 15).astype(np.uint8)
        packed = steps[..., 0::2] | (steps[..., 1::2] << 4)
        attributes = {"K": k, "N": n, "bits": 4, "block_size": BLOCK, "accuracy_level": level}
        one = node("MatMulNBits", [x, f"{y} w", f"{y} scale"], [y], **attributes)
        return [one], {f"{y} w": packed, f"{y} scale": scale.astype(np.float32)}

    return make


WAYS = {
    "float32": float32,
    "7 bits, x in 8": one_scale,
    "7 bits, x in 8 by rows": scale_a_row,
    "4 bits": four_bits(0),
    "4 bits, x in 8": four_bits(4),
}


def program(way, weights, rows, threads):
    """All maps in one program, as a step has them; outputs keep them from being dropped."""
    nodes, outputs = {}, []
    values = {}
    constants = {"last": np.array([1]), "flat": np.array([-1]), "1 / 127": np.float32(1 / 127), "1": np.float32(1)}
    constants |= {"128": np.uint8(128), "middle": np.full(rows, 128, np.uint8)}
    inputs = {f"x{k}": (TensorProto.FLOAT, [rows, k]) for k in {w.shape[0] for w in weights.values()}}
    for name, w in weights.items():
        own, read = WAYS[way](f"x{w.shape[0]}", name, w)
        nodes |= {one.output[0]: one for one in own}
        values |= {key: np.ascontiguousarray(value) for key, value in read.items()}
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [rows, w.shape[1]]))
    inputs |= {key: (helper.np_dtype_to_tensor_dtype(value.dtype), value.shape) for key, value in values.items()}
    ports = [helper.make_tensor_value_info(key, *spec) for key, spec in inputs.items()]
    initial = [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()]
    graph = helper.make_graph(list(nodes.values()), "maps", ports, outputs, initial)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {**x, **values})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    for name, usual in {"rows": 512, "rounds": 15, "threads": 2}.items():
        parser.add_argument(f"--{name}", type=int, default=usual, help="(default: %(default)s)")
    args = parser.parse_args()
    tensors = load_file(f"{args.model}/model.safetensors")
    weights = {name: tensors[f"model.layers.0.{name}.weight"].astype(np.float32).T for name in MAPS}
    draw = np.random.default_rng(1)
    x = {f"x{k}": draw.standard_normal((args.rows, k), dtype=np.float32) for k in {w.shape[0] for w in weights.values()}}
    programs = {way: program(way, weights, args.rows, args.threads) for way in WAYS}
    found = {way: run(x) for way, run in programs.items()}
    ms = {way: [] for way in WAYS}
    for _ in range(args.rounds):
        for way, run in programs.items():
            start = time.perf_counter()
            run(x)
            ms[way].append(1000 * (time.perf_counter() - start))

    def error(way):
        gaps = [np.mean((y - exact) ** 2) / np.mean(exact**2) for y, exact in zip(found[way], found["float32"])]
        return round(float(np.sqrt(np.mean(gaps))), 4)

    told = {way: {"ms": round(statistics.median(times), 2), "error": error(way)} for way, times in ms.items()}
    print(json.dumps({"rows": args.rows, "threads": args.threads, "onnxruntime": onnxruntime.__version__, **told}, indent=1))


main()
