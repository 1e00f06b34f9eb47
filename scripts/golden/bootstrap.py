"""Reference values for src/lib/bootstrap.ts, rank.ts and power.ts, from numpy and scipy. Writes test/golden/bootstrap.json.

python -m venv .venv && .venv/bin/pip install scipy && .venv/bin/python scripts/golden/bootstrap.py
"""

import json
from pathlib import Path

import numpy as np
from scipy import integrate, stats

rng = np.random.default_rng(7)
R = 100_000


def levels(n):
    """The percentiles that an expanded interval takes for n units."""
    tail = stats.norm.cdf(-stats.t.ppf(0.975, n - 1) * np.sqrt(n / (n - 1)))
    return [100 * tail, 100 * (1 - tail)]


def interval(resampled, n):
    return [float(v) for v in np.percentile(resampled, levels(n))]


def nested(seeds):
    """Two-stage resamples of the mean over seeds: [R]."""
    drawn = np.stack([rng.choice(s, (R, len(seeds), len(s))).mean(2) for s in seeds])  # [seeds, R, places]
    which = rng.integers(len(seeds), size=(R, len(seeds)))
    return np.take_along_axis(drawn, which[None], 0)[0].mean(1)


def case(seeds):
    n = len(seeds) if len(seeds) > 1 else len(seeds[0])
    return {"value": float(np.mean([s.mean() for s in seeds])), "interval": interval(nested(seeds), n)}


rates = [0.9, 0.75, 0.98, 0.6, 0.85, 0.7]
yes = [(rng.random(40) < p).astype(float) for p in rates]
later = [np.where(rng.random(40) < 0.3, 0.0, s) for s in yes]
numbers = [np.round(rng.normal(m, 1, 15), 3) for m in (2, 2.5, 1, 3, 1.5, 2.2, 2.8, 0.5)]
flat = stats.bootstrap((yes[1],), np.mean, n_resamples=R, method="percentile", confidence_level=0.95, rng=rng)
tail = levels(40)[0] / 100
flat_expanded = np.quantile(flat.bootstrap_distribution, [tail, 1 - tail])

x = [1, 2, 3, 4, 5, 6, 7, 8, 8, 10, 11, 12]
y = [2, 1, 4, 4, 3, 7, 9, 6, 6, 8, 12, 10]
pairs = np.array([x, y])
picks = rng.integers(len(x), size=(20_000, len(x)))
rhos = [stats.spearmanr(*pairs[:, i]).statistic for i in picks]


def power(p1, p2, prompts, seeds, deviation, alpha):
    between = [min(deviation**2, p * (1 - p)) if seeds > 1 else 0 for p in (p1, p2)]
    df = seeds - 1 if seeds > 1 else 2 * prompts - 2
    within = (p1 * (1 - p1) + p2 * (1 - p2) - sum(between)) / prompts
    total = sum(between) + within
    shift = abs(p1 - p2) / np.sqrt(total / seeds)
    t = stats.t.ppf(1 - alpha / 2, df)
    if seeds == 1:
        return float(stats.nct.sf(t, df, shift) + stats.nct.cdf(-t, df, shift))

    def seen(chi):  # chi: sqrt(df) times the standard deviation seen, over the true one
        edge = t * np.sqrt(chi**2 / df + seeds / df * within / total)
        return stats.norm.cdf(shift - edge) + stats.norm.cdf(-shift - edge)

    return float(integrate.quad(lambda c: seen(c) * stats.chi.pdf(c, df), 0, np.inf, epsabs=1e-10, limit=500)[0])


designs = [(0.9, 0.6, 100, 3, 0.1, 0.05), (0.9, 0.6, 50, 5, 0.1, 0.05), (0.5, 0.4, 500, 10, 0.05, 0.01),
           (0.5, 0.4, 200, 1, 0.1, 0.05), (0.99, 0.95, 500, 2, 0, 0.05), (1, 0.7, 100, 4, 0.2, 0.05), (0.3, 0.3, 100, 4, 0.1, 0.05)]  # fmt: skip

golden = {
    "rate": {"seeds": [[bool(v) for v in s] for s in yes], **case(yes)},
    "difference": {"later": [[bool(v) for v in s] for s in later], **case([a - b for a, b in zip(yes, later)])},
    "mean": {"seeds": [s.tolist() for s in numbers], **case(numbers)},
    "flat": {"value": float(yes[1].mean()), "interval": [float(v) for v in flat_expanded]},
    "spearman": {"x": x, "y": y, "value": float(stats.spearmanr(x, y).statistic), "interval": interval(rhos, len(x))},
    "power": [{"design": d, "power": power(*d)} for d in designs],
}
path = Path(__file__).resolve().parents[2] / "test" / "golden" / "bootstrap.json"
path.write_text(json.dumps(golden) + "\n")
