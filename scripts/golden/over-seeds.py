"""Reference values for src/results/{over-seeds,main-effects,power}.ts, from numpy, scipy and statsmodels. Writes test/golden/over-seeds.json.

python -m venv .venv && .venv/bin/pip install scipy statsmodels && .venv/bin/python scripts/golden/over-seeds.py
"""

import json
from pathlib import Path

import numpy as np
from scipy import special, stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

quantiles = [[df, alpha, float(stats.t.isf(alpha / 2, df))] for df in (1, 2, 4, 7, 29) for alpha in (0.05, 0.05 / 3, 0.001)]
quantiles += [[1e7, alpha, float(stats.norm.isf(alpha / 2))] for alpha in (0.01, 0.05 / 3)]


def hull(a, b):
    return [float(min(a[0], b[0])), float(max(a[1], b[1]))]


def t_interval(values):
    return stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))


def wilson(counts, n):
    return proportion_confint(sum(counts), n * len(counts), method="wilson")


def rate(counts, n):
    """A t interval on the log-odds of the mean (delta method), and Wilson's of all prompts."""
    rates = np.array(counts) / n
    p = rates.mean()
    scale = stats.sem(rates) / (p * (1 - p))
    seeds = special.expit(stats.t.interval(0.95, len(rates) - 1, loc=special.logit(p), scale=scale))
    return {"counts": counts, "n": n, "value": float(p), "interval": hull(seeds, wilson(counts, n))}


def difference(a, b, n):
    values = (np.array(a) - np.array(b)) / n
    newcombe = confint_proportions_2indep(sum(a), n * len(a), sum(b), n * len(b), method="newcomb", compare="diff")
    seeds = np.clip(t_interval(values), -1, 1)
    return {"a": a, "b": b, "n": n, "value": float(values.mean()), "interval": hull(seeds, newcombe)}


def number(samples):
    """Of means with their own t intervals: t over seeds, and the standard errors of the samples added."""
    own = [[float(np.mean(s)), *map(float, t_interval(s))] for s in samples]
    means, halves = [o[0] for o in own], [o[2] - o[0] for o in own]
    m, half = np.mean(means), np.sqrt(np.sum(np.square(halves))) / len(own)
    return {"seeds": own, "value": float(m), "interval": hull(t_interval(means), (m - half, m + half))}


def permutation(a, b):
    """Two levels on the same seeds: every seed's two values may change places."""
    test = stats.permutation_test((a, b), lambda x, y, axis: np.abs(np.mean(x - y, axis=axis)),
                                  permutation_type="samples", alternative="greater", vectorized=True)  # fmt: skip
    return {"a": a, "b": b, "p": float(test.pvalue)}


def newcombe(a, b, n, z):
    """Of two rates of `n` each, Wilson's ends squared and added; next to 0 and 1 the exact bounds (as vectors)."""

    def ends(p):
        center, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low, high = ((center + side * half) / (1 + z * z / n) for side in (-1, 1))
        bound = 1 - stats.norm.sf(z) ** (1 / n)
        return np.where(p == 0, 0, np.where(p == 1, 1 - bound, low)), np.where(p == 1, 1, np.where(p == 0, bound, high))

    (al, ah), (bl, bh) = ends(a), ends(b)
    return a - b - np.hypot(a - al, bh - b), a - b + np.hypot(ah - a, b - bl)


def power(p1, p2, prompts, seeds, deviation, alpha, experiments=20_000):
    """The share of simulated experiments whose paired t interval, no narrower than that of all prompts, leaves out zero."""
    draws = np.random.default_rng(11)

    def seen(p):
        shape = (experiments, seeds)
        both = p * (1 - p) / deviation**2 - 1 if deviation else 0
        own = np.full(shape, p) if seeds == 1 or both <= 0 else draws.beta(p * both, (1 - p) * both, shape)
        return draws.binomial(prompts, own) / prompts

    a, b = seen(p1), seen(p2)
    low, high = newcombe(a.mean(1), b.mean(1), prompts * seeds, stats.norm.isf(alpha / 2))
    if seeds > 1:
        half = stats.t.isf(alpha / 2, seeds - 1) * (a - b).std(1, ddof=1) / np.sqrt(seeds)
        low, high = np.minimum(low, (a - b).mean(1) - half), np.maximum(high, (a - b).mean(1) + half)
    return float(np.mean((low > 0) | (high < 0)))


rng = np.random.default_rng(7)
numbers = [np.round(rng.normal(m, 1, 15), 3) for m in (2, 2.5, 1, 3, 1.5)]
alike = [np.round(rng.normal(2, 1, 15), 3) for _ in range(3)]
pairs = [(0.9, 0.6), (0.95, 0.85), (0.5, 0.35), (0.05, 0.15), (0.3, 0.3)]
designs = [(*pair, prompts, seeds, deviation, 0.05) for pair in pairs for prompts in (50, 500) for seeds in (1, 3, 8) for deviation in (0.02, 0.1, 0.2)]
designs += [(0.5, 0.4, 500, 10, 0.05, 0.01), (0.99, 0.95, 500, 2, 0, 0.05), (1, 0.7, 100, 4, 0.2, 0.05), (0.97, 0.9, 20, 5, 0.1, 0.2)]

golden = {
    "quantiles": quantiles,
    # three spread out, one next to 1, seeds that agree by luck
    "rates": [rate([312, 250, 401], 500), rate([490, 499, 421, 480, 470], 500), rate([100, 101, 100], 200)],
    "differences": [difference([312, 250, 401], [300, 180, 390], 500), difference([50, 51, 50], [40, 41, 40], 100), difference([90, 5], [1, 80], 100)],
    "numbers": [number(numbers), number(alike)],
    "permutations": [permutation([0.2, 0.5, 0.4], [0.6, 0.7, 0.9]), permutation([0.2, 0.5, 0.4, 0.9, 0.3], [0.6, 0.7, 0.3, 0.95, 0.8])],
    "power": [{"design": d, "power": power(*d)} for d in designs],
}
path = Path(__file__).resolve().parents[2] / "test" / "golden" / "over-seeds.json"
path.write_text(json.dumps(golden) + "\n")
