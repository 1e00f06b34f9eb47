"""Weights between this kit and Python: safetensors and transformers write, the kit reads and writes again, every bit is compared.

    python scripts/interop/check_weights.py

Every float16 and bfloat16 there is, 400,000 float32 (random, ties, subnormal), and a small GPT-2 in shards from `save_pretrained`.
"""

import subprocess
import tempfile
from pathlib import Path

import safetensors
import torch
import transformers
from safetensors.torch import load_file, save_file

TYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def load(folder: Path) -> dict[str, torch.Tensor]:
    return {name: tensor for file in sorted(folder.glob("*.safetensors")) for name, tensor in load_file(file).items()}


def bits(tensor: torch.Tensor) -> torch.Tensor:
    """Such that what is not a number counts as one value."""
    whole = torch.where(tensor.isnan(), torch.full_like(tensor, float("nan")), tensor)
    return whole.contiguous().view(torch.int32 if tensor.dtype == torch.float32 else torch.int16)


def compare(title: str, source: dict[str, torch.Tensor], folder: Path) -> None:
    out = folder.parent / f"{folder.name}-again"
    subprocess.run(["npx", "tsx", "scripts/interop/weights.ts", folder, out], check=True)
    for name, dtype in TYPES.items():
        found = load(out / name)
        assert found.keys() == source.keys(), (title, name, found.keys() ^ source.keys())
        wrong = sum(int((bits(found[key]) != bits(source[key].float().to(dtype))).sum()) for key in source)
        values = sum(tensor.numel() for tensor in source.values())
        files = len(list((out / name).glob("*.safetensors")))
        print(f"{title} -> {name} ({files} files): {wrong} of {values} values differ")
        assert wrong == 0


def numbers() -> torch.Tensor:
    """float32 that float16 can hold: of every magnitude, on ties, next to ties."""
    torch.manual_seed(1)
    wide = torch.randn(300_000) * torch.exp2(torch.randint(-30, 14, (300_000,)).float())
    halves = torch.arange(2**15 - 2**10 - 1, dtype=torch.int16).view(torch.float16).float()
    ties = (halves[:-1] + halves[1:]) / 2
    near = torch.cat([ties.view(torch.int32) - 1, ties.view(torch.int32) + 1]).view(torch.float32)
    return torch.cat([wide.clamp(-65504, 65504), ties, -ties, near])


def main() -> None:
    print(f"safetensors {safetensors.__version__}, torch {torch.__version__}, transformers {transformers.__version__}")
    with tempfile.TemporaryDirectory() as root:
        every = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16)
        halves, brains = every.view(torch.float16), every.view(torch.bfloat16)
        # bfloat16 reaches beyond float16, which is refused, not rounded
        small = brains[~(brains.float().abs() >= 65520) | brains.float().isinf()]
        for name, tensor in {"float16": halves, "bfloat16": small, "float32": numbers()}.items():
            folder = Path(root) / name
            folder.mkdir()
            source = {"x": tensor, "scalar": tensor[5].clone(), "none": tensor[:0].reshape(0, 3)}
            save_file(source, folder / "model.safetensors", metadata={"format": "pt", "note": "ü"})
            compare(f"{name} of safetensors", source, folder)

        config = transformers.GPT2Config(vocab_size=512, n_positions=64, n_embd=64, n_layer=3, n_head=4)
        for dtype in (torch.float32, torch.bfloat16):
            model = transformers.GPT2LMHeadModel(config).to(dtype)
            folder = Path(root) / f"gpt2-{dtype}"
            model.save_pretrained(folder, max_shard_size="100KB")
            source = load(folder)
            assert (folder / "model.safetensors.index.json").exists()
            compare(f"GPT-2 {dtype} in {len(list(folder.glob('*.safetensors')))} shards of transformers", source, folder)
            again = folder.parent / f"{folder.name}-again" / "bfloat16"
            config.save_pretrained(again)
            loaded, info = transformers.GPT2LMHeadModel.from_pretrained(again, output_loading_info=True, torch_dtype=torch.bfloat16)
            assert not info["missing_keys"] and not info["unexpected_keys"], info
            same = all(torch.equal(a, b.to(torch.bfloat16)) for a, b in zip(loaded.state_dict().values(), model.state_dict().values(), strict=True))
            print(f"the kit's shards load in transformers: {'equal' if same else 'DIFFERENT'}")
            assert same


main()
