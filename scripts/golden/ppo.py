"""Writes test/golden/ppo.json: four epochs of PPO over one rollout, in PyTorch and float64.

The policy is a table of logits, the next token depending on the last alone; the value head reads the same row of it,
detached. One batch is the whole rollout, so the ratio is 1 in the first step and clipped for some tokens later on.

    python -m venv .venv && .venv/bin/pip install torch && .venv/bin/python scripts/golden/ppo.py
"""

import json
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)
OPTIONS = {"clip": 0.2, "lambda": 0.9, "valueCoef": 0.5, "klPrice": 0.1, "lr": 0.8, "epochs": 4}
TABLE = [[0.3, -0.4], [0.1, 0.6]]
REFERENCE = [[0.2, -0.1], [0.5, 0.4]]
HEAD, BIAS = [0.7, -0.3], 0.2
EPISODES = [([0, 1, 0, 1], 1.5), ([1, 1, 0], -0.5), ([0, 0], 0.25), ([1, 0, 0, 1, 1], -1.0)]  # prompts of one token


def log_probs(table, ids):
    return torch.log_softmax(table[ids[:-1]], -1).gather(1, torch.tensor(ids[1:])[:, None])[:, 0]


def values_of(table, head, bias, ids):
    return table.detach()[ids[:-1]] @ head + bias


table = torch.tensor(TABLE, requires_grad=True)
head, bias = torch.tensor(HEAD, requires_grad=True), torch.tensor(BIAS, requires_grad=True)
episodes, advantages, returns = [], [], []
with torch.no_grad():
    for ids, reward in EPISODES:
        old, reference = log_probs(table, ids), log_probs(torch.tensor(REFERENCE), ids)
        values = values_of(table, head, bias, ids)
        rewards = -OPTIONS["klPrice"] * (old - reference)
        rewards[-1] += reward
        following = torch.cat([values[1:], torch.zeros(1)])
        deltas = rewards + following - values
        n = len(deltas)
        gae = torch.stack([sum(OPTIONS["lambda"] ** (k - t) * deltas[k] for k in range(t, n)) for t in range(n)])
        advantages.append(gae)
        returns.append(gae + values)
        episodes.append({"ids": ids, "promptLength": 1, "reward": reward, "logProbs": old.tolist(),
                         "referenceLogProbs": reference.tolist(), "values": values.tolist()})  # fmt: skip
    flat = torch.cat(advantages)
    whitened = (flat - flat.mean()) / flat.std(unbiased=False)
    target, old = torch.cat(returns), torch.cat([torch.tensor(e["logProbs"]) for e in episodes])

optimizer = torch.optim.SGD([table, head, bias], lr=OPTIONS["lr"])
steps = []
for _ in range(OPTIONS["epochs"]):
    ratio = torch.exp(torch.cat([log_probs(table, ids) for ids, _ in EPISODES]) - old)
    values = torch.cat([values_of(table, head, bias, ids) for ids, _ in EPISODES])
    clipped = torch.clamp(ratio, 1 - OPTIONS["clip"], 1 + OPTIONS["clip"])
    surrogate = -torch.min(ratio * whitened, clipped * whitened).mean()
    loss = surrogate + OPTIONS["valueCoef"] * 0.5 * (values - target).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    outside = (torch.abs(ratio - 1) > OPTIONS["clip"]).double().mean()
    steps.append({"loss": loss.item(), "clipFraction": outside.item()})

assert steps[0]["clipFraction"] == 0 and 0 < steps[-1]["clipFraction"] < 1, steps
golden = {
    "options": OPTIONS,
    "start": {"table": TABLE, "value.weight": HEAD, "value.bias": [BIAS]},
    "episodes": episodes,
    "steps": steps,
    "end": {"table": table.tolist(), "value.weight": head.tolist(), "value.bias": [bias.item()]},
}
path = Path(__file__).resolve().parents[2] / "test" / "golden" / "ppo.json"
path.write_text(json.dumps(golden) + "\n")
