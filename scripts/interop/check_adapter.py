"""Do Hugging Face PEFT and this kit see the same model in a base and an adapter, whoever wrote the adapter?

    python scripts/interop/check_adapter.py make BASE OUT            # PEFT writes an adapter with random weights
    npx tsx scripts/interop/adapter_probe.ts BASE ADAPTER > probe.json
    python scripts/interop/check_adapter.py compare BASE ADAPTER probe.json

`compare` loads BASE with transformers and ADAPTER with PeftModel, and compares logits with the kit's, the adapter beside the
weights and merged into them. Exits 1 above 1e-4, where a tensor was not loaded, or where the adapter changes nothing.
"""

import argparse
import json
import sys
import warnings
from pathlib import Path

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

TOLERANCE = 1e-4


def load(base: Path) -> torch.nn.Module:
    return AutoModelForCausalLM.from_pretrained(base, local_files_only=True, dtype=torch.float32).eval()


def make(base: Path, out: Path) -> int:
    torch.manual_seed(1)
    model = load(base)
    is_gpt2 = model.config.model_type == "gpt2"
    targets = ["c_attn", "c_proj", "c_fc"] if is_gpt2 else "all-linear"
    config = LoraConfig(r=5, lora_alpha=7, target_modules=targets, fan_in_fan_out=is_gpt2, task_type="CAUSAL_LM")
    adapted = get_peft_model(model, config)
    for name, p in adapted.named_parameters():
        if "lora_B" in name:
            p.data = 0.1 * torch.randn(p.shape)
    adapted.save_pretrained(out)
    print(f"{out}: {sum(p.numel() for p in adapted.parameters() if p.requires_grad):,} parameters")
    return 0


def compare(base: Path, adapter: Path, probe: dict) -> int:
    ids = torch.tensor([probe["ids"]])
    with warnings.catch_warnings(record=True) as caught, torch.no_grad():
        warnings.simplefilter("always")
        plain = load(base)(ids).logits[0]
        model = PeftModel.from_pretrained(load(base), adapter).eval()
        apart = model(ids).logits[0]
        merged = model.merge_and_unload()(ids).logits[0]
    missing = [str(w.message) for w in caught if "missing" in str(w.message).lower() or "unexpected" in str(w.message).lower()]
    differences = {
        "beside the weights": (apart - torch.tensor(probe["logits"])).abs().max().item(),
        "merged": (merged - torch.tensor(probe["merged"])).abs().max().item(),
    }
    changed = (apart - plain).abs().max().item()
    print(f"peft {peft.__version__}, transformers {transformers.__version__}, {model.config.model_type}")
    for name, difference in differences.items():
        print(f"logits {list(apart.shape)}, adapter {name}: largest absolute difference {difference:.2e}")
    print(f"the adapter changes logits by up to {changed:.2e}")
    problems = [name for name, difference in differences.items() if not difference <= TOLERANCE]
    if not changed > 100 * TOLERANCE:
        problems.append("the adapter changes too little to tell")
    problems += missing
    print("differs: " + "; ".join(problems) if problems else "agrees")
    return 1 if problems else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, names in {"make": ["base", "out"], "compare": ["base", "adapter", "probe"]}.items():
        command = verbs.add_parser(verb)
        for name in names:
            command.add_argument(name, type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.verb == "make":
        return make(args.base, args.out)
    return compare(args.base, args.adapter, json.loads(args.probe.read_text()))


if __name__ == "__main__":
    sys.exit(main())
