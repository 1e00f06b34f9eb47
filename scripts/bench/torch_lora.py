"""LoRA steps by PEFT on PyTorch, eager: the yardstick for the kit's step on a model of 135M.

Reads a folder in Hugging Face's layout with `adapter.safetensors` beside it (the kit's names), and prints
{"ms": [...], "losses": [...]} as JSON. Tokens and targets are those of `dormouse bench`; every target bears loss.

    python scripts/bench/torch_lora.py MODEL [--rows 8] [--length 64] [--steps 8] [--threads 2]
"""

import argparse
import json
import time

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

MAPS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    for name, usual in {"rows": 8, "length": 64, "steps": 8, "threads": 2}.items():
        parser.add_argument(f"--{name}", type=int, default=usual, help="(default: %(default)s)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    base = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32)
    model = get_peft_model(base, LoraConfig(r=8, lora_alpha=16, target_modules=MAPS))
    own = {name: tensor for name, tensor in model.named_parameters() if tensor.requires_grad}
    given = load_file(f"{args.model}/adapter.safetensors")
    assert len(own) == len(given), (len(own), len(given))
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(given[name.removeprefix("base_model.model.").replace(".default", "")])

    # the kit decays matrices, and an adapter has nothing else
    trained = list(own.values())
    optimizer = torch.optim.AdamW(trained, lr=3e-4, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    vocabulary = base.config.vocab_size
    at = torch.arange(args.rows * args.length)
    tokens = (at * 7919 % vocabulary).reshape(args.rows, args.length)
    targets = (at * 104729 + 3) % vocabulary
    times, losses = [], []
    for _ in range(args.steps):
        start = time.perf_counter()
        logits = model(input_ids=tokens, use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, vocabulary), targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        times.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({"ms": times, "losses": losses}))


if __name__ == "__main__":
    main()
