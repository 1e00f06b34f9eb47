"""The reference training step in eager PyTorch: the yardstick for the compiled engine.

A GPT-2 of 2.9M parameters (vocabulary 1024, 192 channels, 6 layers, 6 heads) sees 16 sequences of 128 tokens: forward,
backward, clipping to norm 1 and AdamW. Written as a good PyTorch user would, on the version at hand: fused attention
where it exists (2.0 and later; at this size the written-out one is as fast), and of the AdamW implementations (loop,
foreach, fused) the fastest, found by trying. Runs on 1.13 as well; needs torch and numpy alone.

The BLAS library decides what Debian's PyTorch is worth: its default one takes ten times as long as OpenBLAS. Install
libopenblas0-pthread beside python3-torch; the output names what was used.

    python scripts/bench/torch_step.py --steps 30 --warmup 5 --json [--init model.safetensors] [--threads 2]

--init gives the initial parameters under Hugging Face's names, with or without the prefix `transformer.`, so that two
programs can be compared loss by loss.
"""

import argparse
import json
import math
import os
import platform
import resource
import statistics
import struct
import time

import numpy as np
import torch
import torch.nn.functional as F

V, C, L, H, T, B = 1024, 192, 6, 6, 128, 16  # vocabulary, channels, layers, heads, tokens, sequences
MAX_NORM = 1.0
ADAMW = {"lr": 3e-4, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}  # decay on matrices only
FUSED_ATTENTION = hasattr(F, "scaled_dot_product_attention")
CAUSAL = torch.full((T, T), float("-inf")).triu(1)
ADAMW_KINDS = {"loop": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}


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
    return {"wte.weight": (V, C), "wpe.weight": (T, C), **blocks, "ln_f.weight": (C,), "ln_f.bias": (C,)}


BLOCK_NAMES = [name[len("h.0.") :] for name in shapes() if name.startswith("h.0.")]


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


def attention(q, k, v):
    """Causal softmax attention; q, k and v are [B, H, T, D]."""
    if FUSED_ATTENTION:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    scores = (q @ k.transpose(-1, -2)) * (1 / math.sqrt(q.shape[-1])) + CAUSAL
    return scores.softmax(-1) @ v


def loss_of(p: dict, tokens, targets):
    """Mean cross-entropy of the targets [B * T], given the tokens [B, T]."""
    x = F.embedding(tokens, p["wte.weight"]) + p["wpe.weight"]  # [B, T, C]
    x = x.view(B * T, C)
    for i in range(L):
        w = {name: p[f"h.{i}.{name}"] for name in BLOCK_NAMES}
        h = F.layer_norm(x, (C,), w["ln_1.weight"], w["ln_1.bias"])
        qkv = torch.addmm(w["attn.c_attn.bias"], h, w["attn.c_attn.weight"])
        q, k, v = (part.view(B, T, H, C // H).transpose(1, 2) for part in qkv.split(C, dim=1))  # [B, H, T, D]
        y = attention(q, k, v).transpose(1, 2).reshape(B * T, C)
        x = x + torch.addmm(w["attn.c_proj.bias"], y, w["attn.c_proj.weight"])
        h = F.layer_norm(x, (C,), w["ln_2.weight"], w["ln_2.bias"])
        h = F.gelu(torch.addmm(w["mlp.c_fc.bias"], h, w["mlp.c_fc.weight"]), approximate="tanh")
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


def measure(steps: int, warmup: int, init) -> dict:
    import_rss = peak_rss_bytes()
    parameters = initial_parameters(init)
    leaves = list(parameters.values())
    tokens = ((torch.arange(B * T) * 7919) % V).view(B, T)
    targets = (torch.arange(B * T) * 104729 + 3) % V
    adamw_ms = adamw_times(leaves)
    fastest = min(adamw_ms, key=adamw_ms.get)
    optimizer = adamw(leaves, fastest)
    losses, times = [], []

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(parameters, tokens, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(leaves, MAX_NORM)
        optimizer.step()
        losses.append(loss.item())

    for _ in range(warmup + steps):
        times.append(milliseconds(step))
    timed = times[warmup:]
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
        "attention": "fused" if FUSED_ATTENTION else "written-out",
        "adamw": {"kind": fastest, "msByKind": adamw_ms, "maxNorm": MAX_NORM, **ADAMW},
        "msPerStep": {"median": round(statistics.median(timed), 2), "min": round(min(timed), 2)},
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
    parser.add_argument("--init", metavar="FILE", help="safetensors file with the initial parameters")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    args = parser.parse_args()
    if args.steps < 1 or args.warmup < 0:
        parser.error("--steps must be at least 1 and --warmup at least 0")

    torch.set_num_threads(args.threads)
    torch.set_num_interop_threads(1)
    result = measure(args.steps, args.warmup, args.init)
    if args.json:
        print(json.dumps(result, indent=2))
        return
    ms, losses = result["msPerStep"], result["losses"]
    kinds = f"attention {result['attention']}, AdamW {result['adamw']['kind']}"
    print(f"torch {result['version']} ({result['blas']}), {result['threads']} threads, {kinds}")
    peak = result["peakRssBytes"] / 2**20
    print(f"{ms['median']:.0f} ms per step (fastest {ms['min']:.0f}), peak memory {peak:.0f} MiB")
    print(f"loss {losses[0]:.4f} -> {losses[-1]:.4f} in {len(losses)} steps")


if __name__ == "__main__":
    main()
