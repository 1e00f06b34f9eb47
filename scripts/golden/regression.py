"""Learners of regressions, by PyTorch in double precision, and the methods that they stand beside, by numpy. Writes test/golden/regression.json.

python -m venv .venv && .venv/bin/pip install numpy torch && .venv/bin/python scripts/golden/regression.py
"""

import json
from pathlib import Path

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(1)


def draw(*shape):
    """Numbers that single precision holds, so that nobody rounds them."""
    return torch.tensor(rng.normal(size=shape).astype(np.float32).astype(np.float64))


def flat(x):
    return [float(f"{float(v):.9g}") for v in x.detach().reshape(-1)]


B, N, d = 3, 5, 4
D = d + 1
weights = {name: draw(D, D).requires_grad_() for name in ("query", "key", "value", "projection")}
xs, ys, queries, answers = draw(B, N, d), draw(B, N), draw(B, d).requires_grad_(), draw(B)

# von Oswald et al. 2023: e_j <- e_j + P V K^T q_j over tokens e = (x, y), the query's y being 0; the answer is -y of the query
asked = torch.cat([queries, torch.zeros(B, 1)], dim=1)
tokens = torch.cat([torch.cat([xs, ys[..., None]], dim=2), asked[:, None]], dim=1)
scores = torch.einsum("btd,kd,ke,be->bt", tokens, weights["key"], weights["query"], asked)
added = torch.einsum("pv,vd,btd,bt->bp", weights["projection"], weights["value"], tokens, scores)
predictions = -added[:, d]
loss = 0.5 * ((predictions - answers) ** 2).sum()
sensitivities = torch.autograd.grad(predictions.sum(), queries, retain_graph=True)[0]
gradients = torch.autograd.grad(loss, list(weights.values()))

# the softmax transformer: pre-LN, tokens (x, y, 0) and (x, 0, 1), no positions; everybody sees the examples, and itself
H, size, layers, M = 2, 3, 2, 2
C = H * size
several = draw(B, M, d)


def short(*shape, scale):
    return torch.tensor(np.round(rng.normal(size=shape) * scale, 3))


net = {}
for name, i, o in [("read", d + 2, C), ("answer", C, 1)] + [
    (f"{l}.{part}", i, o)
    for l in range(layers)
    for part, i, o in [("qkv", C, 3 * C), ("out", C, C), ("up", C, 4 * C), ("down", 4 * C, C)]
]:
    net[f"{name}.weight"], net[f"{name}.bias"] = short(o, i, scale=i**-0.5), short(o, scale=0.1)
for name in ["ln"] + [f"{l}.ln_{k}" for l in range(layers) for k in (1, 2)]:
    net[f"{name}.weight"], net[f"{name}.bias"] = 1 + short(C, scale=0.1), short(C, scale=0.1)
for w in net.values():
    w.requires_grad_()


def linear(name, x):
    return torch.nn.functional.linear(x, net[f"{name}.weight"], net[f"{name}.bias"])


def norm(name, x):
    return torch.nn.functional.layer_norm(x, (C,), net[f"{name}.weight"], net[f"{name}.bias"], 1e-5)


shown = torch.cat([xs, ys[..., None], torch.zeros(B, N, 1)], dim=2)
asking = torch.cat([several, torch.zeros(B, M, 1), torch.ones(B, M, 1)], dim=2)
x = linear("read", torch.cat([shown, asking], dim=1))
T = N + M
sees = torch.eye(T, dtype=torch.bool)
sees[:, :N] = True
for l in range(layers):
    q, k, v = (part.reshape(B, T, H, size).transpose(1, 2) for part in linear(f"{l}.qkv", norm(f"{l}.ln_1", x)).split(C, dim=2))
    z = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=sees)
    x = x + linear(f"{l}.out", z.transpose(1, 2).reshape(B, T, C))
    x = x + linear(f"{l}.down", torch.relu(linear(f"{l}.up", norm(f"{l}.ln_2", x))) ** 2)
said = linear("answer", norm("ln", x))[:, N:, 0]
wanted = draw(B, M)
off = 0.5 * ((said - wanted) ** 2).sum()
slopes = torch.autograd.grad(off, list(net.values()))

# methods, by numpy
X, y, lam = xs.numpy(), ys.numpy(), 0.3
eye = np.eye(d)
ridge = np.array([np.linalg.solve(X[b].T @ X[b] + lam * eye, X[b].T @ y[b]) for b in range(B)])
newton = []
for b in range(B):
    S = X[b].T @ X[b] + lam * eye
    A = S / np.sum(S * S)
    for _ in range(3):
        A = 2 * A - A @ S @ A
    newton.append(A @ X[b].T @ y[b])
known, noise = rng.normal(size=(4, d)), 0.7
memory = []
for b in range(B):
    likelihood = np.prod(np.exp(-((y[b] - known @ X[b].T) ** 2) / (2 * noise**2)), axis=1)
    memory.append(likelihood @ known / likelihood.sum())

golden = {
    "sizes": {"B": B, "N": N, "d": d},
    "tasks": {"inputs": flat(xs), "outputs": flat(ys), "queries": flat(queries), "answers": flat(answers)},
    "attention": {
        "weights": {name: flat(w) for name, w in weights.items()},
        "predictions": flat(predictions),
        "sensitivities": flat(sensitivities),
        "loss": float(loss.detach()),
        "gradients": {name: flat(g) for name, g in zip(weights, gradients)},
    },
    "transformer": {
        "sizes": {"layers": layers, "heads": H, "headSize": size},
        "queries": flat(several),
        "answers": flat(wanted),
        "weights": {name: flat(w) for name, w in net.items()},
        "predictions": flat(said),
        "loss": float(off.detach()),
        "gradients": {name: flat(g) for name, g in zip(net, slopes)},
    },
    "methods": {
        "lambda": lam,
        "noise": noise,
        "known": known.tolist(),
        "ridge": np.array(ridge).ravel().tolist(),
        "newton 3": np.array(newton).ravel().tolist(),
        "memory": np.array(memory).ravel().tolist(),
    },
}
path = Path(__file__).resolve().parents[2] / "test" / "golden" / "regression.json"
path.write_text(json.dumps(golden, indent=1) + "\n")
