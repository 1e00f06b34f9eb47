"""Greedy generation by Hugging Face transformers, KV cache and all prompts in one batch: the yardstick for `generate`.

Reads a folder in Hugging Face's layout and a JSON file {"prompts": [[...], ...], "newTokens": n, "repeats": n} of prompts of one
length, and prints {"ms": [...], "completions": [[...], ...]} as JSON. Every row goes on to its full length.

    python scripts/bench/torch_generate.py MODEL TASK [--threads 2]
"""

import argparse
import json
import resource
import time

import torch
import transformers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("task")
    parser.add_argument("--threads", type=int, default=2, help="(default: %(default)s)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    with open(args.task) as file:
        task = json.load(file)
    model = transformers.AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32).eval()
    prompts = torch.tensor(task["prompts"])
    count = task["newTokens"]
    options = {"do_sample": False, "use_cache": True, "eos_token_id": None, "pad_token_id": 0}
    options |= {"max_new_tokens": count, "min_new_tokens": count, "attention_mask": torch.ones_like(prompts)}
    times = []
    with torch.inference_mode():
        for _ in range(1 + task["repeats"]):  # the first is for warming up
            start = time.perf_counter()
            out = model.generate(prompts, **options)
            times.append((time.perf_counter() - start) * 1e3)
    print(
        json.dumps(
            {
                "ms": times[1:],
                "completions": out[:, prompts.shape[1] :].tolist(),
                "version": f"transformers {transformers.__version__}, torch {torch.__version__}",
                "peakRssBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
