"""Writes test/golden/llama.json, gpt-neox.json and gpt2-relu2.json: what Hugging Face transformers says about tiny models.

Each case holds a config.json as save_pretrained writes it, the parameters, one batch, its logits, loss and every gradient.
Rows are padded on the right; padding on the left (attention mask and positions given) is made sure to give the same logits.

As in gpt2.py: no parameter keeps its identity value, and everything is computed in float64 from float32 parameters (but
for the angles of rotary positions, which transformers computes in float32 always). Arrays are float32 in base64.

    python scripts/golden/architectures.py [--out test/golden]
"""

import argparse
import base64
import json
from pathlib import Path

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

SEED = 20240229
B, T, PAD = 3, 10, 0
LENGTHS = [10, 8, 5]  # tokens, the rest is padding
PROMPTS = [3, 2, 1]  # tokens at the start that are not supervised
SMALL = {"vocab_size": 23, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 32}
LLAMA = {**SMALL, "model_type": "llama", "intermediate_size": 12, "num_key_value_heads": 2, "rms_norm_eps": 1e-5}
NEOX = {**SMALL, "model_type": "gpt_neox", "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 20}
GPT2 = {"model_type": "gpt2", "vocab_size": 23, "n_embd": 8, "n_layer": 2, "n_head": 2, "n_positions": 32}
UNDROPPED = {"embd_pdrop": 0.0, "attn_pdrop": 0.0, "resid_pdrop": 0.0}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 100.0,
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 2.0,
    "original_max_position_embeddings": 24,
}
CASES = {
    "llama": {
        "shared heads, tied": {**LLAMA, "tie_word_embeddings": True},
        "a key for each head, wide heads, untied": {
            **{**LLAMA, "num_attention_heads": 2, "head_dim": 6},
            **{"tie_word_embeddings": False, "rope_theta": 500.0, "rms_norm_eps": 1e-2},
        },
        "all biases, stretched positions": {
            **{**LLAMA, "num_hidden_layers": 1, "attention_bias": True, "mlp_bias": True, "head_dim": 8},
            **{"num_key_value_heads": 1, "rope_parameters": LLAMA3, "tie_word_embeddings": True},
        },
        "qwen2": {**LLAMA, "model_type": "qwen2", "tie_word_embeddings": False},
        "mistral": {**LLAMA, "model_type": "mistral", "sliding_window": None, "num_hidden_layers": 1},
    },
    "gpt-neox": {
        "parallel": {**NEOX, "rotary_pct": 0.25},
        "sequential": {**NEOX, "use_parallel_residual": False, "rotary_pct": 0.5, "layer_norm_eps": 1e-2},
    },
    "gpt2-relu2": {"relu2": {**GPT2, **UNDROPPED, "activation_function": "relu2"}},
}


def initial(config: dict) -> dict[str, torch.Tensor]:
    """The model's own initial values plus noise, in float32."""
    torch.manual_seed(SEED)
    model = build(config, torch.float32)
    return {name: p.data + 0.3 * torch.randn(p.shape) for name, p in model.named_parameters()}


def build(config: dict, dtype: torch.dtype, parameters: dict[str, torch.Tensor] | None = None):
    kind, rest = config["model_type"], {k: v for k, v in config.items() if k != "model_type"}
    tokens = {"bos_token_id": None, "eos_token_id": 1, "pad_token_id": PAD}
    made = AutoConfig.for_model(kind, **rest, **tokens)
    model = AutoModelForCausalLM.from_config(made, attn_implementation="sdpa").to(dtype)
    if parameters is not None:
        problems = model.load_state_dict(parameters, strict=False)
        assert not problems.unexpected_keys and set(problems.missing_keys) <= {"lm_head.weight"}, problems
    return model.train()


def batch(V: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Tokens, targets (the next token) and weights, each [B, T]."""
    torch.manual_seed(SEED + 1)
    text = torch.randint(2, V, (B, T + 1))
    at = torch.arange(T + 1)
    text[at >= torch.tensor(LENGTHS)[:, None]] = PAD
    weights = ((at[1:] >= torch.tensor(PROMPTS)[:, None]) & (at[1:] < torch.tensor(LENGTHS)[:, None])).double()
    weights[0, 5], weights[1, 4], weights[2, 2] = 0.5, 0.25, 2.0
    return text[:, :-1], text[:, 1:], weights


def left_padded(tokens: torch.Tensor) -> dict[str, torch.Tensor]:
    """The same rows, padded on the left: what is no token is masked, and positions begin at each row's first token."""
    rows = [torch.cat([row[n:], row[:n]]) for row, n in zip(tokens, LENGTHS)]
    mask = torch.arange(T) >= T - torch.tensor(LENGTHS)[:, None]
    return {
        "input_ids": torch.stack(rows),
        "attention_mask": mask.long(),
        "position_ids": (mask.cumsum(1) - 1).clamp(min=0),
    }


def on_disk(config: dict, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Under the kit's names: transformers 5 calls the head of GPT-NeoX lm_head in memory alone, and GPT-2's have a prefix."""
    head = "embed_out" if config["model_type"] == "gpt_neox" else "lm_head"
    return {name.replace("lm_head", head).removeprefix("transformer."): tensor for name, tensor in tensors.items()}


def reference(config: dict, dtype: torch.dtype) -> dict:
    parameters = initial(config)
    tokens, targets, weights = batch(config["vocab_size"])
    model = build(config, dtype, parameters)
    logits = model(tokens).logits
    nll = torch.nn.functional.cross_entropy(logits.transpose(1, 2), targets, reduction="none")  # [B, T]
    loss = (weights.to(dtype) * nll).sum() / weights.sum()
    loss.backward()
    with torch.no_grad():
        shifted = model(**left_padded(tokens)).logits
    for row, n in enumerate(LENGTHS):
        assert (logits[row, :n] - shifted[row, T - n :]).abs().max() < 1e-4, f"row {row} depends on its padding"
    return {
        "config": json.loads(model.config.to_json_string(use_diff=True)),
        "parameters": on_disk(config, parameters),
        "tokens": tokens.tolist(),
        "targets": targets.tolist(),
        "weights": weights.tolist(),
        "logits": logits.detach(),
        "loss": loss.item(),
        "gradients": on_disk(config, {name: p.grad for name, p in model.named_parameters()}),
        "lengths": LENGTHS,
    }


def check(name: str, golden: dict) -> None:
    """A golden that cannot fail is worth nothing: every part of it has to matter."""
    for key, p in golden["parameters"].items():
        identity = 1.0 if ("norm" in key or "ln_" in key) and key.endswith("weight") else 0.0
        assert (p - identity).abs().min() > 1e-6, f"{name}: {key} holds an identity value"
        assert golden["gradients"][key].abs().max() > 1e-4, f"{name}: {key} has no gradient"


def worst(a, b) -> float:
    """The largest absolute difference between two trees of tensors or numbers."""
    if isinstance(a, dict):
        return max(worst(a[key], b[key]) for key in a)
    return (torch.as_tensor(a, dtype=torch.float64) - torch.as_tensor(b, dtype=torch.float64)).abs().max().item()


def packed(x):
    """Tensors as {shape, base64}, float32 in little endian."""
    if isinstance(x, torch.Tensor):
        return {"shape": list(x.shape), "base64": base64.b64encode(x.float().numpy().astype("<f4").tobytes()).decode()}
    if isinstance(x, dict):
        return {key: packed(value) for key, value in x.items()}
    return x


def to_json(x, depth: int = 0) -> str:
    """JSON with one line per tensor or list, so that a diff names what changed."""
    if not isinstance(x, dict) or "base64" in x:
        return json.dumps(x, separators=(",", ":"))
    pad = " " * (depth + 1)
    return "{\n" + ",\n".join(f"{pad}{json.dumps(k)}: {to_json(v, depth + 1)}" for k, v in x.items()) + f"\n{pad[1:]}}}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parents[2] / "test" / "golden"
    parser.add_argument("--out", type=Path, default=default, help="folder to write to (default: %(default)s)")
    args = parser.parse_args()

    torch.set_num_threads(1)
    versions = f"torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}"
    made_by = f"scripts/golden/architectures.py with {versions}"
    for kind, cases in CASES.items():
        goldens = {}
        for name, config in cases.items():
            golden, single = reference(config, torch.float64), reference(config, torch.float32)
            check(f"{kind}, {name}", golden)
            goldens[name] = packed(golden)
            parts = ", ".join(f"{part} {worst(golden[part], single[part]):.1e}" for part in ("logits", "loss", "gradients"))
            print(f"{kind}, {name}: loss {golden['loss']:.6f}; the same in float32 differs by: {parts}")
        file = args.out / f"{kind}.json"
        file.write_text(to_json({"madeBy": made_by, "cases": goldens}) + "\n")
        print(f"{file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
