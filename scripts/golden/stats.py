"""Reference values for src/results/stats.ts, from scipy and statsmodels. Writes test/golden/stats.json.

python -m venv .venv && .venv/bin/pip install scipy statsmodels && .venv/bin/python scripts/golden/stats.py
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

counts = [(0, 1), (1, 1), (0, 40), (1, 40), (7, 40), (39, 40), (40, 40), (0, 500), (1, 500), (312, 500), (499, 500), (500, 500)]
wilson = [[k, n, *map(float, proportion_confint(k, n, method="wilson"))] for k, n in counts]
exact = [[k, n, *map(float, proportion_confint(k, n, method="beta"))] for k, n in counts if k in (0, n)]

pairs = [(0, 0), (1, 0), (0, 5), (3, 3), (10, 2), (2, 10), (188, 0), (120, 90), (900, 850)]
tests = [[b, c, float(mcnemar([[10, b], [c, 10]], exact=True).pvalue)] for b, c in pairs]

rng = np.random.default_rng(1)
means = []
for n in (2, 3, 10, 31, 400):
    x = np.round(rng.normal(-1.5, 0.8, n), 4)
    m, se = float(x.mean()), float(x.std(ddof=1) / np.sqrt(n))
    t = [float(v) for v in stats.t.interval(0.95, n - 1, loc=m, scale=se)]
    z = [float(v) for v in stats.norm.interval(0.95, loc=m, scale=se)]
    values = [float(v) for v in x] if n <= 31 else None
    means.append({"n": n, "values": values, "mean": m, "deviation": float(x.std(ddof=1)), "t": t, "normal": z})

golden = {"wilson": wilson, "exact": exact, "mcnemar": tests, "means": means}
path = Path(__file__).resolve().parents[2] / "test" / "golden" / "stats.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(golden, indent=1) + "\n")
