"""Does an exported ONNX folder say what Hugging Face transformers says of the exported Hugging Face folder?

    python scripts/interop/check_export.py HF_FOLDER ONNX_FOLDER

Both are exports of one checkpoint (`dormouse export --format hf`, `--format onnx`). The ONNX file is checked by the checker of
the standard and run by onnxruntime: a text at once, the same text from the cache in unequal steps, and a batch padded on the
left. Prints the largest absolute difference of the logits of each. Exits 1 above 1e-4.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from transformers import AutoModelForCausalLM

TOLERANCE = 1e-4


class Decoder:
    """The exported file; `cache` grows from call to call."""

    def __init__(self, path: Path):
        onnx.checker.check_model(str(path), full_check=True)
        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self.shapes = {i.name: i.shape for i in self.session.get_inputs() if i.name.startswith("past")}
        self.forget()

    def forget(self, batch: int = 1) -> None:
        self.cache = {n: np.zeros((batch, s[1], 0, s[3]), np.float32) for n, s in self.shapes.items()}

    def __call__(self, ids, mask, positions):
        feeds = {"input_ids": ids, "attention_mask": mask, "position_ids": positions}
        names = [o.name for o in self.session.get_outputs()]
        values = self.session.run(names, {k: np.asarray(v, np.int64) for k, v in feeds.items()} | self.cache)
        self.cache = {n.replace("present", "past_key_values"): v for n, v in zip(names, values) if n != "logits"}
        return values[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hf", type=Path, metavar="HF_FOLDER")
    parser.add_argument("onnx", type=Path, metavar="ONNX_FOLDER")
    args = parser.parse_args()
    model = AutoModelForCausalLM.from_pretrained(args.hf, local_files_only=True, dtype=torch.float32).eval()
    decoder = Decoder(args.onnx / "onnx" / "model.onnx")

    T = 24
    rng = np.random.default_rng(1)
    ids = rng.integers(0, model.config.vocab_size, (2, T))
    mask = np.ones((2, T), np.int64)
    mask[1, :7] = 0
    positions = np.where(mask == 1, mask.cumsum(1) - 1, 1)
    with torch.no_grad():
        alone = model(torch.tensor(ids[:1])).logits.numpy()
        given = {"attention_mask": torch.tensor(mask), "position_ids": torch.tensor(positions)}
        padded = model(torch.tensor(ids), **given).logits.numpy()

    once = decoder(ids[:1], mask[:1], positions[:1])
    decoder.forget()
    steps = [(0, 5), (5, 6), (6, 7), (7, 15), (15, T)]
    cached = [decoder(ids[:1, a:b], mask[:1, :b], positions[:1, a:b]) for a, b in steps]
    decoder.forget(2)
    head, tail = decoder(ids[:, :10], mask[:, :10], positions[:, :10]), decoder(ids[:, 10:], mask, positions[:, 10:])
    batch = np.concatenate([head, tail], 1)

    differences = {
        "at once": np.abs(once - alone).max(),
        "from the cache": np.abs(np.concatenate(cached, 1) - alone).max(),
        "padded on the left": np.abs(batch - padded)[mask == 1].max(),
    }
    size = np.abs(alone).max()
    kinds = ", ".join(f"{name} {value:.1e}" for name, value in differences.items())
    print(f"{args.onnx.name}: {type(model).__name__}, logits up to {size:.1f} differ by at most: {kinds}")
    return 1 if not max(differences.values()) <= TOLERANCE else 0


if __name__ == "__main__":
    sys.exit(main())
