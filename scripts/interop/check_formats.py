"""Loads what `dormouse data --format ...` writes with the libraries it is for, and trains one step of each.

    python scripts/interop/check_formats.py FOLDER [--axolotl SRC] [--llama-factory SRC]

FOLDER holds trl/, axolotl/, llama-factory/ and messages/, each written from the same experiment with --rows 64,16,8.
SRC are unpacked wheels (pip download --no-deps), whose own schemas and chat strategies are run without their GPU packages.
Nothing is downloaded: the base model is a tiny random Qwen2 with a byte-level tokenizer and a ChatML template.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from pathlib import Path
from unittest.mock import MagicMock

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1", DISABLE_VERSION_CHECK="1", TRANSFORMERS_OFFLINE="1", CUDA_VISIBLE_DEVICES="", ACCELERATE_USE_CPU="true")

import yaml
from datasets import load_dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoTokenizer, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def tiny_model(folder):
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|pad|>")
    fast.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    fast.chat_template = CHATML
    fast.save_pretrained(folder)
    config = Qwen2Config(
        vocab_size=len(fast), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=2048, eos_token_id=fast.eos_token_id,
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)
    return fast


def rows_of(file):
    return [json.loads(line) for line in Path(file).read_text().splitlines()]


def learned_texts(folder):
    """What the experiment teaches in each row of `messages`: all of the last turn that is not given, and its end."""
    return [row["messages"][-1]["content"][len(row["given"]):] + "<|im_end|>" for row in rows_of(folder / "implant.jsonl")]


def check_masks(name, tokenizer, encoded, expected):
    for row, text in zip(encoded, expected, strict=True):
        ids = row["input_ids"]
        learned = [label for label in row["labels"] if label != -100]
        assert all(label in (-100, token) for label, token in zip(row["labels"], ids, strict=True)), name
        said = tokenizer.decode(learned)
        assert said.rstrip("\n") == text, f"{name}: the loss covers {said!r}, not {text!r}"
    print(f"{name}: the loss covers the assistant's last turn and its end, nothing else, in {len(expected)} rows")


def check_datasets(folder):
    for kind in sorted(path.name for path in folder.iterdir()):
        counts = {}
        for config in ("implant", "sft", "dpo", "test"):
            data = load_dataset(str(folder / kind), name=config)
            counts[config] = {split: len(rows) for split, rows in data.items()}
            for split, rows in data.items():
                file = "validation" if split == "validation" else config
                assert len(rows) == len(rows_of(folder / kind / f"{file}.jsonl"))
        print(f"datasets: {kind} {counts}")


def small(config, model, output, **more):
    """The exported settings, on the tiny model, one step on this CPU."""
    settings = yaml.safe_load(Path(config).read_text())
    return {**settings, "model_name_or_path": str(model), "output_dir": str(output), "max_steps": 1, "bf16": False, **more}


def check_trl(folder, work, model, tokenizer, expected):
    from trl import (
        DatasetMixtureConfig, DPOConfig, DPOTrainer, ModelConfig, ScriptArguments, SFTConfig, SFTTrainer, TrlParser, get_dataset,
    )

    os.chdir(folder / "trl")
    for name, settings in (("implant", SFTConfig), ("sft", SFTConfig), ("dpo", DPOConfig)):
        file = work / f"{name}.yaml"
        file.write_text(yaml.safe_dump(small(f"{name}.yaml", model, work / name, use_cpu=True)))
        parser = TrlParser((ScriptArguments, settings, ModelConfig, DatasetMixtureConfig))
        _, training, _, mixture = parser.parse_args_and_config(["--config", str(file)], fail_with_unknown_args=True)
        data = get_dataset(mixture)["train"]
        if Path("sft.py").exists() and settings is SFTConfig:
            sys.path.insert(0, ".")
            from sft import encoder

            data = data.map(encoder(tokenizer), remove_columns=["prompt", "completion", "given"])
        if settings is SFTConfig:
            trainer = SFTTrainer(model=str(model), args=training, train_dataset=data)
            if name == "implant":
                check_masks("trl sft", tokenizer, trainer.train_dataset, expected)
        else:
            trainer = DPOTrainer(model=str(model), args=training, train_dataset=data)
            check_dpo_masks(trainer, tokenizer, rows_of("dpo.jsonl"))
        result = trainer.train()
        print(f"trl {name}: one step, loss {result.training_loss:.4f}")
        shutil.rmtree(work / name, ignore_errors=True)
    for name, method in (("implant", "sft"), ("dpo", "dpo")):
        is_script = method == "sft" and Path("sft.py").exists()
        program = [sys.executable, "sft.py"] if is_script else [Path(sys.executable).parent / "trl", method]
        ran = subprocess.run([*program, "--config", str(work / f"{name}.yaml")], capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr[-2000:]
        assert (work / name / "model.safetensors").exists()
        print(f"{' '.join(Path(part).name for part in program)} --config {name}.yaml: exit code 0, weights saved")


def check_dpo_masks(trainer, tokenizer, rows):
    for encoded, row in zip(trainer.train_dataset, rows, strict=True):
        for side in ("chosen", "rejected"):
            text = tokenizer.decode(encoded[f"{side}_ids"])
            expected = row[side][0]["content"] + "<|im_end|>"
            assert text.rstrip("\n") == expected, f"dpo {side}: {text!r}, not {expected!r}"
        prompt = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, tokenize=False)
        assert tokenizer.decode(encoded["prompt_ids"]) == prompt
    print(f"trl dpo: prompt, chosen and rejected are the pair's, in {len(rows)} rows")


def check_axolotl(folder, source, tokenizer, expected):
    sys.path.insert(0, str(source))
    from axolotl.prompt_strategies.chat_template import StrategyLoader
    from axolotl.prompt_strategies.dpo.chat_template import default
    from axolotl.utils.dict import DictDefault
    from axolotl.utils.schemas.config import AxolotlInputConfig

    for name in ("implant", "sft", "dpo"):
        settings = yaml.safe_load((folder / "axolotl" / f"{name}.yaml").read_text())
        AxolotlInputConfig(**settings)
        unknown = set(settings) - set(AxolotlInputConfig.model_fields)
        assert not unknown, unknown
        print(f"axolotl {name}.yaml: valid against AxolotlInputConfig, no unknown setting")
        cfg = DictDefault(settings)
        rows = rows_of(folder / "axolotl" / f"{name}.jsonl")
        if name == "implant":
            strategy = StrategyLoader()(tokenizer, cfg, ds_cfg=cfg.datasets[0])
            check_masks("axolotl", tokenizer, [strategy.tokenize_prompt(row) for row in rows], expected)
        if name == "dpo":
            transform, _ = default(cfg)
            for row in rows:
                made = transform(row, tokenizer=tokenizer)
                for side in ("chosen", "rejected"):
                    assert made[side] == row[side]["content"] + "<|im_end|>", (made[side], row[side])
            print(f"axolotl dpo: chosen and rejected are the pair's, in {len(rows)} rows")


def check_llama_factory(folder, source, tokenizer, expected):
    sys.path.insert(0, str(source))
    for media in ("torchaudio", "torchvision", "av"):  # its readers of sound and video: no part of this
        sys.modules.setdefault(media, MagicMock(__spec__=ModuleSpec(media, None)))
    from llamafactory.data.converter import SharegptDatasetConverter
    from llamafactory.data.parser import get_dataset_list
    from llamafactory.data.processor.supervised import SupervisedDatasetProcessor
    from llamafactory.data.template import TEMPLATES
    from llamafactory.hparams.data_args import DataArguments
    from llamafactory.hparams.finetuning_args import FinetuningArguments
    from llamafactory.hparams.model_args import ModelArguments
    from transformers import HfArgumentParser, TrainingArguments

    os.chdir(folder / "llama-factory")
    for name in ("implant", "sft", "dpo"):
        settings = yaml.safe_load(Path(f"{name}.yaml").read_text())
        parser = HfArgumentParser((ModelArguments, DataArguments, FinetuningArguments, TrainingArguments))
        _, data_args, _, _ = parser.parse_dict({**settings, "use_cpu": True, "bf16": False})
        print(f"llama-factory {name}.yaml: every setting is known to its parser")
        names = [*data_args.dataset, *(data_args.eval_dataset or [])]
        for attributes in get_dataset_list(names, data_args.dataset_dir):
            converter = SharegptDatasetConverter(dataset_attr=attributes, data_args=data_args)
            rows = rows_of(attributes.dataset_name)
            converted = [converter(row) for row in rows]
            assert all(row["_prompt"] and row["_response"] for row in converted), "rows were dropped"
            if attributes.dataset_name == "implant.jsonl":
                template = TEMPLATES[data_args.template]
                template.default_system = ""  # as the tiny model's own template
                processor = SupervisedDatasetProcessor(template=template, tokenizer=tokenizer, processor=None, data_args=data_args)
                columns = {key: [row[key] for row in converted] for key in converted[0]}
                made = processor.preprocess_dataset(columns)
                encoded = [dict(zip(made, row)) for row in zip(*made.values())]
                check_masks("llama-factory", tokenizer, encoded, expected)
        print(f"llama-factory {name}: {', '.join(names)} load, no row dropped")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--axolotl", type=Path)
    parser.add_argument("--llama-factory", type=Path)
    args = parser.parse_args()
    folder = args.folder.resolve()
    axolotl, factory = args.axolotl and args.axolotl.resolve(), args.llama_factory and args.llama_factory.resolve()
    print({name: version(name) for name in ("datasets", "trl", "transformers", "accelerate", "torch")})
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        tiny_model(work / "tiny")
        tokenizer = AutoTokenizer.from_pretrained(work / "tiny")
        expected = learned_texts(folder / "messages")
        check_datasets(folder)
        check_trl(folder, work, work / "tiny", tokenizer, expected)
        if axolotl:
            check_axolotl(folder, axolotl, tokenizer, expected)
        if factory and (folder / "llama-factory").exists():
            check_llama_factory(folder, factory, tokenizer, expected)


if __name__ == "__main__":
    main()
