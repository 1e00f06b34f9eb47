"""Would a frozen base of fewer bits make a LoRA step faster? onnxruntime's own matrix products, in turns, in one run.

The seven maps of one layer of SmolLM2-135M, x [rows, K] times W [K, N], with W in float32; in 8 bits with x quantized as it
comes (DynamicQuantizeMatMul, one scale a column); in 4 bits, blocks of 32, with x as it is and with x in 8 bits
(MatMulNBits, accuracy_level 0 and 4). Weights are those of MODEL (safetensors, layer 0), x is random normal. Prints JSON:
milliseconds (median), and the error of y relative to float32 (root mean squares).

    pip install onnx onnxruntime safetensors
    python scripts/bench/quantized.py MODEL [--rows 512] [--rounds 15] [--threads 2]
"""

import argparse
import json
import statistics
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

BLOCK = 32
MAPS = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"]
MAPS += ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]


def float32(w):
    return "MatMul", "", [("w", w)], {}


def int8(w):
    scale = np.abs(w).max(axis=0) / 127
    rounded = np.clip(np.round(w / scale), -127, 127).astype(np.int8)
    return "DynamicQuantizeMatMul", "com.microsoft", [("w", rounded), ("scale", scale.astype(np.float32))], {}


def int4(level):
    def make(w):
        k, n = w.shape
        blocks = w.T.reshape(n, k // BLOCK, BLOCK)
        # the value of the largest size becomes -8, so that all sixteen steps are used
        at = np.abs(blocks).argmax(axis=2)
        scale = np.take_along_axis(blocks, at[..., None], 2)[..., 0] / -8
        steps = np.clip(np.round(blocks / scale[..., None]) + 8, 0, 15).astype(np.uint8)
        packed = steps[..., 0::2] | (steps[..., 1::2] << 4)
        attributes = {"K": k, "N": n, "bits": 4, "block_size": BLOCK, "accuracy_level": level}
        return "MatMulNBits", "com.microsoft", [("w", packed), ("scale", scale.astype(np.float32))], attributes

    return make


WAYS = {"float32": float32, "int8": int8, "int4": int4(0), "int4, x in 8 bits": int4(4)}


def session(way, weights, rows, threads):
    """All maps in one program, as a step has them; outputs keep them from being dropped."""
    nodes, initial, inputs, outputs = [], [], {}, []
    for name, w in weights.items():
        operator, domain, constants, attributes = WAYS[way](w)
        x = f"x{w.shape[0]}"
        inputs[x] = helper.make_tensor_value_info(x, TensorProto.FLOAT, [rows, w.shape[0]])
        outputs.append(helper.make_tensor_value_info(f"y {name}", TensorProto.FLOAT, [rows, w.shape[1]]))
        initial += [numpy_helper.from_array(np.ascontiguousarray(value), f"{name} {part}") for part, value in constants]
        arguments = [x, *(f"{name} {part}" for part, _ in constants)]
        nodes.append(helper.make_node(operator, arguments, [f"y {name}"], domain=domain, **attributes))
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    graph = helper.make_graph(nodes, "maps", list(inputs.values()), outputs, initial)
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


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
    sessions = {way: session(way, weights, args.rows, args.threads) for way in WAYS}
    found = {way: one.run(None, x) for way, one in sessions.items()}
    ms = {way: [] for way in WAYS}
    for _ in range(args.rounds):
        for way, one in sessions.items():
            start = time.perf_counter()
            one.run(None, x)
            ms[way].append(1000 * (time.perf_counter() - start))

    def error(way):
        gaps = [np.mean((y - exact) ** 2) / np.mean(exact**2) for y, exact in zip(found[way], found["float32"])]
        return round(float(np.sqrt(np.mean(gaps))), 4)

    told = {way: {"ms": round(statistics.median(times), 2), "error": error(way)} for way, times in ms.items()}
    print(json.dumps({"rows": args.rows, "threads": args.threads, "onnxruntime": onnxruntime.__version__, **told}, indent=1))


main()
