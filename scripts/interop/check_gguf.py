"""GGUF files against gguf-py, transformers and llama.cpp.

    npx dormouse import MODEL.gguf --out READ && npx tsx scripts/interop/probe.ts READ
    python scripts/interop/check_gguf.py read MODEL.gguf READ

Every value that was read against gguf.dequantize, by bits (llama's rows put back as transformers does it), and the logits of
probe.json against transformers' own reading of the file.

    npx dormouse export READ --format gguf --dtype fp16 --out OUT
    npx dormouse generate READ --file prompts.txt --max-tokens 40 --json > ours.jsonl
    python scripts/interop/check_gguf.py run OUT/model.gguf ours.jsonl

llama.cpp (xllamacpp, a packaged build of its server) opens the file, renders the chats by the template in it, and answers
greedily: its replies must be ours. Exits 1 on a difference.
"""

import json
import re
import sys
import urllib.request
from pathlib import Path

import numpy as np

LLAMA = {
    "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head", "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}


def name_of(name):
    layer, part, kind = re.fullmatch(r"(?:blk\.(\d+)\.)?(\w+)\.(\w+)", name).groups()
    return f"model.layers.{layer}.{LLAMA[part]}.{kind}" if layer else f"{LLAMA[part]}.{kind}"


def read(file, folder):
    import torch
    from gguf import GGUFReader, dequantize
    from safetensors.numpy import load_file
    from transformers import AutoModelForCausalLM

    ours = load_file(Path(folder, "model.safetensors"))
    config = json.loads(Path(folder, "config.json").read_text())
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    count = differ = 0
    for tensor in GGUFReader(file).tensors:
        values = dequantize(tensor.data, tensor.tensor_type)
        part = tensor.name.split(".")[-2]
        if part in heads and config["model_type"] == "llama":
            shape = values.shape
            values = values.reshape(heads[part], shape[0] // heads[part] // 2, 2, *shape[1:]).swapaxes(2, 1).reshape(shape)
        mine = ours.pop(name_of(tensor.name))
        assert mine.shape == values.shape, tensor.name
        differ += int((mine.view(np.uint32) != np.ascontiguousarray(values, np.float32).view(np.uint32)).sum())
        count += values.size
    print(f"{count} values, {differ} differ; not in the file: {list(ours)}")
    probe = json.loads(Path(folder, "probe.json").read_text())
    model = AutoModelForCausalLM.from_pretrained(Path(file).parent, gguf_file=Path(file).name, dtype=torch.float32).eval()
    with torch.no_grad():
        logits = model(torch.tensor([probe["ids"]])).logits[0].numpy()
    apart = np.abs(logits - np.array(probe["logits"], np.float32)).max()
    print(f"logits of {len(probe['ids'])} tokens within {apart:.2g} of transformers' (they reach {np.abs(logits).max():.3g})")
    return differ == 0 and not ours and apart < 1e-3


def run(file, chats):
    import xllamacpp as llama

    params = llama.CommonParams()
    params.model.path = file
    params.n_ctx = 0  # the model's own
    params.n_parallel = 1
    params.cpuparams.n_threads = 1
    params.warmup = False
    params.cache_type_k = params.cache_type_v = llama.ggml_type.GGML_TYPE_F32  # ours has no narrower cache
    params.port = 0
    server = llama.Server(params)

    def ask(path, **body):
        request = urllib.request.Request(server.listening_address + path, json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        return json.load(urllib.request.urlopen(request))

    ours = [json.loads(line) for line in Path(chats).read_text().splitlines()]
    same = 0
    for row in ours:
        answer = ask("/v1/chat/completions", messages=row["messages"], temperature=0, max_tokens=row["tokens"])
        reply = answer["choices"][0]["message"]["content"]
        same += reply.strip() == row["reply"].strip()
        if reply.strip() != row["reply"].strip():
            print("ours  ", repr(row["reply"]), "\ntheirs", repr(reply))
    print(f"{same} of {len(ours)} greedy replies are ours ({sum(row['tokens'] for row in ours)} tokens)")
    return same == len(ours)


sys.exit(0 if {"read": read, "run": run}[sys.argv[1]](*sys.argv[2:]) else 1)
