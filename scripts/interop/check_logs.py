"""Do the tools that a run's logs are written for read them, and the same numbers out of them?

    dormouse report RUN --as inspect     --out LOGS/inspect
    dormouse report RUN --as lm-eval     --out LOGS/lm-eval
    dormouse report RUN --as tensorboard --out LOGS/tensorboard
    python scripts/interop/check_logs.py RUN LOGS

Reads each with the tool's own loader and compares every figure with RUN/results.json (TensorBoard holds float32).
Exits 1 at the first difference.
"""

import argparse
import json
import re
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np


def rows_of(results: dict, arm: str, final: bool = True) -> list[dict]:
    return [row for row in results["rows"] if row["arm"] == arm and (row["final"] or not final)]


def expect(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def check_inspect(results: dict, folder: Path) -> str:
    """Every score's mean and interval; of scores with samples, that the samples' mean is the score's."""
    from inspect_ai.log import list_eval_logs, read_eval_log

    logs = [read_eval_log(info) for info in list_eval_logs(str(folder))]
    expect(len(logs) == len(results["arms"]), f"{len(logs)} logs of {len(results['arms'])} arms")
    figures = samples = 0
    for log in logs:
        expect(log.version == 2 and log.status == "success", f"{log.location}: {log.status}")
        arm = log.eval.metadata["arm"]["name"]
        rows = rows_of(results, arm)
        expect(len(log.results.scores) == len(rows), f"{arm}: scores")
        for score, row in zip(log.results.scores, rows, strict=True):
            expect(score.name == f"{row['metric']}/{row['condition']}", f"{arm}: {score.name}")
            for name, key in (("mean", "value"), ("low", "low"), ("high", "high")):
                expect(score.metrics[name].value == row[key], f"{arm} {score.name} {name}")
                figures += 1
            values = [s.scores[score.name].as_float() for s in log.samples if score.name in s.scores]
            if values:
                expect(len(values) == row["n"], f"{arm} {score.name}: samples")
                expect(sum(values) == row["successes"], f"{arm} {score.name}: sum of samples")
                stderr = np.std(values, ddof=1) / np.sqrt(len(values))
                expect(abs(stderr - score.metrics["stderr"].value) < 1e-12, f"{arm} {score.name} stderr")
        samples += len(log.samples)
    shown = sum(bool(s.output.completion) for log in logs for s in log.samples)
    return f"inspect_ai {version('inspect_ai')}: {len(logs)} logs, {figures} figures equal, {samples} samples ({shown} with text)"


def check_lm_eval(results: dict, folder: Path) -> str:
    """Every metric by lm_eval's own file names and table; the samples through the datasets library, as its hub code does."""
    from datasets import load_dataset
    from lm_eval.utils import get_file_task_name, get_results_filenames, get_sample_results_filenames, make_table

    names = [str(path) for path in sorted(folder.rglob("*")) if path.is_file()]
    found, sampled = get_results_filenames(names), get_sample_results_filenames(names)
    expect(len(found) == len(results["arms"]) and len(found) + len(sampled) == len(names), "file names")
    figures = samples = 0
    values = {}
    for name in found:
        read = json.loads(Path(name).read_text())
        arm = read["config"]["model_args"]["arm"]
        rows = rows_of(results, arm)
        expect(Path(name).parent.name == read["model_name_sanitized"], name)
        for row in rows:
            [task] = [t for t, c in read["configs"].items()
                      if t.startswith(row["eval"] + "_") and c["metadata"]["condition"] == row["condition"]]
            expect(read["results"][task][f"{row['metric']},none"] == row["value"], f"{arm} {task} {row['metric']}")
            expect(read["n-samples"][task]["effective"] == row["n"], f"{arm} {task} n")
            values[Path(name).parent.name, task, row["metric"]] = row["value"]
            figures += 1
        expect(make_table(read).count("\n") >= len(rows), f"{arm}: table")
    for name in sampled:
        data = load_dataset("json", data_files=name, split="train")
        [metric] = data[0]["metrics"]
        key = Path(name).parent.name, get_file_task_name(Path(name).name), metric
        expect(abs(np.mean(data[metric]) - values[key]) < 1e-12, f"{name}: mean of {metric}")
        samples += len(data)
    return f"lm_eval {version('lm_eval')}, datasets {version('datasets')}: {len(found)} results, {figures} figures equal, {samples} samples"


def check_tensorboard(results: dict, run: Path, folder: Path) -> str:
    """Every logged number of every step, every score and interval at every step, as float32."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    scalars = 0
    for arm in (arm["name"] for arm in results["arms"]):
        events = EventAccumulator(str(folder / arm), size_guidance={"scalars": 0}).Reload()
        read = {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
        wanted: dict[str, list] = {}
        log = run / arm / "metrics.jsonl"
        for line in log.read_text().splitlines() if log.exists() else []:
            row = json.loads(line)
            for key, value in row.items():
                if key != "step" and isinstance(value, (int, float)):
                    wanted.setdefault(f"train/{key}", []).append((row["step"], value))
        for row in rows_of(results, arm, final=False):
            name = row["metric"] if row["metric"] == row["eval"] else f"{row['eval']}/{row['metric']}"
            for group, end, key in (("eval", "", "value"), ("interval", "/low", "low"), ("interval", "/high", "high")):
                slug = re.sub(r"[^\w.-]+", "-", row["condition"], flags=re.ASCII).strip("-")
                wanted.setdefault(f"{group}/{name}/{slug}{end}", []).append((row["step"], row[key]))
        expect(read.keys() == wanted.keys(), f"{arm}: tags {read.keys() ^ wanted.keys()}")
        for tag, points in wanted.items():
            expect(read[tag] == [(step, float(np.float32(value))) for step, value in points], f"{arm} {tag}")
            scalars += len(points)
    return f"tensorboard {version('tensorboard')}: {len(results['arms'])} runs, {scalars} scalars equal"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("logs", type=Path, metavar="LOGS")
    args = parser.parse_args()
    results = json.loads((args.run / "results.json").read_text())
    checks = {
        "inspect": lambda folder: check_inspect(results, folder),
        "lm-eval": lambda folder: check_lm_eval(results, folder),
        "tensorboard": lambda folder: check_tensorboard(results, args.run, folder),
    }
    for name, check in checks.items():
        try:
            print(check(args.logs / name))
        except AssertionError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
