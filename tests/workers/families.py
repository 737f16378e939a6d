"""Families of models: each with its real vocabulary and template, joined to two random layers of its shape."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.chat import ChatTemplate, Message
from studio.gguf.reader import Gguf
from studio.gguf.tokeniser import VocabularyTokeniser, tokeniser_of, tokenizer_model

LAYERS: dict[str, Any] = {
    "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1, "tie_word_embeddings": True, "max_position_embeddings": 4096, "head_dim": 32,
}  # fmt: skip
GEMMA: dict[str, Any] = {
    "global_head_dim": 64, "num_kv_shared_layers": 0, "hidden_size_per_layer_input": 0, "sliding_window": 512,
    "layer_types": ["sliding_attention", "full_attention"], "vocab_size_per_layer_input": 64,
    "enable_moe_block": False, "use_double_wide_mlp": False, "num_global_key_value_heads": 1,
}  # fmt: skip
EMPTY_THOUGHT = r"{{- '<|channel>thought\n<channel|>' -}}"


@dataclass(frozen=True)
class Family:
    """What a family is put together from; `config` names transformers' class of its settings, `without` a part of the
    template that is left out."""

    vocabulary: str
    template: str
    config: str
    bos: str
    eos: str
    more: tuple[tuple[str, Any], ...] = ()
    without: str = ""


FAMILIES = {
    "llama": Family("llama-bpe", "meta-llama-Llama-3.2-3B-Instruct", "LlamaConfig", "<|begin_of_text|>", "<|eot_id|>"),
    "qwen": Family("qwen2", "Qwen-Qwen2.5-7B-Instruct", "Qwen2Config", "", "<|im_end|>"),
    # its makers' template opens an answer otherwise than it writes one that was given: see test_families
    "gemma": Family(
        "gemma-4", "google-gemma-4-31B-it", "Gemma4TextConfig", "<bos>", "<eos>", tuple(GEMMA.items()), EMPTY_THOUGHT
    ),
    "phi": Family("phi-3", "microsoft-Phi-3.5-mini-instruct", "Phi3Config", "<s>", "<|end|>"),
    "smollm": Family("starter", "starter", "LlamaConfig", "<|im_start|>", "<|im_end|>"),
    # Llama 2's vocabulary and Mistral's first have one form, and one template opens both families' turns
    "mistral-shape": Family("llama-spm", "mistralai-Mistral-Nemo-Instruct-2407", "MistralConfig", "<s>", "</s>"),
}
TALK = (
    Message("system", "# Role\nYou are the Dungeon Master.  <|im_end|> is only text here."),
    Message("user", "I keep low\n\n    and wait: naïve 🙂 “quotes”", 0),
    Message("assistant", "The planks are slick.\n\n[roll: stealth]", 1, trained=True),
    Message("user", "<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>", 2),
    Message("assistant", "*SUCCESS* Reeds close behind you.", 3, trained=True),
)


def vocabulary_of(root: Path, starter: Path, name: str) -> Path:
    """The GGUF with a family's vocabulary."""
    vocabulary = FAMILIES[name].vocabulary
    return starter if vocabulary == "starter" else root / f"models/converter/models/ggml-vocab-{vocabulary}.gguf"


def template_source(root: Path, starter: Path, name: str) -> str:
    """A family's template as its makers wrote it, less what is left out."""
    family = FAMILIES[name]
    if family.template == "starter":
        with Gguf(starter) as gguf:
            return gguf.text("tokenizer.chat_template") or ""
    return template_of_makers(root, name).replace(family.without or "\0", "")


def template_of_makers(root: Path, name: str) -> str:
    """A family's template, nothing left out."""
    file = root / f"models/converter/models/templates/{FAMILIES[name].template}.jinja"
    return file.read_text(encoding="utf-8")


def chat_side(root: Path, starter: Path, name: str) -> tuple[ChatTemplate, VocabularyTokeniser]:
    """A family's template and tokeniser."""
    with Gguf(vocabulary_of(root, starter, name)) as gguf:
        tokeniser = tokeniser_of(gguf)
    family = FAMILIES[name]
    return ChatTemplate(template_source(root, starter, name), family.bos, family.eos, name), tokeniser


def build(root: Path, starter: Path, name: str, out: Path) -> Path:
    """Writes the folder of a random model of a family."""
    import torch
    import transformers

    family, path = FAMILIES[name], vocabulary_of(root, starter, name)
    with Gguf(path) as gguf:
        tokeniser, scored, size = tokeniser_of(gguf), tokenizer_model(gguf), len(gguf.array("tokenizer.ggml.tokens"))
        special = {key: gguf.number(f"tokenizer.ggml.{key}_token_id") for key in ("bos", "eos", "padding")}
    ids = {
        "bos_token_id": special["bos"],
        "eos_token_id": tokeniser.id_of(family.eos),
        "pad_token_id": special["padding"],
    }
    config = getattr(transformers, family.config)(**LAYERS, vocab_size=size, **ids, **dict(family.more))
    torch.manual_seed(0)
    model: Any = transformers.AutoModelForCausalLM.from_config(config)
    model.half().save_pretrained(str(out))
    tokeniser.full.save(str(out / "tokenizer.json"))
    if scored is not None:
        (out / "tokenizer.model").write_bytes(scored)
    (out / "chat_template.jinja").write_text(template_source(root, starter, name), encoding="utf-8")
    names = {"bos_token": family.bos, "eos_token": family.eos}
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "additional_special_tokens": list(tokeniser.controls),
        **{key: value for key, value in names.items() if value},
    }
    (out / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return out
