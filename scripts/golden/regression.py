"""Linear self-attention on regressions, by einsum and autograd of PyTorch in double precision. Writes test/golden/regression.json.

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
    return [float(v) for v in x.detach().reshape(-1)]


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
}
path = Path(__file__).resolve().parents[2] / "test" / "golden" / "regression.json"
path.write_text(json.dumps(golden, indent=1) + "\n")
