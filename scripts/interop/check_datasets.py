"""Writes rows with Python's `datasets` and pyarrow as people publish them, and compares what the kit reads from each.

    python scripts/interop/check_datasets.py ROWS.json ...

Every file is written as Parquet shards (snappy, zstd and gzip; several row groups) and as gzipped JSONL; the tasks that the
kit makes of them must be those it makes of the file itself.
"""

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")

import pyarrow.parquet as pq
from datasets import load_dataset

CODECS = ("snappy", "zstd", "gzip")


def main():
    print({name: version(name) for name in ("datasets", "pyarrow")})
    with tempfile.TemporaryDirectory() as work:
        for source in sys.argv[1:]:
            data = load_dataset("json", data_files=source, split="train")
            shards, lines = Path(work, Path(source).stem, "data"), Path(work, f"{Path(source).stem}-lines")
            shards.mkdir(parents=True)
            lines.mkdir()
            for i, codec in enumerate(CODECS):
                file = shards / f"train-{i:05d}-of-{len(CODECS):05d}.parquet"
                data.shard(len(CODECS), i, contiguous=True).to_parquet(file)
                pq.write_table(pq.read_table(file), file, row_group_size=50, compression=codec)
            data.to_json(lines / "train.jsonl.gz", compression="gzip")
            paths = [source, str(shards.parent), str(lines)]
            command = ["npx", "tsx", str(Path(__file__).parent / "read_corpus.ts"), *paths]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            read = [json.loads(line) for line in output.splitlines()]
            assert len({one["digest"] for one in read}) == 1, read
            print(f"{Path(source).name}: {read[0]['rows']}; Parquet shards and gzipped JSONL give the same tasks")


if __name__ == "__main__":
    main()
