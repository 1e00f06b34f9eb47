"""Writes test/golden/gpt2.json: what Hugging Face's GPT-2 and PyTorch's optimizers say about one tiny model.

The file holds the parameters, one batch, its logits, loss and every gradient, and ten steps of AdamW and of SGD.
Three choices make it a good witness:
- No parameter keeps its identity value (a bias of 0, a LayerNorm weight of 1), so that leaving one out shows.
- Everything is computed in float64 from float32 parameters, and rounded to float32 at the end: the reference has
  no rounding error of its own, and the difference a test sees is the error of the code under test.
- Weights are 0 on padding and on prompts, 1 on most completions and fractional on some.

Beware of one gradient that is zero in exact arithmetic: the key part of every attention bias, h.*.attn.c_attn.bias
[n_embd .. 2 n_embd), since softmax does not see a shift common to all keys. In float32 it is noise, which AdamW
divides by its own size. After AdamW, compare the other two thirds only; the loss cannot tell the difference.

    python scripts/golden/gpt2.py [--out test/golden/gpt2.json]
"""

import argparse
import json
from pathlib import Path

import torch
import transformers
from transformers import GPT2Config, GPT2LMHeadModel

SEED = 20240121  # with it AdamW clips steps 1 to 8 and leaves 9 and 10 alone
STEPS = 10
MAX_NORM = 1.0
B, T, PAD = 3, 12, 0
LENGTHS = [12, 9, 6]  # tokens before the padding
PROMPTS = [3, 4, 1]  # tokens at the start that are not supervised
ADAMW = {"lr": 1e-2, "betas": [0.9, 0.95], "eps": 1e-8, "weight_decay": 0.1}
SGD = {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.0}
CONFIG = {
    "n_layer": 2,
    "n_head": 2,
    "n_embd": 16,
    "vocab_size": 61,
    "n_positions": 24,
    "activation_function": "gelu_new",
    "layer_norm_epsilon": 1e-5,
    "embd_pdrop": 0.0,
    "attn_pdrop": 0.0,
    "resid_pdrop": 0.0,
    "tie_word_embeddings": True,
    "bos_token_id": None,
    "eos_token_id": None,
}


def initial_parameters() -> dict[str, torch.Tensor]:
    """The model's own initial values plus noise, by the names of GPT2Model (no `transformer.` prefix), in float32."""
    torch.manual_seed(SEED)
    model = GPT2LMHeadModel(GPT2Config(**CONFIG))
    return {name: p.data + 0.2 * torch.randn(p.shape) for name, p in model.transformer.named_parameters()}


def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Tokens, targets (the next token) and weights, each [B, T]."""
    torch.manual_seed(SEED + 1)
    text = torch.randint(1, CONFIG["vocab_size"], (B, T + 1))
    position = torch.arange(T + 1)
    text[position >= torch.tensor(LENGTHS)[:, None]] = PAD
    tokens, targets, at = text[:, :-1], text[:, 1:], position[1:]
    weights = ((at >= torch.tensor(PROMPTS)[:, None]) & (at < torch.tensor(LENGTHS)[:, None])).double()
    weights[0, 5], weights[1, 6], weights[2, 2] = 0.5, 0.25, 2.0
    return tokens, targets, weights


def build(parameters: dict[str, torch.Tensor], dtype: torch.dtype) -> GPT2LMHeadModel:
    model = GPT2LMHeadModel(GPT2Config(**CONFIG, attn_implementation="eager")).to(dtype)
    model.transformer.load_state_dict(parameters)
    return model.train()


def loss_and_logits(model: GPT2LMHeadModel, tokens, targets, weights) -> tuple[torch.Tensor, torch.Tensor]:
    """sum(weight * nll) / sum(weight), and the logits [B, T, V]."""
    logits = model(tokens).logits
    nll = torch.nn.functional.cross_entropy(logits.transpose(1, 2), targets, reduction="none")  # [B, T]
    return (weights * nll).sum() / weights.sum(), logits


def train(model: GPT2LMHeadModel, optimizer: torch.optim.Optimizer, data) -> dict:
    """Ten clipped steps on the same batch: the loss and the norm before clipping of each, and the last parameters."""
    losses, norms = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss, _ = loss_and_logits(model, *data)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_NORM).item())
        optimizer.step()
        losses.append(loss.item())
    return {"losses": losses, "gradNorms": norms, "parameters": named(model, lambda p: p.data)}


def named(model: GPT2LMHeadModel, of) -> dict[str, torch.Tensor]:
    return {name: of(p).detach().clone() for name, p in model.transformer.named_parameters()}


def reference(dtype: torch.dtype) -> dict:
    parameters = initial_parameters()
    tokens, targets, weights = batch()
    data = (tokens, targets, weights.to(dtype))

    model = build(parameters, dtype)
    loss, logits = loss_and_logits(model, *data)
    loss.backward()

    decayed = build(parameters, dtype)
    matrices = [p for p in decayed.parameters() if p.ndim >= 2]
    vectors = [p for p in decayed.parameters() if p.ndim < 2]
    adamw = torch.optim.AdamW([{"params": matrices}, {"params": vectors, "weight_decay": 0.0}], **ADAMW)

    plain = build(parameters, dtype)
    sgd = torch.optim.SGD(plain.parameters(), **SGD)
    return {
        "config": CONFIG,
        "parameters": parameters,
        "tokens": tokens.tolist(),
        "targets": targets.tolist(),
        "weights": weights.tolist(),
        "loss": loss.item(),
        "logits": logits.detach(),
        "gradients": named(model, lambda p: p.grad),
        "adamw": {"options": {**ADAMW, "max_norm": MAX_NORM}, **train(decayed, adamw, data)},
        "sgd": {"options": {**SGD, "max_norm": MAX_NORM}, **train(plain, sgd, data)},
    }


def check(golden: dict) -> None:
    """A golden that cannot fail is worth nothing: every part of it has to matter."""
    for name, p in golden["parameters"].items():
        identity = 1.0 if ".ln_" in f".{name}" and name.endswith("weight") else 0.0
        assert (p - identity).abs().min() > 1e-6, f"{name} holds an identity value"
        assert golden["gradients"][name].abs().max() > 1e-4, f"{name} has no gradient"
    norms = golden["adamw"]["gradNorms"]
    assert min(norms) < MAX_NORM < max(norms), "clipping should act on some steps and not on others"


def worst(a, b) -> float:
    """The largest absolute difference between two trees of tensors or lists of numbers."""
    if isinstance(a, dict):
        return max(worst(a[key], b[key]) for key in a)
    return (torch.as_tensor(a, dtype=torch.float64) - torch.as_tensor(b, dtype=torch.float64)).abs().max().item()


def without_key_bias(parameters: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The parameters without the ones whose gradient is only rounding (see the top of this file)."""
    C = CONFIG["n_embd"]
    bias = "attn.c_attn.bias"
    return {k: torch.cat([p[:C], p[2 * C :]]) if k.endswith(bias) else p for k, p in parameters.items()}


def rounded(x):
    """Tensors as {shape, data}; numbers with the 9 digits that name a float32."""
    if isinstance(x, torch.Tensor):
        return {"shape": list(x.shape), "data": [float(f"{v:.9g}") for v in x.float().flatten().tolist()]}
    if isinstance(x, dict):
        return {key: rounded(value) for key, value in x.items()}
    return x


def to_json(x, depth: int = 0) -> str:
    """JSON with one line per tensor or list, so that a diff names what changed."""
    if not isinstance(x, dict) or "data" in x:
        return json.dumps(x, separators=(",", ":"))
    pad = " " * (depth + 1)
    return "{\n" + ",\n".join(f"{pad}{json.dumps(k)}: {to_json(v, depth + 1)}" for k, v in x.items()) + f"\n{pad[1:]}}}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parents[2] / "test" / "golden" / "gpt2.json"
    parser.add_argument("--out", type=Path, default=default, help="where to write (default: %(default)s)")
    args = parser.parse_args()

    torch.set_num_threads(1)
    golden, single = reference(torch.float64), reference(torch.float32)
    check(golden)
    versions = f"torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}"
    made = f"scripts/golden/gpt2.py with {versions}"
    args.out.write_text(to_json({"madeBy": made, **rounded(golden)}) + "\n")

    print(f"{args.out}: {args.out.stat().st_size:,} bytes, loss {golden['loss']:.6f}")
    print("largest difference of the same run in float32 (a lower bound for a test's tolerance):")
    for key in ("logits", "loss", "gradients"):
        print(f"  {key}: {worst(golden[key], single[key]):.1e}")
    for key in ("adamw", "sgd"):
        for part in ("losses", "gradNorms"):
            print(f"  {key}.{part}: {worst(golden[key][part], single[key][part]):.1e}")
        both = [without_key_bias(run[key]["parameters"]) for run in (golden, single)]
        print(f"  {key}.parameters without the key biases: {worst(*both):.1e}")


if __name__ == "__main__":
    main()
