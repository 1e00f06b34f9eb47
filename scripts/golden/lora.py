"""Writes test/golden/lora.json: what Hugging Face PEFT says about a tiny GPT-2 with a low-rank adapter.

The file holds the base's parameters, the adapter's, one batch, its logits, loss and the gradient of every A and B, five
clipped steps of AdamW on the adapter alone, and the merged weights. No B is zero, so that every A has a gradient. All is
computed in float64 from float32 parameters and rounded at the end.

    python scripts/golden/lora.py [--out test/golden/lora.json]
"""

import argparse
import json
from pathlib import Path

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from transformers import GPT2Config, GPT2LMHeadModel

SEED = 7
STEPS = 5
MAX_NORM = 1.0
B, T = 2, 7
LORA = {"r": 3, "lora_alpha": 5}
TARGETS = ["c_attn", "c_proj", "c_fc"]
ADAMW = {"lr": 2e-2, "betas": [0.9, 0.95], "eps": 1e-8, "weight_decay": 0.1}
CONFIG = {
    "n_layer": 2,
    "n_head": 2,
    "n_embd": 8,
    "vocab_size": 23,
    "n_positions": 16,
    "activation_function": "gelu_new",
    "layer_norm_epsilon": 1e-5,
    "embd_pdrop": 0.0,
    "attn_pdrop": 0.0,
    "resid_pdrop": 0.0,
    "tie_word_embeddings": True,
    "bos_token_id": None,
    "eos_token_id": None,
}


def shaken(module: torch.nn.Module, size: float) -> None:
    """No parameter keeps its initial value; all are float32 numbers."""
    for p in module.parameters():
        p.data = (p.data + size * torch.randn(p.shape)).float().double()


def build() -> tuple[torch.nn.Module, dict[str, torch.Tensor]]:
    """The adapted model in float64, and the base's parameters by the names of GPT2Model."""
    torch.manual_seed(SEED)
    base = GPT2LMHeadModel(GPT2Config(**CONFIG, attn_implementation="eager")).double()
    shaken(base, 0.2)
    parameters = {name: p.detach().clone() for name, p in base.transformer.named_parameters()}
    config = LoraConfig(**LORA, target_modules=TARGETS, lora_dropout=0.0, fan_in_fan_out=True, task_type="CAUSAL_LM")
    model = get_peft_model(base, config).double()
    for name, p in model.named_parameters():
        if "lora_" in name:
            p.data = (p.data + 0.2 * torch.randn(p.shape)).float().double()
    return model.train(), parameters


def adapter_of(model) -> dict[str, torch.Tensor]:
    """By the names that PEFT's files have."""
    return {name: tensor.detach().clone() for name, tensor in get_peft_model_state_dict(model).items()}


def rounded(x):
    if isinstance(x, torch.Tensor):
        return {"shape": list(x.shape), "data": [float(f"{v:.9g}") for v in x.float().flatten().tolist()]}
    if isinstance(x, dict):
        return {key: rounded(value) for key, value in x.items()}
    return x


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parents[2] / "test" / "golden" / "lora.json"
    parser.add_argument("--out", type=Path, default=default, help="where to write (default: %(default)s)")
    args = parser.parse_args()
    torch.set_num_threads(1)

    model, parameters = build()
    text = torch.randint(1, CONFIG["vocab_size"], (B, T + 1), generator=torch.Generator().manual_seed(SEED))
    tokens, targets = text[:, :-1], text[:, 1:]
    weights = torch.ones(B, T, dtype=torch.float64)
    weights[0, 0], weights[1, :3] = 0, 0

    def loss_and_logits():
        logits = model(tokens).logits
        nll = torch.nn.functional.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
        return (weights * nll).sum() / weights.sum(), logits

    start = adapter_of(model)
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    assert all("lora_" in name for name in trained) and len(trained) == len(start)
    loss, logits = loss_and_logits()
    loss.backward()
    gradients = {name.replace(".default", ""): p.grad.clone() for name, p in trained.items()}
    assert gradients.keys() == start.keys()
    assert all(g.abs().max() > 1e-4 for g in gradients.values())

    optimizer = torch.optim.AdamW(trained.values(), **ADAMW)
    losses, norms = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        step_loss, _ = loss_and_logits()
        step_loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(trained.values(), MAX_NORM).item())
        optimizer.step()
        losses.append(step_loss.item())
    assert min(norms) < MAX_NORM < max(norms), "clipping should act on some steps and not on others"

    after = adapter_of(model)
    merged = model.merge_and_unload()
    golden = {
        "madeBy": f"scripts/golden/lora.py with torch {torch.__version__.split('+')[0]}, "
        f"transformers {transformers.__version__}, peft {peft.__version__}",
        "config": CONFIG,
        "lora": {"rank": LORA["r"], "alpha": LORA["lora_alpha"], "targets": TARGETS},
        "parameters": parameters,
        "adapter": start,
        "tokens": tokens.tolist(),
        "targets": targets.tolist(),
        "weights": weights.tolist(),
        "loss": loss.item(),
        "logits": logits.detach(),
        "gradients": gradients,
        "adamw": {"options": {**ADAMW, "max_norm": MAX_NORM}, "losses": losses, "gradNorms": norms, "adapter": after},
        "merged": {f"{name}.weight": layer.weight.detach() for name, layer in merged.transformer.named_modules() if name.endswith(tuple(TARGETS))},
    }
    lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in rounded(golden).items())
    args.out.write_text("{\n" + lines + "\n}\n")
    print(f"{args.out}: {args.out.stat().st_size:,} bytes, loss {golden['loss']:.6f}, norms {norms}")


if __name__ == "__main__":
    main()
