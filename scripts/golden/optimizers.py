"""Writes test/golden/optimizers.json: ten steps of Lion and of Muon on a few tiny parameters, in numpy and float64.

The gradient of step t is (p - target) * (1 + t / 10), so that no model takes part. Matrices are [in, out], as GPT-2
keeps them. PyTorch's own Muon and AdamW must agree, with Muon's iterations raised from bfloat16 to float64.

    python -m venv .venv && .venv/bin/pip install torch numpy && .venv/bin/python scripts/golden/optimizers.py
"""

import inspect
import json
from pathlib import Path

import numpy as np
import torch
from torch.optim import _muon

STEPS = 10
SHAPES = {
    "wte.weight": (5, 4),
    "h.0.ln_1.weight": (4,),
    "h.0.attn.c_attn.weight": (4, 12),
    "h.0.attn.c_attn.bias": (12,),
    "h.0.mlp.c_fc.weight": (3, 5),
    "h.1.mlp.c_proj.weight": (6, 3),
}
LION = {"lr": 0.01, "beta1": 0.9, "beta2": 0.99, "weightDecay": 0.1}
MUON = {"lr": 0.02, "momentum": 0.95, "weightDecay": 0.1, "adamShare": 0.25}
ADAM = {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8}

rng = np.random.default_rng(11)
start = {k: rng.normal(0, 1, s).astype(np.float32).astype(np.float64) for k, s in SHAPES.items()}
target = {k: rng.normal(0, 1, s).astype(np.float32).astype(np.float64) for k, s in SHAPES.items()}


def decay_of(p, options):
    return options["lr"] * options["weightDecay"] if p.ndim > 1 else 0


def lion(p, name, t, gradient, kept, o):
    m = kept.setdefault(name, np.zeros_like(p))
    move = np.sign(o["beta1"] * m + (1 - o["beta1"]) * gradient)
    kept[name] = o["beta2"] * m + (1 - o["beta2"]) * gradient
    return p * (1 - decay_of(p, o)) - o["lr"] * move


def orthogonal(g):
    """[out, in], as the authors write it."""
    x = g / (np.linalg.norm(g) + 1e-7)
    if g.shape[0] > g.shape[1]:
        x = x.T
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    if g.shape[0] > g.shape[1]:
        x = x.T
    return x * max(1, g.shape[0] / g.shape[1]) ** 0.5


def muon(p, name, t, gradient, kept, o):
    if name == "wte.weight" or p.ndim == 1:
        return adamw(p, name, t, gradient, kept, {**o, "lr": o["lr"] * o["adamShare"]}, decay=decay_of(p, o) * o["adamShare"])
    m = kept.setdefault(name, np.zeros_like(p))
    m += (1 - o["momentum"]) * (gradient - m)
    nesterov = gradient + o["momentum"] * (m - gradient)
    parts = np.split(nesterov, 3, axis=1) if "c_attn" in name else [nesterov]
    return p * (1 - decay_of(p, o)) - o["lr"] * np.concatenate([orthogonal(x.T).T for x in parts], axis=1)


def adamw(p, name, t, gradient, kept, o, decay):
    m, v = kept.setdefault(name, (np.zeros_like(p), np.zeros_like(p)))
    m = ADAM["beta1"] * m + (1 - ADAM["beta1"]) * gradient
    v = ADAM["beta2"] * v + (1 - ADAM["beta2"]) * gradient**2
    kept[name] = (m, v)
    corrected = (m / (1 - ADAM["beta1"] ** t)) / (np.sqrt(v / (1 - ADAM["beta2"] ** t)) + ADAM["epsilon"])
    return p * (1 - decay) - o["lr"] * corrected


def run(rule, options):
    parameters, kept = {k: v.copy() for k, v in start.items()}, {}
    for t in range(1, STEPS + 1):
        for k, p in parameters.items():
            parameters[k] = rule(p, k, t, (p - target[k]) * (1 + t / 10), kept, options)
    return parameters


def torch_run(make, names):
    """The same steps by an optimizer of PyTorch, [out, in]."""
    parameters = {k: torch.nn.Parameter(torch.tensor(start[k]).T.clone()) for k in names}
    optimizer = make(list(parameters.values()))
    for t in range(1, STEPS + 1):
        for k, p in parameters.items():
            p.grad = (p.detach() - torch.tensor(target[k]).T) * (1 + t / 10)
        optimizer.step()
    return {k: p.detach().numpy().T for k, p in parameters.items()}


source = inspect.getsource(_muon._zeropower_via_newtonschulz)
exec(source.replace("torch.bfloat16", "torch.float64"), vars(_muon))
results = {"lion": run(lion, LION), "muon": run(muon, MUON)}
theirs = torch_run(
    lambda ps: torch.optim.Muon(ps, lr=MUON["lr"], weight_decay=0.1, momentum=0.95, adjust_lr_fn="original"),
    ["h.0.mlp.c_fc.weight", "h.1.mlp.c_proj.weight"],
)
for k, p in theirs.items():
    assert np.abs(p - start[k]).max() > 0.05
    assert np.abs(p - results["muon"][k]).max() < 1e-7, k
rest = torch_run(lambda ps: torch.optim.AdamW(ps, lr=MUON["lr"] / 4, betas=(0.9, 0.95), weight_decay=0.1), ["wte.weight"])
assert np.abs(rest["wte.weight"] - results["muon"]["wte.weight"]).max() < 1e-9


def listed(parameters):
    return {k: {"shape": list(p.shape), "data": [float(f"{x:.9g}") for x in p.flatten()]} for k, p in parameters.items()}


golden = {
    "steps": STEPS,
    "start": listed(start),
    "target": listed(target),
    "lion": {"options": LION, "parameters": listed(results["lion"])},
    "muon": {"options": {**MUON, **ADAM}, "parameters": listed(results["muon"])},
}
path = Path(__file__).resolve().parents[2] / "test" / "golden" / "optimizers.json"
path.write_text(json.dumps(golden) + "\n")
