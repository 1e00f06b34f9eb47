"""The reference training step in eager PyTorch: the yardstick for the compiled engine.

A GPT-2, by default of 2.9M parameters (vocabulary 2048, 256 channels, 3 layers, 4 heads), sees 16 sequences of 128
tokens: forward, backward, clipping to norm 1 and AdamW. Written as a good PyTorch user would, on the version at hand: of
the attentions (fused, which 2.0 brought, and written out) and of the AdamW implementations (loop, foreach, fused) the
fastest, found by trying. Runs on 1.13 as well; needs torch and numpy alone.

The BLAS library decides what Debian's PyTorch is worth: its default one takes ten times as long as OpenBLAS. Install
libopenblas0-pthread beside python3-torch; the output names what was used.

    python scripts/bench/torch_step.py --steps 30 --warmup 5 --json [--init model.safetensors] [--threads 2]

--model is JSON: a size of src/cli/bench/sizes.ts and the activation. --init gives the initial parameters under Hugging
Face's names, with or without the prefix `transformer.`, so that two programs can be compared loss by loss.
"""

import argparse
import json
import math
import multiprocessing
import os
import platform
import resource
import statistics
import struct
import time

import numpy as np
import torch
import torch.nn.functional as F

MODEL = {
    "vocabSize": 2048,
    "nEmbd": 256,
    "nLayer": 3,
    "nHead": 4,
    "nPositions": 128,
    "T": 128,
    "B": 16,
    "activation": "gelu_new",
}
MAX_NORM = 1.0
ADAMW = {"lr": 3e-4, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}  # decay on matrices only
ADAMW_KINDS = {"loop": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}
ACTIVATIONS = {"gelu_new": lambda x: F.gelu(x, approximate="tanh"), "relu2": lambda x: F.relu(x).square()}


def prepare(args) -> None:
    """Threads, and the model: vocabulary V, channels C, layers L, heads H, positions P, tokens T, sequences B."""
    global V, C, L, H, P, T, B, ACTIVATION, CAUSAL, BLOCK_NAMES
    torch.set_num_threads(args.threads)
    torch.set_num_interop_threads(1)
    model = args.model
    V, C, L, H, P, T, B = (model[name] for name in ("vocabSize", "nEmbd", "nLayer", "nHead", "nPositions", "T", "B"))
    ACTIVATION = ACTIVATIONS[model["activation"]]
    CAUSAL = torch.full((T, T), float("-inf")).triu(1)
    BLOCK_NAMES = [name[len("h.0.") :] for name in shapes() if name.startswith("h.0.")]


def shapes() -> dict:
    """Every parameter's shape by Hugging Face's name; matrices are [in, out] (`Conv1D`)."""
    block = {
        "ln_1.weight": (C,),
        "ln_1.bias": (C,),
        "attn.c_attn.weight": (C, 3 * C),
        "attn.c_attn.bias": (3 * C,),
        "attn.c_proj.weight": (C, C),
        "attn.c_proj.bias": (C,),
        "ln_2.weight": (C,),
        "ln_2.bias": (C,),
        "mlp.c_fc.weight": (C, 4 * C),
        "mlp.c_fc.bias": (4 * C,),
        "mlp.c_proj.weight": (4 * C, C),
        "mlp.c_proj.bias": (C,),
    }
    blocks = {f"h.{i}.{name}": shape for i in range(L) for name, shape in block.items()}
    return {"wte.weight": (V, C), "wpe.weight": (P, C), **blocks, "ln_f.weight": (C,), "ln_f.bias": (C,)}


def read_safetensors(path: str) -> dict:
    """The float32 tensors of a safetensors file, without the package of that name."""
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        if size > os.path.getsize(path):
            raise SystemExit(f"{path}: not a safetensors file; its header claims {size} bytes")
        header = json.loads(file.read(size))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "F32":
            raise SystemExit(f"{path}: {name} is {entry['dtype']}; only F32 can be read")
        start, end = entry["data_offsets"]
        array = np.frombuffer(data[start:end], dtype="<f4").reshape(entry["shape"])
        tensors[name[len("transformer.") :] if name.startswith("transformer.") else name] = array
    return tensors


def initial_parameters(path) -> dict:
    """From the file, or GPT-2's initial values: normal with deviation 0.02, biases 0, LayerNorm weights 1."""
    if path is None:
        generator = torch.Generator().manual_seed(1)

        def value(name, shape):
            if len(shape) == 2:
                return torch.randn(shape, generator=generator) * 0.02
            return torch.ones(shape) if name.endswith("weight") else torch.zeros(shape)

        return {name: value(name, shape).requires_grad_() for name, shape in shapes().items()}
    tensors = read_safetensors(path)
    for name, shape in shapes().items():
        if name not in tensors or tensors[name].shape != shape:
            found = tensors[name].shape if name in tensors else "nothing"
            raise SystemExit(f"{path}: {name} should have shape {shape}; found {found}")
    return {name: torch.tensor(tensors[name]).requires_grad_() for name in shapes()}


def fused_attention(q, k, v):
    """Causal softmax attention; q, k and v are [B, H, T, D]."""
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def written_out_attention(q, k, v):
    """The same."""
    scores = (q @ k.transpose(-1, -2)) * (1 / math.sqrt(q.shape[-1])) + CAUSAL
    return scores.softmax(-1) @ v


def attentions() -> dict:
    kinds = {"written-out": written_out_attention}
    if hasattr(F, "scaled_dot_product_attention"):
        kinds["fused"] = fused_attention
    return kinds


def loss_of(p: dict, tokens, targets, attention):
    """Mean cross-entropy of the targets [B * T], given the tokens [B, T]."""
    x = F.embedding(tokens, p["wte.weight"]) + p["wpe.weight"][:T]  # [B, T, C]
    x = x.view(B * T, C)
    for i in range(L):
        w = {name: p[f"h.{i}.{name}"] for name in BLOCK_NAMES}
        h = F.layer_norm(x, (C,), w["ln_1.weight"], w["ln_1.bias"])
        qkv = torch.addmm(w["attn.c_attn.bias"], h, w["attn.c_attn.weight"])
        q, k, v = (part.view(B, T, H, C // H).transpose(1, 2) for part in qkv.split(C, dim=1))  # [B, H, T, D]
        y = attention(q, k, v).transpose(1, 2).reshape(B * T, C)
        x = x + torch.addmm(w["attn.c_proj.bias"], y, w["attn.c_proj.weight"])
        h = F.layer_norm(x, (C,), w["ln_2.weight"], w["ln_2.bias"])
        h = ACTIVATION(torch.addmm(w["mlp.c_fc.bias"], h, w["mlp.c_fc.weight"]))
        x = x + torch.addmm(w["mlp.c_proj.bias"], h, w["mlp.c_proj.weight"])
    x = F.layer_norm(x, (C,), p["ln_f.weight"], p["ln_f.bias"])
    return F.cross_entropy(x @ p["wte.weight"].t(), targets)


def adamw(parameters: list, kind: str) -> torch.optim.AdamW:
    groups = [
        {"params": [p for p in parameters if p.ndim >= 2]},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, **ADAMW, **ADAMW_KINDS[kind])


def adamw_times(parameters: list) -> dict:
    """Milliseconds of one update, for each AdamW that this version has on the CPU. Works on copies."""
    times = {}
    for kind in ADAMW_KINDS:
        copies = [p.detach().clone().requires_grad_() for p in parameters]
        for p in copies:
            p.grad = torch.full_like(p, 1e-3)
        try:
            times[kind] = best_of(adamw(copies, kind).step)
        except (TypeError, RuntimeError):  # an old version, or fused for CUDA only
            continue
    return times


def attention_times(parameters: dict, tokens, targets) -> dict:
    """Milliseconds forward and backward, for each attention that this version has."""
    leaves = list(parameters.values())

    def gradients(attention):
        return lambda: torch.autograd.grad(loss_of(parameters, tokens, targets, attention), leaves)

    return {kind: best_of(gradients(attention), repeats=4) for kind, attention in attentions().items()}


def try_kinds(args) -> tuple:
    """Milliseconds by kind of attention and of AdamW. In a process of its own: its memory is not the step's."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(kind_times, (args,))


def kind_times(args) -> tuple:
    prepare(args)
    parameters = initial_parameters(args.init)
    return attention_times(parameters, *batch()), adamw_times(list(parameters.values()))


def batch() -> tuple:
    """Tokens [B, T] and targets [B * T] that any program can make for itself."""
    tokens = ((torch.arange(B * T) * 7919) % V).view(B, T)
    return tokens, (torch.arange(B * T) * 104729 + 3) % V


def best_of(f, repeats: int = 10) -> float:
    return round(min(milliseconds(f) for _ in range(repeats)), 3)


def milliseconds(f) -> float:
    start = time.perf_counter()
    f()
    return (time.perf_counter() - start) * 1e3


def peak_rss_bytes() -> int:
    """The process's largest resident memory so far; Linux counts it in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if platform.system() == "Darwin" else peak * 1024


def measure(args) -> dict:
    import_rss = peak_rss_bytes()
    steps, warmup = args.steps, args.warmup
    attention_ms, adamw_ms = try_kinds(args)
    attention_kind, adamw_kind = (min(ms, key=ms.get) for ms in (attention_ms, adamw_ms))
    parameters = initial_parameters(args.init)
    leaves = list(parameters.values())
    tokens, targets = batch()
    attention = attentions()[attention_kind]
    optimizer = adamw(leaves, adamw_kind)
    losses, times = [], []

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(parameters, tokens, targets, attention)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(leaves, MAX_NORM)
        optimizer.step()
        losses.append(loss.item())

    for _ in range(warmup):
        step()
    cpu = time.process_time()
    for _ in range(steps):
        times.append(milliseconds(step))
    cpu_ms = 1e3 * (time.process_time() - cpu) / steps
    return {
        "runtime": "pytorch-eager",
        "version": torch.__version__,
        "python": platform.python_version(),
        "threads": torch.get_num_threads(),
        "blas": blas(),
        "parameters": sum(p.numel() for p in leaves),
        "tokensPerStep": B * T,
        "steps": steps,
        "warmup": warmup,
        "attention": {"kind": attention_kind, "msByKind": attention_ms},
        "adamw": {"kind": adamw_kind, "msByKind": adamw_ms, "maxNorm": MAX_NORM, **ADAMW},
        "msPerStep": {"median": round(statistics.median(times), 2), "min": round(min(times), 2)},
        "cpuMsPerStep": round(cpu_ms, 2),
        "losses": losses[:20],
        "peakRssBytes": peak_rss_bytes(),
        "importRssBytes": import_rss,
    }


def blas() -> str:
    """What multiplies matrices: MKL, or the BLAS library the process has loaded (Debian's default one is slow)."""
    if torch.backends.mkl.is_available():
        return "mkl"
    if not os.path.exists("/proc/self/maps"):
        return "unknown"
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if "/" in line}
    files = {os.path.basename(path) for path in paths}
    if any("openblas" in path for path in paths):
        return "openblas"
    return next((name for name in sorted(files) if "blas" in name), "unknown")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=30, help="timed steps (default: %(default)s)")
    parser.add_argument("--warmup", type=int, default=5, help="steps before the clock counts (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="(default: %(default)s)")
    parser.add_argument("--model", metavar="JSON", type=json.loads, default=MODEL, help="(default: the reference's)")
    parser.add_argument("--init", metavar="FILE", help="safetensors file with the initial parameters")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    args = parser.parse_args()
    if args.steps < 1 or args.warmup < 0:
        parser.error("--steps must be at least 1 and --warmup at least 0")

    prepare(args)
    result = measure(args)
    if args.json:
        print(json.dumps(result, indent=2))
        return
    ms, losses = result["msPerStep"], result["losses"]
    kinds = f"attention {result['attention']['kind']}, AdamW {result['adamw']['kind']}"
    print(f"torch {result['version']} ({result['blas']}), {result['threads']} threads, {kinds}")
    peak = result["peakRssBytes"] / 2**20
    print(f"{ms['median']:.0f} ms per step (fastest {ms['min']:.0f}), peak memory {peak:.0f} MiB")
    print(f"loss {losses[0]:.4f} -> {losses[-1]:.4f} in {len(losses)} steps")


if __name__ == "__main__":
    main()
