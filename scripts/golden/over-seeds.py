"""Reference values for src/results/{over-seeds,main-effects,power}.ts, from scipy and statsmodels. Writes test/golden/over-seeds.json.

python -m venv .venv && .venv/bin/pip install scipy statsmodels && .venv/bin/python scripts/golden/over-seeds.py
"""

import json
from pathlib import Path

import numpy as np
from scipy import integrate, special, stats
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


def power(p1, p2, prompts, seeds, deviation, alpha):
    between = [min(deviation**2, p * (1 - p)) if seeds > 1 else 0 for p in (p1, p2)]
    sampling = (p1 * (1 - p1) + p2 * (1 - p2)) / prompts
    total = sum(between) * (1 - 1 / prompts) + sampling
    shift = abs(p1 - p2) / np.sqrt(total / seeds)
    own = stats.norm.isf(alpha / 2) * np.sqrt(sampling / total)

    def seen(edge):
        return stats.norm.cdf(shift - edge) + stats.norm.cdf(-shift - edge)

    if seeds == 1:
        return float(seen(own))
    df = seeds - 1
    t = stats.t.isf(alpha / 2, df)
    kink = own / t * np.sqrt(df)  # chi: sqrt(df) times the standard deviation seen, over the true one
    low = seen(own) * stats.chi.cdf(kink, df)
    return float(low + integrate.quad(lambda c: seen(t * c / np.sqrt(df)) * stats.chi.pdf(c, df), kink, np.inf, epsabs=1e-10, limit=500)[0])


rng = np.random.default_rng(7)
numbers = [np.round(rng.normal(m, 1, 15), 3) for m in (2, 2.5, 1, 3, 1.5)]
alike = [np.round(rng.normal(2, 1, 15), 3) for _ in range(3)]
designs = [(0.9, 0.6, 100, 3, 0.1, 0.05), (0.9, 0.6, 50, 5, 0.1, 0.05), (0.5, 0.4, 500, 10, 0.05, 0.01),
           (0.5, 0.4, 200, 1, 0.1, 0.05), (0.99, 0.95, 500, 2, 0, 0.05), (1, 0.7, 100, 4, 0.2, 0.05), (0.3, 0.3, 100, 4, 0.1, 0.05)]  # fmt: skip

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
