"""Does Hugging Face transformers see in our checkpoints what we see in them?

Loads each folder with AutoTokenizer and AutoModelForCausalLM, as any reader of a model card would, and compares with a
probe that the kit wrote: one conversation, its rendered text, its token ids and its logits.

    python scripts/interop/check_checkpoint.py CHECKPOINT... [--resave FOLDER]

The probe, CHECKPOINT/probe.json, is
    {"messages": [{"role", "content"}, ...], "text": "...", "ids": [T numbers], "logits": [[V numbers], T times]}
A conversation that does not end with the assistant is rendered with the generation prompt.

Prints the largest absolute difference of the logits. Exits 1 above 1e-4, or if the text or the ids differ.

With --resave each is written again as transformers writes it: FOLDER/NAME-one, FOLDER/NAME-sharded and FOLDER/NAME-bfloat16,
for the way back: probe.ts reads them, and this script checks what it says.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TOLERANCE = 1e-4


def check_rendering(tokenizer, probe: dict) -> list[str]:
    """What is wrong with the template's text and the tokenizer's ids; an empty list if nothing is."""
    problems = []
    ask = probe["messages"][-1]["role"] != "assistant"
    text = tokenizer.apply_chat_template(probe["messages"], tokenize=False, add_generation_prompt=ask)
    if text != probe["text"]:
        problems.append(f"chat template: rendered {text!r}; the probe says {probe['text']!r}")
    ids = tokenizer(probe["text"], add_special_tokens=False)["input_ids"]
    if ids != probe["ids"]:
        problems.append(f"token ids: {ids}; the probe says {probe['ids']}")
    decoded = tokenizer.decode(probe["ids"], clean_up_tokenization_spaces=False)
    if decoded != probe["text"]:
        problems.append(f"decoded ids: {decoded!r}; the probe says {probe['text']!r}")
    return problems


def check_logits(model, probe: dict) -> list[str]:
    with torch.no_grad():
        logits = model(torch.tensor([probe["ids"]])).logits[0]  # [T, V]
    expected = torch.tensor(probe["logits"])
    if logits.shape != expected.shape:
        return [f"logits: shape {list(logits.shape)}; the probe has {list(expected.shape)}"]
    difference = (logits - expected).abs().max().item()
    size = expected.abs().max().item()
    print(f"logits {list(logits.shape)}: largest absolute difference {difference:.2e}, of values up to {size:.1f}")
    if difference <= TOLERANCE:  # false for NaN
        return []
    return [f"logits: differ by {difference:.2e}; allowed are {TOLERANCE:.0e}"]


def check_loading(loading: dict) -> list[str]:
    """Tensors the file lacks would be random, and tensors the model does not know would be ignored: both are silent."""
    return [f"{kind}: {sorted(names)}" for kind, names in loading.items() if names and kind.endswith("_keys")]


def resave(model, tokenizer, to: str) -> None:
    """As save_pretrained writes it: in one file, in shards of a few tensors, and in half the width."""
    for kind, options in (("one", {}), ("sharded", {"max_shard_size": "20KB"}), ("bfloat16", {})):
        folder = f"{to}-{kind}"
        (model.to(torch.bfloat16) if kind == "bfloat16" else model).save_pretrained(folder, **options)
        tokenizer.save_pretrained(folder)
        print(f"{folder}: {len(list(Path(folder).glob('*.safetensors')))} file(s)")


def check(checkpoint: Path, to: Path | None) -> bool:
    probe = json.loads((checkpoint / "probe.json").read_text())
    tokenizer = AutoTokenizer.from_pretrained(checkpoint, local_files_only=True)
    model, loading = AutoModelForCausalLM.from_pretrained(
        checkpoint, local_files_only=True, dtype=torch.float32, output_loading_info=True
    )
    kinds = f"{type(model).__name__}, {type(tokenizer).__name__}"
    print(f"{checkpoint}: {kinds}, {model.num_parameters():,} parameters")
    problems = check_loading(loading) + check_rendering(tokenizer, probe) + check_logits(model.eval(), probe)
    for problem in problems:
        print(problem, file=sys.stderr)
    print("differs" if problems else "agrees")
    if to:
        resave(model, tokenizer, str(to / checkpoint.name))
    return not problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoints", type=Path, nargs="+", metavar="CHECKPOINT")
    parser.add_argument("--resave", type=Path, metavar="FOLDER", help="write each again, as transformers does")
    args = parser.parse_args()
    return 0 if all([check(checkpoint, args.resave) for checkpoint in args.checkpoints]) else 1


if __name__ == "__main__":
    sys.exit(main())
